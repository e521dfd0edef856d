package kube

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

//go:embed crds/istiogateway.yaml
var istioGateway []byte

// Definitions gives the CustomResourceDefinitions that a control plane's API has: Istio's, from the istio.io/api of go.mod, and ours
// of ASM's IstioGateway. The directory is the module's.
func Definitions(module string) ([]Object, error) {
	list := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "istio.io/api")
	list.Dir = module
	dir, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("where istio.io/api is: %w", err)
	}
	istio, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "kubernetes", "customresourcedefinitions.gen.yaml"))
	if err != nil {
		return nil, err
	}
	return Decode(append(append(istio, "\n---\n"...), istioGateway...))
}

// decodeFiles gives the objects of files.
func decodeFiles(files []string) ([]Object, error) {
	var all []Object
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		objects, err := Decode(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		all = append(all, objects...)
	}
	return all, nil
}

// Define applies CustomResourceDefinitions and waits until the server serves them all.
func (s *Server) Define(ctx context.Context, definitions []Object) error {
	if err := Each(ctx, definitions, s.Apply); err != nil {
		return err
	}
	return Each(ctx, definitions, s.established)
}

func (s *Server) established(ctx context.Context, definition Object) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		got, err := s.Get(ctx, definition)
		if err != nil {
			return err
		}
		if isEstablished(got) {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("%s is not established: %w", definition.ID(), ctx.Err())
		}
	}
}

func isEstablished(definition Object) bool {
	data, err := json.Marshal(definition.At("status")["conditions"])
	if err != nil {
		return false
	}
	var conditions []struct{ Type, Status string }
	if json.Unmarshal(data, &conditions) != nil {
		return false
	}
	for _, c := range conditions {
		if c.Type == "Established" && c.Status == "True" {
			return true
		}
	}
	return false
}
