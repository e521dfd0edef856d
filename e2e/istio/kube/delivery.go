package kube

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// DeliveryDefinitions gives the CustomResourceDefinitions of Argo CD's ApplicationSet and of Flux's Kustomization and GitRepository. The
// directory is that of the module whose go.mod says which versions. Flux's definitions are in modules that it needs no code of; they have the
// versions of their api modules.
func DeliveryDefinitions(module string) ([]Object, error) {
	argo, err := goCommand(module, "list", "-m", "-f", "{{.Dir}}", "github.com/argoproj/argo-cd/v3")
	if err != nil {
		return nil, err
	}
	files := []string{filepath.Join(argo, "manifests", "crds", "applicationset-crd.yaml")}
	for controller, file := range map[string]string{
		"github.com/fluxcd/kustomize-controller": "kustomize.toolkit.fluxcd.io_kustomizations.yaml",
		"github.com/fluxcd/source-controller":    "source.toolkit.fluxcd.io_gitrepositories.yaml",
	} {
		dir, err := ofAPI(module, controller)
		if err != nil {
			return nil, err
		}
		files = append(files, filepath.Join(dir, "config", "crd", "bases", file))
	}
	return decodeFiles(files)
}

// DefineServed is Define that also waits until discovery names the kinds: a definition that is established is served a moment later.
func (s *Server) DefineServed(ctx context.Context, definitions []Object) error {
	if err := s.Define(ctx, definitions); err != nil {
		return err
	}
	return Each(ctx, definitions, s.discovered)
}

func (s *Server) discovered(ctx context.Context, definition Object) error {
	spec := definition.At("spec")
	versions, _ := spec["versions"].([]any)
	kind := `"kind":"` + spec.At("names").text("kind") + `"`
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for _, v := range versions {
		version, _ := v.(map[string]any)
		path := "/apis/" + spec.text("group") + "/" + Object(version).text("name")
		for version["served"] == true {
			if list, err := s.do(ctx, "GET", path, "", nil); err == nil && bytes.Contains(list, []byte(kind)) {
				break
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return fmt.Errorf("%s is not served at %s: %w", definition.ID(), path, ctx.Err())
			}
		}
	}
	return nil
}

// ofAPI gives the directory of a controller's module, of the version that its api module has.
func ofAPI(module, controller string) (string, error) {
	version, err := goCommand(module, "list", "-m", "-f", "{{.Version}}", controller+"/api")
	if err != nil {
		return "", err
	}
	return downloaded(module, controller+"@"+version)
}

// downloaded gives the directory of a module, NAME@VERSION, that a module in some directory asks for.
func downloaded(module, wanted string) (string, error) {
	text, err := goCommand(module, "mod", "download", "-json", wanted)
	if err != nil {
		return "", err
	}
	var got struct{ Dir string }
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		return "", fmt.Errorf("where %s is: %w", wanted, err)
	}
	return got.Dir, nil
}

func goCommand(module string, args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = module
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, errs.String())
	}
	return strings.TrimSpace(string(out)), nil
}
