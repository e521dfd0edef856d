package render

import (
	"strings"

	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/mesh"
)

// Secrets are never rendered. What istiod needs, the kubeconfigs of other clusters and its signing certificate, is named: by a
// script that asks istioctl for the kubeconfigs, or by ExternalSecrets.

type secretsData struct {
	Cluster string
	Calls   string // a line for each other cluster
}

// secrets renders how a primary gets its secrets.
func (r *Rendering) secrets(c *mesh.Cluster) ([]manifest.File, error) {
	if !r.mesh.IsPrimary(c) {
		return nil, nil
	}
	var others []string
	for _, o := range r.mesh.Clusters {
		if o != c {
			others = append(others, o.Name)
		}
	}
	if r.mesh.Istio.ExternalRemoteSecrets || r.mesh.Istio.ExternalCACerts {
		return r.externalSecrets(c, others)
	}
	return r.secretsScript(c, others)
}

func (r *Rendering) secretsScript(c *mesh.Cluster, others []string) ([]manifest.File, error) {
	if len(others) == 0 {
		return nil, nil
	}
	// In a fleet of primaries these lines are most of the text of all targets: a template is too slow for them.
	var calls strings.Builder
	for _, o := range others {
		calls.WriteString("\n\t\"$1\" " + quoteShell(o))
	}
	f, err := r.text("remote-secrets.sh.tmpl", installDir+remoteSecretsScript, fromCluster(c), secretsData{Cluster: c.Name, Calls: calls.String()})
	f.Executable = true
	return []manifest.File{f}, err
}

const remoteSecretsScript = "remote-secrets.sh"

type externalSecretsData struct {
	Namespace string
	Store     mesh.SecretStore
	Secrets   []externalSecret
}

// externalSecret is a Secret that the External Secrets Operator makes of keys of a store.
type externalSecret struct {
	Name                string
	Labels, Annotations map[string]string
	Data                []map[string]any
}

func (r *Rendering) externalSecrets(c *mesh.Cluster, others []string) ([]manifest.File, error) {
	d := externalSecretsData{Namespace: mesh.RootNamespace, Store: r.mesh.Istio.Store}
	if r.mesh.Istio.ExternalCACerts {
		d.Secrets = append(d.Secrets, caCerts(d.Store.Prefix+"-"+c.Name+"-cacerts"))
	}
	if r.mesh.Istio.ExternalRemoteSecrets {
		for _, o := range others {
			d.Secrets = append(d.Secrets, remoteSecret(o, d.Store.Prefix+"-"+o+"-kubeconfig"))
		}
	}
	var files []manifest.File
	if len(d.Secrets) > 0 {
		var names []string
		for _, s := range d.Secrets {
			names = append(names, s.Name)
		}
		f, err := r.execute("externalsecrets.yaml.tmpl", installDir+"secrets.yaml", fromCluster(c), d,
			planned("external-secrets.io", "ExternalSecret", d.Namespace, names...))
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	if r.mesh.Istio.ExternalRemoteSecrets {
		return files, nil
	}
	script, err := r.secretsScript(c, others)
	return append(files, script...), err
}

// remoteSecret is what istiod takes as access to another cluster's API server: a kubeconfig under the cluster's name.
func remoteSecret(cluster, key string) externalSecret {
	return externalSecret{
		Name: "istio-remote-secret-" + cluster, Labels: map[string]string{"istio/multiCluster": "true"},
		Annotations: map[string]string{"networking.istio.io/cluster": cluster},
		Data:        []map[string]any{{"secretKey": cluster, "remoteRef": map[string]any{"key": key}}},
	}
}

// caCerts is the Secret with the certificate that an istiod signs with; all of a mesh come from one root.
func caCerts(key string) externalSecret {
	s := externalSecret{Name: caCertsName}
	for _, property := range []string{"ca-cert.pem", "ca-key.pem", "cert-chain.pem", "root-cert.pem"} {
		s.Data = append(s.Data, map[string]any{"secretKey": property, "remoteRef": map[string]any{"key": key, "property": property}})
	}
	return s
}
