// Package kube runs real kube-apiservers, one for each cluster of a mesh, on one etcd, and is a client of them: server-side apply
// for what meshtopo renders, plain requests for what a cluster's own controllers and kubelets would write.
//
// There are no controllers, no scheduler and no kubelets: a Deployment makes no Pods, a Namespace that is deleted never goes.
package kube

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/meshtopo/meshtopo/e2e/istio/process"
)

// Programs are the paths of the programs that a server is made of.
type Programs struct{ APIServer, Etcd string }

// A Server is a running kube-apiserver.
type Server struct {
	*Client
	Name       string
	Kubeconfig []byte // of an administrator
}

// ready bounds the start of a server.
const ready = 90 * time.Second

// Start starts an etcd and a kube-apiserver for each name, at the same time, and waits until they are ready. Their files are in a
// directory.
func Start(ctx context.Context, group *process.Group, programs Programs, dir string, names ...string) ([]*Server, error) {
	ctx, stop := context.WithTimeout(ctx, ready)
	defer stop()
	ports, err := process.Ports(2 + len(names))
	if err != nil {
		return nil, err
	}
	id, err := newIdentity(dir)
	if err != nil {
		return nil, err
	}
	etcd, err := startEtcd(group, programs.Etcd, dir, ports[0], ports[1])
	if err != nil {
		return nil, err
	}
	servers := make([]*Server, len(names))
	g, ctx := errgroup.WithContext(ctx)
	for i, name := range names {
		g.Go(func() error {
			s, err := startServer(ctx, group, programs.APIServer, id, name, ports[2+i], ports[0])
			servers[i] = s
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, etcd.Tail())
	}
	return servers, nil
}

func startEtcd(group *process.Group, program, dir, clients, peers string) (*process.Process, error) {
	return group.Start("etcd", program, []string{
		"--data-dir", filepath.Join(dir, "etcd"),
		"--listen-client-urls", "http://" + clients, "--advertise-client-urls", "http://" + clients,
		"--listen-peer-urls", "http://" + peers, "--initial-advertise-peer-urls", "http://" + peers,
		"--initial-cluster", "default=http://" + peers,
		"--unsafe-no-fsync", "--log-level", "warn",
	}, nil)
}

// startServer starts one kube-apiserver; each has its own part of etcd.
func startServer(ctx context.Context, group *process.Group, program string, id *identity, name, address, etcd string) (*Server, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	p, err := group.Start("apiserver-"+name, program, []string{
		"--etcd-servers=http://" + etcd, "--etcd-prefix=/" + name,
		"--bind-address=" + host, "--advertise-address=" + host, "--secure-port=" + port,
		"--tls-cert-file=" + id.certificate, "--tls-private-key-file=" + id.key,
		"--service-account-issuer=https://e2e.invalid",
		"--service-account-key-file=" + id.key, "--service-account-signing-key-file=" + id.key,
		"--authorization-mode=RBAC", "--token-auth-file=" + id.tokens,
		"--service-cluster-ip-range=10.96.0.0/12", "--endpoint-reconciler-type=none",
		"--disable-admission-plugins=ServiceAccount", "--enable-priority-and-fairness=false",
		"--max-requests-inflight=0", "--max-mutating-requests-inflight=0",
	}, nil)
	if err != nil {
		return nil, err
	}
	url := "https://" + address
	s := &Server{Client: newClient(url, id), Name: name, Kubeconfig: kubeconfig(url, id)}
	if err := p.Await(ctx, s.ready); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Server) ready(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, time.Second)
	defer stop()
	_, err := s.do(ctx, "GET", "/readyz", "", nil)
	return err
}

// kubeconfig gives the administrator's kubeconfig, as kubectl and istiod read it.
func kubeconfig(url string, id *identity) []byte {
	return fmt.Appendf(nil, `apiVersion: v1
kind: Config
clusters:
- name: c
  cluster: {server: %q, certificate-authority-data: %s}
users:
- name: u
  user: {token: %s}
contexts:
- name: x
  context: {cluster: c, user: u}
current-context: x
`, url, id.encoded(), id.token)
}

// write writes a file that only this user may read.
func write(file string, data []byte) error { return os.WriteFile(file, data, 0o600) }
