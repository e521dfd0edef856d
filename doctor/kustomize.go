package doctor

import (
	"path"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/manifest"
)

const functionAnnotation = "config.kubernetes.io/function"

// kustomization is what matters of one.
type kustomization struct {
	file      string
	bases     []string // directories that it builds as well
	functions []function
}

// function is one of ours in a kustomization.
type function struct {
	file  string // the kustomization
	place diag.Place
	exec  bool     // it is a program, not a container
	args  []string // of the program
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
		if config, err = s.read(file); err != nil {
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
		f.file, f.place = k.file, place
		k.functions = append(k.functions, f)
		s.mode(field, place, d, f)
	}
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
