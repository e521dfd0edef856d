package doctor

import (
	"path"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/manifest"
)

// Flags of kustomize build. Without the first, functions are an error or are left out; without the second, kustomize leaves an exec
// function out and says nothing. Source: kustomize v5.8, run.
const (
	flagPlugins = "--enable-alpha-plugins"
	flagExec    = "--enable-exec"
)

const functionAnnotation = "config.kubernetes.io/function"

// kustomization is what matters of one.
type kustomization struct {
	file  string
	bases []string   // directories that it builds as well
	place diag.Place // of the first function of ours; File is "" when it has none
	exec  bool       // the function is a program, not a container
}

func (s *surveyor) kustomization(name string, text []byte) {
	documents, err := manifest.Decode(text)
	if err != nil || len(documents) == 0 {
		return // kustomize will say so
	}
	dir := path.Dir(name)
	k := &kustomization{file: name}
	for _, field := range []string{"resources", "components", "bases"} {
		for _, r := range texts(documents[0][field]) {
			k.bases = append(k.bases, path.Join(dir, r))
		}
	}
	for _, field := range []string{"generators", "transformers", "validators"} {
		for _, entry := range texts(documents[0][field]) {
			s.function(k, dir, field, entry, text)
		}
	}
	s.kustomizations[dir] = k
}

func texts(value any) []string {
	list, _ := value.([]any)
	var out []string
	for _, v := range list {
		if text, ok := v.(string); ok {
			out = append(out, text)
		}
	}
	return out
}

// function notes whether an entry of a kustomization, a file or the YAML itself, is our function.
func (s *surveyor) function(k *kustomization, dir, field, entry string, text []byte) {
	place := lineOf(k.file, text, field+":")
	config := []byte(entry)
	if !strings.Contains(entry, "\n") {
		file := path.Join(dir, entry)
		info, err := s.root.Stat(file)
		if err != nil {
			return
		}
		if info.IsDir() {
			k.bases = append(k.bases, file)
			return
		}
		if info.Size() > maxSize {
			return
		}
		if config, err = s.root.ReadFile(file); err != nil {
			return
		}
		place = lineOf(k.file, text, entry)
	}
	documents, err := manifest.Decode(config)
	if err != nil {
		return
	}
	for _, d := range documents {
		f, ours := ourFunction(d)
		if !ours {
			continue
		}
		if k.place.File == "" {
			k.place, k.exec = place, f.exec
		}
		s.mode(field, place, d, f)
	}
}

// function is how an object says that it is run.
type function struct {
	exec bool     // as a program, not as a container
	args []string // of the program
}

// ourFunction says whether an object configures meshtopo as a function.
func ourFunction(object map[string]any) (function, bool) {
	apiVersion, _ := object["apiVersion"].(string)
	metadata, _ := object["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	text, _ := annotations[functionAnnotation].(string)
	if text == "" || !strings.HasPrefix(apiVersion, "meshtopo.dev/") && !strings.Contains(text, "meshtopo") {
		return function{}, false
	}
	documents, err := manifest.Decode([]byte(text))
	if err != nil || len(documents) == 0 {
		return function{}, false
	}
	exec, _ := documents[0]["exec"].(map[string]any)
	return function{exec: documents[0]["exec"] != nil, args: texts(exec["args"])}, true
}

// reached gives the kustomization with a function of ours that a build of a directory comes to, or nil.
func (s *surveyor) reached(dir string, seen map[string]bool) *kustomization {
	k := s.kustomizations[dir]
	if k == nil || seen[dir] {
		return nil
	}
	seen[dir] = true
	if k.place.File != "" {
		return k
	}
	for _, base := range k.bases {
		if found := s.reached(base, seen); found != nil {
			return found
		}
	}
	return nil
}

// flags holds what calls kustomize against the kustomizations that need flags.
func (s *surveyor) flags() {
	for _, c := range s.calls {
		k := s.called(c)
		if k == nil {
			continue
		}
		s.missing(k, c.place, c.text, c.kubectl, "the call of kustomize")
	}
	first := s.anyFunction()
	for _, a := range s.argo {
		if first != nil {
			s.missing(first, a.place, a.options, false, "kustomize.buildOptions of Argo CD")
		}
	}
}

// called gives the kustomization with our function that a call builds; where the directory is not known, any.
func (s *surveyor) called(c call) *kustomization {
	if c.known {
		for _, from := range []string{path.Dir(c.place.File), "."} {
			if k := s.reached(path.Join(from, c.dir), map[string]bool{}); k != nil {
				return k
			}
		}
		return nil
	}
	return s.anyFunction()
}

func (s *surveyor) anyFunction() *kustomization {
	var dirs []string
	for dir, k := range s.kustomizations {
		if k.place.File != "" {
			dirs = append(dirs, dir)
		}
	}
	if len(dirs) == 0 {
		return nil
	}
	return s.kustomizations[slices.Min(dirs)]
}

// missing adds a finding when options are not enough for a kustomization.
func (s *surveyor) missing(k *kustomization, place diag.Place, options string, kubectl bool, what string) {
	need := []string{flagPlugins}
	if k.exec {
		need = append(need, flagExec)
	}
	var absent []string
	for _, flag := range need {
		if !slices.Contains(strings.Fields(options), flag) && !slices.Contains(strings.Fields(options), flag+"=true") {
			absent = append(absent, flag)
		}
	}
	if len(absent) == 0 && !kubectl {
		return
	}
	f := diag.New(diag.FunctionFlags, "", "%s lacks %s, which the function in %s needs", what, strings.Join(absent, " "), k.file).
		WithFix("add %s", strings.Join(absent, " "))
	if kubectl {
		f = diag.New(diag.FunctionFlags, "", "kubectl cannot run the function in %s", k.file).
			WithFix("call kustomize build %s and give its output to kubectl apply -f -", strings.Join(need, " "))
	}
	f.Place = place
	f.Related = []diag.Related{{Place: k.place, Message: "the function is used here"}}
	s.repository.Findings = append(s.repository.Findings, f)
}
