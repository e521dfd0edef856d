package dataplane

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/meshtopo/meshtopo/e2e/istio/process"
)

const (
	rootNamespace = "istio-system"
	clusterID     = "loopback"                        // of the one cluster, which is the control plane's as well
	meshConfig    = "rootNamespace: " + rootNamespace // all else is Istio's default
)

// startIstiod starts an istiod that reads the API server of a kubeconfig and gives its xDS address.
func startIstiod(ctx context.Context, group *process.Group, program, dir string, kubeconfig []byte) (string, error) {
	ports, err := process.Ports(3)
	if err != nil {
		return "", err
	}
	access, mesh := filepath.Join(dir, "istiod.kubeconfig"), filepath.Join(dir, "istiod.mesh.yaml")
	for file, data := range map[string][]byte{access: kubeconfig, mesh: []byte(meshConfig)} {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			return "", err
		}
	}
	p, err := group.Start("istiod", program, []string{
		"discovery", "--kubeconfig=" + access, "--meshConfig=" + mesh, "--clusterID=" + clusterID,
		"--grpcAddr=" + ports[0], "--httpAddr=" + ports[1], "--monitoringAddr=" + ports[2], "--secureGRPCAddr=", "--httpsAddr=",
		"--ctrlz_address=127.0.0.1", "--ctrlz_port=0", "--shutdownDuration=100ms", "--log_output_level=all:warn",
	}, []string{
		"POD_NAME=istiod", "POD_NAMESPACE=" + rootNamespace,
		"ENABLE_CA_SERVER=false", "PILOT_CERT_PROVIDER=none", "INJECTION_WEBHOOK_CONFIG_NAME=", "VALIDATION_WEBHOOK_CONFIG_NAME=",
	})
	if err != nil {
		return "", err
	}
	ctx, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	return ports[0], p.Await(ctx, func(ctx context.Context) error { return listens(ctx, ports[0]) })
}

// listens is nil when something listens. Istiod listens for xDS when it has read what there is.
func listens(ctx context.Context, address string) error {
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("istiod: %w", err)
	}
	return conn.Close()
}
