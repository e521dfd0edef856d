package doctor

import (
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"go.yaml.in/yaml/v3"
)

// argoOption is the field of the ConfigMap argocd-cm with the flags that Argo CD gives to kustomize. Those of a version of kustomize,
// kustomize.buildOptions.v5.8.2, replace them. Source: Argo CD, user guide, Kustomize.
const argoOption = "kustomize.buildOptions"

// argoOptions are the flags in one field.
type argoOptions struct {
	field string
	place diag.Place
	flags string
}

// argoConfig notes the flags that Argo CD gives to kustomize, wherever they stand in YAML: in the ConfigMap, in a patch of it, a file or
// inline, and in values of the Helm chart.
func (s *surveyor) argoConfig(file, text string) {
	if !strings.Contains(text, "argocd-cm") && !strings.Contains(text, argoOption) {
		return
	}
	(&argoReader{surveyor: s, file: file, text: text, source: newPipeline(text)}).read(0)
}

// argoReader reads the YAML of a file, or that of a text in it.
type argoReader struct {
	*surveyor
	file, text string
	source     *pipeline // what is read
	origin     []int     // for each byte of it, the byte of the file that it comes from; nil when it is the file
}

func (r *argoReader) read(depth int) {
	for _, d := range yamlDocuments(r.source.text) {
		r.node(d, depth)
	}
}

func (r *argoReader) node(node *yaml.Node, depth int) {
	if depth > maxYAMLDepth {
		return
	}
	switch {
	case node.Kind == yaml.MappingNode:
		r.mapping(node)
	case node.Kind == yaml.ScalarNode && strings.Contains(node.Value, "\n") && (strings.Contains(node.Value, argoOption) || strings.Contains(node.Value, "argocd-cm")):
		inner := *r // a patch
		inner.source, inner.origin = newPipeline(node.Value), r.origins(node)
		inner.read(depth + 1)
	}
	for _, child := range node.Content {
		r.node(child, depth+1)
	}
}

// origins gives, for each byte of a scalar, the byte of the file that it comes from.
func (r *argoReader) origins(node *yaml.Node) []int {
	origin := r.source.script(node, "").origin
	for i, at := range origin {
		if r.origin != nil {
			origin[i] = r.origin[at]
		}
	}
	return origin
}

func (r *argoReader) place(node *yaml.Node) diag.Place {
	at := r.origins(node)[0]
	return script{}.place(r.file, r.text, at, min(at+len(node.Value), len(r.text)))
}

func (r *argoReader) mapping(node *yaml.Node) {
	for i := 0; i+1 < len(node.Content); i += 2 {
		if key, value := node.Content[i], node.Content[i+1]; isArgoOption(key.Value) && value.Kind == yaml.ScalarNode {
			r.argo = append(r.argo, argoOptions{field: key.Value, place: r.place(key), flags: value.Value})
		}
	}
	if at, value := field(node, "path"), field(node, "value"); at != nil && value != nil { // an operation of a JSON patch
		if option := at.Value[strings.LastIndexByte(at.Value, '/')+1:]; isArgoOption(option) {
			r.argo = append(r.argo, argoOptions{field: option, place: r.place(at), flags: value.Value})
		}
	}
	kind, metadata := field(node, "kind"), field(node, "metadata")
	if kind == nil || kind.Value != "ConfigMap" || metadata == nil {
		return
	}
	if name := field(metadata, "name"); name != nil && name.Value == "argocd-cm" {
		r.argoMaps = append(r.argoMaps, r.file)
	}
}

func isArgoOption(key string) bool {
	return key == argoOption || strings.HasPrefix(key, argoOption+".")
}

// field gives a field of a mapping, nil when it has none.
func field(node *yaml.Node, name string) *yaml.Node {
	for i := 0; i+1 < len(node.Content) && node.Kind == yaml.MappingNode; i += 2 {
		if node.Content[i].Value == name {
			return node.Content[i+1]
		}
	}
	return nil
}

// judgeArgo holds the options of Argo CD against the functions of the repository.
func (s *surveyor) judgeArgo(functions []function) {
	options := s.argo
	isGeneral := func(a argoOptions) bool { return a.field == argoOption }
	if len(s.argoMaps) > 0 && !slices.ContainsFunc(options, isGeneral) {
		options = append(options, argoOptions{field: argoOption, place: diag.Place{File: s.argoMaps[0]}})
	}
	for _, a := range options {
		absent, by := lacking(functions, strings.Fields(a.flags))
		if len(absent) == 0 {
			continue
		}
		f := diag.New(diag.FunctionFlags, "", "%s of Argo CD lacks %s, which the function in %s needs", a.field, strings.Join(absent, " "), by.file).
			WithFix("add %s", strings.Join(absent, " "))
		f.Related = []diag.Related{{Place: by.place, Message: "the function is used here"}}
		s.add(f, a.place, diag.Error)
	}
}
