package render

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/mesh"
)

// The connectivity check stands for the tutorial's ping. Each cluster has a pod that answers with the cluster's name, a Service
// of that name which selects only that pod, and the Services of its peers, so that their names resolve; the endpoints of those
// come from the mesh. A Job asks every peer several times. Services are called like the clusters and are told apart by their
// namespace, since a longer name could pass 63 characters.
const (
	probeNamespace = "meshtopo-probe"
	probeFile      = "network-probe.yaml"
	probeFrom      = "spec.network.probe"
	probeTries     = 12
	// seconds: for the sidecar to start, and for each peer that does not answer (probeTries of 2 s)
	probeStart, probePeer = 120, 2*probeTries + 6
)

type probeData struct {
	Namespace, Cluster, Image, Job string
	NamespaceLabels                map[string]string
	Peers, Services                []string
	Tries, Seconds                 int
	Security                       map[string]any
}

// probe renders the check of one cluster: no file when it is off, or when the cluster has nobody to talk to.
func (r *Rendering) probe(c *mesh.Cluster) ([]manifest.File, error) {
	peers := r.peers(c)
	if len(peers) == 0 {
		return nil, nil
	}
	d := probeData{
		Namespace: probeNamespace, Cluster: c.Name, Image: r.mesh.Network.ProbeImage, NamespaceLabels: r.enrolled(),
		Peers: peers, Tries: probeTries, Seconds: probeStart + probePeer*len(peers),
		Security: map[string]any{
			"allowPrivilegeEscalation": false, "capabilities": map[string]any{"drop": []string{"ALL"}}, "readOnlyRootFilesystem": true,
			"runAsNonRoot": true, "runAsUser": 65534, "seccompProfile": map[string]any{"type": "RuntimeDefault"},
		},
	}
	d.Services = append(slices.Clone(peers), c.Name)
	slices.Sort(d.Services)
	var err error
	if d.Job, err = d.jobName(); err != nil {
		return nil, err
	}
	f, err := r.execute("probe.yaml.tmpl", probeFile, probeFrom, d, slices.Concat(
		planned("", "Namespace", "", probeNamespace), planned("", "Service", probeNamespace, d.Services...),
		planned("apps", "Deployment", probeNamespace, "meshtopo-probe"), planned("batch", "Job", probeNamespace, d.Job)))
	return []manifest.File{f}, err
}

// jobName changes with what the Job does: a Job cannot be changed, only made anew.
func (d probeData) jobName() (string, error) {
	data, err := json.Marshal(d)
	if err != nil {
		return "", fmt.Errorf("naming the probe: %w", err)
	}
	sum := sha256.Sum256(data)
	return "meshtopo-probe-" + hex.EncodeToString(sum[:4]), nil
}

// peers gives the names of the clusters that a cluster talks to, in order, when the check is on. Others it need not reach: no
// security-group rule lets it.
func (r *Rendering) peers(c *mesh.Cluster) []string {
	if r.mesh.Network == nil || !r.mesh.Network.Probe {
		return nil
	}
	return slices.Sorted(slices.Values(r.talk()[c]))
}

func (r *Rendering) peersOfAll() map[*mesh.Cluster][]string {
	peers := map[*mesh.Cluster][]string{}
	for _, pair := range r.mesh.Talk() {
		peers[pair[0]] = append(peers[pair[0]], pair[1].Name)
		peers[pair[1]] = append(peers[pair[1]], pair[0].Name)
	}
	return peers
}

type probePolicyData struct {
	APIVersion, Namespace, Host string
	NamespaceLabels             map[string]string
}

// probePolicy renders what the control plane takes for the check: without it, a rule that sends all traffic of a region elsewhere
// would hide that the way to a peer is open.
func (r *Rendering) probePolicy() ([]manifest.File, error) {
	if !slices.ContainsFunc(r.mesh.Clusters, func(c *mesh.Cluster) bool { return len(r.peers(c)) > 0 }) {
		return nil, nil
	}
	d := probePolicyData{APIVersion: r.apiVersion(), Namespace: probeNamespace, Host: "*." + probeNamespace + ".svc.cluster.local", NamespaceLabels: r.enrolled()}
	f, err := r.execute("probepolicy.yaml.tmpl", probeFile, probeFrom, d,
		slices.Concat(planned("", "Namespace", "", probeNamespace), planned(networking, "DestinationRule", probeNamespace, "meshtopo-probe")))
	return []manifest.File{f}, err
}
