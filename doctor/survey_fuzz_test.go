package doctor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// surveyed are names of files that the survey reads, each in its own way.
var surveyed = []string{
	"kustomization.yaml", "Makefile", ".gitlab-ci.yml", ".github/workflows/a.yaml", ".pre-commit-config.yaml", "app.yaml", "topology.yaml", "topology.cue", "out/meshtopo.json",
	"a.sh", "Jenkinsfile", "justfile", ".vscode/settings.json", "topology.schema.json", ".pre-commit-hooks.yaml", "fn.yaml",
}

// FuzzSurvey: whatever a file of a repository holds, the survey ends without an error, and what it finds is in the file.
func FuzzSurvey(f *testing.F) {
	for i, text := range []string{
		"generators: [fn.yaml]\ntransformers:\n- |-\n  apiVersion: meshtopo.dev/v1alpha1\n  kind: MeshRender\n  metadata: {name: a, annotations: {config.kubernetes.io/function: 'exec: {path: meshtopo}'}}\n",
		"a:\n\tkustomize build --enable-exec .\n", "a: {script: [kustomize build]}\n", "jobs: {a: {steps: [{run: kustomize build}]}}\n",
		"repos: [{repo: local, hooks: [{id: meshtopo, entry: meshtopo render}]}]\n",
		"apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec: {source: {path: out, kustomize: {}, plugin: {name: x}}}\n",
		"# yaml-language-server: $schema=a.json\napiVersion: meshtopo.dev/v1alpha1\nkind: MeshTopology\n", "package a\nkind: \"MeshTopology\"\n", "{\"meshtopo\": 1, \"topology\": \"a\"}",
	} {
		f.Add(uint8(i), text)
	}
	f.Fuzz(func(t *testing.T, which uint8, text string) {
		name := surveyed[int(which)%len(surveyed)]
		dir := t.TempDir()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		r, err := Survey(root, Options{Schemas: [][]byte{[]byte("{}")}})
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(text, "\n")
		for _, found := range r.Findings {
			if p := found.Place; found.Message == "" || p.Line > len(lines) || p.Line > 0 && (p.Column < 1 || p.Column > len([]rune(lines[p.Line-1]))+1) {
				t.Errorf("%+v is not in %s", found, name)
			}
		}
	})
}
