// Package pilot runs a real istiod and asks it, as sidecars and gateways do, what an Envoy would be told.
package pilot

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
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

// Start starts an istiod whose configuration is in the API server of a kubeconfig, where it also finds the remote secrets of the
// clusters, and waits until it has read them all. Mesh is its mesh configuration, as YAML. The name is of its files in the directory.
func Start(ctx context.Context, group *process.Group, program, dir, name string, kubeconfig, mesh []byte) (*Istiod, error) {
	ports, err := process.Ports(3)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{name + ".kubeconfig": kubeconfig, name + ".mesh.yaml": mesh}
	for file, data := range files {
		if err := os.WriteFile(filepath.Join(dir, file), data, 0o600); err != nil {
			return nil, err
		}
	}
	p, err := group.Start(name, program, []string{
		"discovery", "--kubeconfig=" + filepath.Join(dir, name+".kubeconfig"), "--meshConfig=" + filepath.Join(dir, name+".mesh.yaml"),
		"--clusterID=control-plane", "--kubernetesApiQPS=2000", "--kubernetesApiBurst=4000",
		"--grpcAddr=" + ports[0], "--httpAddr=" + ports[1], "--monitoringAddr=" + ports[2], "--secureGRPCAddr=", "--httpsAddr=",
		"--ctrlz_address=127.0.0.1", "--ctrlz_port=0", "--shutdownDuration=100ms", "--log_output_level=all:warn",
	}, []string{
		"POD_NAME=" + name, "POD_NAMESPACE=" + RootNamespace,
		"ENABLE_CA_SERVER=false", "PILOT_CERT_PROVIDER=none", "INJECTION_WEBHOOK_CONFIG_NAME=", "VALIDATION_WEBHOOK_CONFIG_NAME=",
		// Not what it says, only how soon: a push follows 10 ms after the last change, and no request waits.
		"PILOT_DEBOUNCE_AFTER=10ms", "PILOT_DEBOUNCE_MAX=1s", "PILOT_MAX_REQUESTS_PER_SECOND=100000", "PILOT_PUSH_THROTTLE=100",
	})
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
