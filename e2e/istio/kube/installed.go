package kube

import (
	"fmt"
	"path/filepath"
)

// externalSecrets is the module with the definitions of the External Secrets Operator; no code of it is needed. sigs.k8s.io/gateway-api is what go.mod says.
const externalSecrets = "github.com/external-secrets/external-secrets@v1.3.2"

// InstalledDefinitions gives the CustomResourceDefinitions of what installs Istio beside it: Gateway API's Gateway, ExternalSecret, and those in the directory sail, "" for none: the
// module of the Sail operator cannot be had from the module proxy.
func InstalledDefinitions(module, sail string) ([]Object, error) {
	gateway, err := goCommand(module, "list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/gateway-api")
	if err != nil {
		return nil, err
	}
	secrets, err := downloaded(module, externalSecrets)
	if err != nil {
		return nil, err
	}
	files := []string{
		filepath.Join(gateway, "config", "crd", "standard", "gateway.networking.k8s.io_gateways.yaml"),
		filepath.Join(secrets, "config", "crds", "bases", "external-secrets.io_externalsecrets.yaml"),
	}
	if sail != "" {
		more, err := filepath.Glob(filepath.Join(sail, "*.yaml"))
		if err != nil || len(more) == 0 {
			return nil, fmt.Errorf("no definitions in %s: %w", sail, err)
		}
		files = append(files, more...)
	}
	return decodeFiles(files)
}
