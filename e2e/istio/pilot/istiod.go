// Package pilot runs a real istiod and asks it, as sidecars and gateways do, what an Envoy would be told.
package pilot

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/meshtopo/meshtopo/e2e/istio/process"
)

// RootNamespace is where istiod and the gateways of ASM are.
const RootNamespace = "istio-system"

// ready bounds the start of istiod, with the reading of every cluster it has a secret of.
const ready = 60 * time.Second

// An Istiod is a running istiod and a connection to it.
type Istiod struct {
	process *process.Process
	conn    *grpc.ClientConn
}

// Settings are what an istiod is told when it starts.
type Settings struct {
	Name       string            // of its files and its pod
	Kubeconfig []byte            // of the API server with its configuration and the remote secrets of other clusters
	Cluster    string            // its own
	Mesh       []byte            // its mesh configuration, as YAML
	Networks   []byte            // its mesh networks, as YAML; nil: none
	Env        map[string]string // more environment; what has to be so here goes before it
}

// Start starts an istiod and waits until it has read all clusters. Its files are in the directory.
func Start(ctx context.Context, group *process.Group, program, dir string, s Settings) (*Istiod, error) {
	name := s.Name
	ports, err := process.Ports(3)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{name + ".kubeconfig": s.Kubeconfig, name + ".mesh.yaml": s.Mesh, name + ".networks.yaml": s.Networks}
	for file, data := range files {
		if err := os.WriteFile(filepath.Join(dir, file), data, 0o600); err != nil {
			return nil, err
		}
	}
	p, err := group.Start(name, program, []string{
		"discovery", "--kubeconfig=" + filepath.Join(dir, name+".kubeconfig"), "--meshConfig=" + filepath.Join(dir, name+".mesh.yaml"),
		"--networksConfig=" + filepath.Join(dir, name+".networks.yaml"), "--clusterID=" + s.Cluster, "--kubernetesApiQPS=2000", "--kubernetesApiBurst=4000",
		"--grpcAddr=" + ports[0], "--httpAddr=" + ports[1], "--monitoringAddr=" + ports[2], "--secureGRPCAddr=", "--httpsAddr=",
		"--ctrlz_address=127.0.0.1", "--ctrlz_port=0", "--shutdownDuration=100ms", "--log_output_level=all:warn",
	}, append(environment(s.Env),
		"POD_NAME="+name, "POD_NAMESPACE="+RootNamespace,
		"ENABLE_CA_SERVER=false", "PILOT_CERT_PROVIDER=none", "INJECTION_WEBHOOK_CONFIG_NAME=", "VALIDATION_WEBHOOK_CONFIG_NAME=",
		// Not what it says, only how soon: a push follows 10 ms after the last change, and no request waits.
		"PILOT_DEBOUNCE_AFTER=10ms", "PILOT_DEBOUNCE_MAX=1s", "PILOT_MAX_REQUESTS_PER_SECOND=100000", "PILOT_PUSH_THROTTLE=100",
	))
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithTimeout(ctx, ready)
	defer stop()
	if err := p.Await(ctx, func(ctx context.Context) error { return answers(ctx, "http://"+ports[1]+"/ready") }); err != nil {
		return nil, err
	}
	conn, err := grpc.NewClient(ports[0], grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(256<<20)))
	if err != nil {
		return nil, err
	}
	return &Istiod{p, conn}, nil
}

// environment gives variables in a fixed order. KUBECONFIG is a file of istiod's pod.
func environment(variables map[string]string) []string {
	var env []string
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		if name != "KUBECONFIG" {
			env = append(env, name+"="+variables[name])
		}
	}
	return env
}

// Stop ends istiod.
func (i *Istiod) Stop() {
	i.conn.Close()
	i.process.Stop()
}

// answers is nil when a GET is answered with 200.
func answers(ctx context.Context, url string) error {
	ctx, stop := context.WithTimeout(ctx, time.Second)
	defer stop()
	request, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, answer.Status)
	}
	return nil
}
