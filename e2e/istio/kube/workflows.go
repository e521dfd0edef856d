package kube

import "path/filepath"

// workflows is the module with the definitions of Argo Workflows. No code of it is needed.
const workflows = "github.com/argoproj/argo-workflows/v3@v3.7.4"

// WorkflowDefinitions gives the CustomResourceDefinition of Argo Workflows' WorkflowTemplate, with its whole schema. A module in some directory asks for it.
func WorkflowDefinitions(module string) ([]Object, error) {
	dir, err := downloaded(module, workflows)
	if err != nil {
		return nil, err
	}
	return decodeFiles([]string{filepath.Join(dir, "manifests", "base", "crds", "full", "argoproj.io_workflowtemplates.yaml")})
}
