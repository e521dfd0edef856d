package krm

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/document"
	"github.com/meshtopo/meshtopo/limit"
)

// Mode is what a function is asked to do with the items.
type Mode string

const (
	Generate  Mode = "generate"  // add the objects of the topology, and touch no item
	Transform Mode = "transform" // add or refresh them, and remove those that no longer follow from the topology
	Validate  Mode = "validate"  // find what is wrong, and change nothing
)

// The kinds of a functionConfig.
const (
	APIVersion   = "meshtopo.dev/v1alpha1"
	KindTopology = "MeshTopology"
	KindRender   = "MeshRender"
)

// TargetsAnnotation chooses the targets where a MeshTopology is the functionConfig: patterns with commas between them.
const TargetsAnnotation = "meshtopo.dev/targets"

// Config is what a functionConfig asks for.
type Config struct {
	Kind, Name string
	Topology   string   // MeshRender: the file or directory of the topology, relative to the working directory
	Targets    []string // patterns; none means all targets
	Mode       Mode
	File       string // where the host found the functionConfig, "" when it does not say
}

// ReadConfig reads a functionConfig strictly. Findings have paths and no places; with an error among them the Config is not whole.
// Of a MeshTopology only the metadata are read; whether the rest is one, package load says.
func ReadConfig(text []byte, limits document.Limits) (Config, []diag.Finding) {
	problems := document.CheckText(text)
	var tree document.Tree
	if len(problems) == 0 {
		tree, problems = limits.YAML(text)
	}
	if len(problems) > 0 {
		return Config{}, refused(problems)
	}
	r := configReader{}
	c := r.read(tree.Value())
	return c, r.findings
}

func refused(problems []document.Problem) []diag.Finding {
	var findings []diag.Finding
	for _, p := range problems {
		f := diag.New(diag.WrongValue, "", "%s", p.Message)
		if p.Kind == document.Limit {
			f = diag.New(diag.Limit, "", "%s", p.Message).WithFix("%s", limit.Advice(string(p.Exceeds), "make the functionConfig simpler"))
		} else if f.Fix = p.Fix; p.Fix == "" {
			f.Fix = "write the functionConfig as plain YAML"
		}
		findings = append(findings, f)
	}
	return findings
}

type configReader struct{ findings []diag.Finding }

func (r *configReader) wrong(p diag.Path, fix, format string, args ...any) {
	r.findings = append(r.findings, diag.New(diag.WrongValue, p, format, args...).WithFix("%s", fix))
}

func (r *configReader) read(value any) Config {
	top, _ := value.(map[string]any)
	metadata, _ := top["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	var c Config
	c.Kind, _ = top["kind"].(string)
	c.Name, _ = metadata["name"].(string)
	c.File = annotation(annotations, pathAnnotations[:]...)
	version, _ := top["apiVersion"].(string)
	switch {
	case version != APIVersion || c.Kind != KindTopology && c.Kind != KindRender:
		r.wrong("", "write a MeshTopology, or a MeshRender that names the file of one", "the functionConfig is of apiVersion %q and kind %q, not %s and %s or %s", version, c.Kind, APIVersion, KindTopology, KindRender)
	case c.Kind == KindTopology:
		c.Mode = Generate
		if text, ok := annotations[TargetsAnnotation].(string); ok {
			path := diag.Path("metadata.annotations").Key(TargetsAnnotation)
			for _, pattern := range strings.Split(text, ",") {
				c.Targets = append(c.Targets, r.pattern(path, strings.TrimSpace(pattern)))
			}
		}
	default:
		r.known(top, "", "apiVersion", "kind", "metadata", "spec")
		r.spec(top["spec"], &c)
	}
	return c
}

func (r *configReader) spec(value any, c *Config) {
	spec, ok := value.(map[string]any)
	if !ok {
		r.findings = append(r.findings, diag.New(diag.MissingField, "spec", "spec is missing").WithFix("add spec: {topology: FILE, mode: generate}"))
		return
	}
	r.known(spec, "spec", "topology", "targets", "mode")
	c.Topology = r.text(spec, "topology", "name the topology's file or directory, relative to the working directory")
	if clean := path.Clean(c.Topology); c.Topology != "" && (path.IsAbs(clean) || clean == ".." || strings.HasPrefix(clean, "../")) {
		r.findings = append(r.findings, diag.New(diag.OutsideRoot, "spec.topology", "path %q leads outside the working directory", c.Topology).
			WithFix("move the topology below the directory that the function runs in: a kustomization's own, or kpt's package"))
	}
	c.Mode = r.mode(r.text(spec, "mode", "write mode: generate, transform or validate"))
	targets, given := spec["targets"]
	list, ok := targets.([]any)
	if given && (!ok || len(list) == 0) {
		r.wrong("spec.targets", `write patterns such as ["clusters/*"], or leave the field out`, "spec.targets is not a list of patterns")
	}
	for i, e := range list {
		pattern, _ := e.(string)
		c.Targets = append(c.Targets, r.pattern(diag.Path("spec.targets").Index(i), pattern))
	}
}

// text gives a field of the spec that must be there.
func (r *configReader) text(spec map[string]any, key, fix string) string {
	value, given := spec[key]
	text, ok := value.(string)
	switch p := diag.Path("spec").Key(key); {
	case !given:
		r.findings = append(r.findings, diag.New(diag.MissingField, p, "%s is missing", p).WithFix("%s", fix))
	case !ok:
		r.wrong(p, fix, "%s is not text", p)
	case text == "":
		r.wrong(p, fix, "%s is empty", p)
	}
	return text
}

func (r *configReader) mode(text string) Mode {
	modes := []string{string(Generate), string(Transform), string(Validate)}
	if text == "" || slices.Contains(modes, text) {
		return Mode(text)
	}
	f := diag.New(diag.WrongValue, "spec.mode", "mode %q is not one of %s", text, strings.Join(modes, ", ")).WithFix("write one of these")
	if near, ok := diag.Nearest(text, modes); ok {
		f = f.WithFix("did you mean %s?", near).WithProposed(near)
	}
	r.findings = append(r.findings, f)
	return ""
}

func (r *configReader) pattern(p diag.Path, text string) string {
	if _, err := path.Match(text, ""); err != nil || text == "" {
		r.wrong(p, "write a pattern as a shell takes it, such as clusters/*", "%q is not a pattern of targets", text)
	}
	return text
}

// known refuses fields that are not among the names.
func (r *configReader) known(m map[string]any, below diag.Path, names ...string) {
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if slices.Contains(names, key) {
			continue
		}
		f := diag.New(diag.UnknownField, below.Key(key), "unknown field %s", below.Key(key)).WithFix("remove it; there are: %s", strings.Join(names, ", "))
		if near, ok := diag.Nearest(key, names); ok {
			f = f.WithFix("did you mean %s?", near)
		}
		r.findings = append(r.findings, f)
	}
}

func annotation(annotations map[string]any, keys ...string) string {
	for _, k := range keys {
		if text, ok := annotations[k].(string); ok {
			return text
		}
	}
	return ""
}

// String says what a Config is in a sentence.
func (c Config) String() string { return fmt.Sprintf("%s %s", c.Kind, c.Name) }
