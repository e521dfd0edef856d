package istio

import (
	"context"
	"testing"
	"time"

	"github.com/meshtopo/meshtopo/e2e/istio/kube"
	"github.com/meshtopo/meshtopo/e2e/istio/process"
)

// startServer starts an API server that knows the definitions and has the namespaces; it ends with the test.
func startServer(t *testing.T, name string, definitions []kube.Object, namespaces ...string) *kube.Server {
	t.Helper()
	dir := t.TempDir()
	group := process.NewGroup(dir)
	t.Cleanup(group.Close)
	servers, err := kube.Start(t.Context(), group, kube.Programs{APIServer: programs.APIServer, Etcd: programs.Etcd}, dir, name)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	if err := servers[0].DefineServed(ctx, definitions); err != nil {
		t.Fatal(err)
	}
	for _, namespace := range namespaces {
		o := kube.Object{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": namespace}}
		if err := servers[0].Apply(ctx, o); err != nil {
			t.Fatal(err)
		}
	}
	return servers[0]
}
