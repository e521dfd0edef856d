package doctor

import (
	"path"
	"regexp"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/manifest"
)

// call is a line that calls kustomize.
type call struct {
	place   diag.Place
	text    string // its arguments, continued lines included
	dir     string // what it builds
	known   bool   // whether dir is literal
	kubectl bool
}

// runsPrograms says whether a file is a makefile, a script or the configuration of continuous integration.
func runsPrograms(name string) bool {
	base, ext := path.Base(name), path.Ext(name)
	switch base {
	case "Makefile", "makefile", "GNUmakefile", "justfile", "Justfile", "Taskfile.yml", "Taskfile.yaml", ".gitlab-ci.yml", "Jenkinsfile", "skaffold.yaml":
		return true
	}
	dir := path.Dir(name)
	return ext == ".mk" || ext == ".sh" || ext == ".bash" || (ext == ".yml" || ext == ".yaml") && strings.HasPrefix(dir, ".") && dir != "."
}

var (
	kustomizeBuild   = regexp.MustCompile(`\bkustomize(?:\)|\}|"|')?\s+build\b([^|;&>]*)`)
	kustomizeVar     = regexp.MustCompile(`\$[({]KUSTOMIZE[)}]\s+build\b([^|;&>]*)`)
	kubectlKustomize = regexp.MustCompile(`\bkubectl\s+kustomize\b([^|;&>]*)`)
	kubectlApply     = regexp.MustCompile(`\bkubectl\s+(?:apply|diff|delete|create)\b[^|;&>]*?\s(?:-k|--kustomize)[ =]([^|;&>]*)`)
)

// commands notes the calls of kustomize in a file. Comments are left out.
func (s *surveyor) commands(name string, text []byte) {
	lines := strings.Split(string(text), "\n")
	for i := 0; i < len(lines); i++ {
		number, line := i+1, lines[i]
		for strings.HasSuffix(line, "\\") && i+1 < len(lines) {
			i++
			line = strings.TrimSuffix(line, "\\") + " " + strings.TrimSpace(lines[i])
		}
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		for j, pattern := range []*regexp.Regexp{kustomizeBuild, kustomizeVar, kubectlKustomize, kubectlApply} {
			for _, at := range pattern.FindAllStringSubmatchIndex(line, -1) {
				s.calls = append(s.calls, newCall(name, number, lines[number-1], line, at, j >= 2))
			}
		}
	}
}

func newCall(name string, number int, first, line string, at []int, kubectl bool) call {
	c := call{place: diag.Place{File: name, Line: number, Column: 1}, text: line[at[2]:at[3]], kubectl: kubectl}
	if at[0] < len(first) {
		c.place.Column = len([]rune(first[:at[0]])) + 1
		c.place.Width = len([]rune(strings.TrimRight(first[at[0]:min(at[1], len(first))], " \\")))
	}
	c.dir, c.known = ".", true
	for _, word := range strings.Fields(c.text) {
		if word = strings.Trim(word, `"'`); strings.HasPrefix(word, "-") {
			continue
		}
		c.dir, c.known = word, !strings.ContainsAny(word, "$`*{}()")
		break
	}
	return c
}

// argoOptions is one kustomize.buildOptions of Argo CD.
type argoOptions struct {
	place   diag.Place
	options string
}

// argoConfig notes the options that Argo CD gives to kustomize: the ConfigMap argocd-cm, kustomize.buildOptions and those of a version,
// kustomize.buildOptions.v5.8.2.
func (s *surveyor) argoConfig(name string, text []byte) {
	documents, err := manifest.Decode(text)
	if err != nil {
		return
	}
	for _, d := range documents {
		id, err := manifest.Object{Fields: d}.ID()
		if err != nil || id.Kind != "ConfigMap" || id.Name != "argocd-cm" {
			continue
		}
		data, _ := d["data"].(map[string]any)
		options, found := data["kustomize.buildOptions"].(string)
		place := diag.Place{File: name}
		if found {
			place = lineOf(name, text, "kustomize.buildOptions")
		}
		s.argo = append(s.argo, argoOptions{place: place, options: options})
	}
}
