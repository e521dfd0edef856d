package render_test

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// provider is testdata/provider/alicloud.yaml: what the provider takes.
type provider struct {
	Resources map[string]providerType
	Data      map[string]providerType
}

type providerType struct {
	Required, Effective []string
	Arguments           map[string]string
	Blocks              map[string]providerType
	Attributes          map[string]any // a kind, or the fields of the elements of a list
}

func readProvider(t *testing.T) provider {
	t.Helper()
	data, err := os.ReadFile("testdata/provider/alicloud.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var p provider
	if err := yaml.Unmarshal(data, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// problems gives what the provider, or Terraform, would refuse.
func (p provider) problems(root terraformRoot) []string {
	l := &terraformLint{provider: p, root: root}
	for _, kind := range []string{"resource", "data"} {
		types := p.Resources
		if kind == "data" {
			types = p.Data
		}
		for typeName, names := range root[kind] {
			spec, known := types[typeName]
			if !known {
				l.add("%s %s: no such type", kind, typeName)
				continue
			}
			for name, body := range names.(map[string]any) {
				l.block(fmt.Sprintf("%s %s.%s", kind, typeName, name), name, body.(map[string]any), spec)
			}
		}
	}
	l.variables()
	return l.found
}

type terraformLint struct {
	provider provider
	root     terraformRoot
	found    []string
	used     map[string]bool // variables
}

func (l *terraformLint) add(format string, args ...any) {
	l.found = append(l.found, fmt.Sprintf(format, args...))
}

var blockName = regexp.MustCompile(`^[a-z_][-a-z0-9_]*$`)

// block holds a resource or a data source against its type.
func (l *terraformLint) block(at, name string, body map[string]any, spec providerType) {
	if !blockName.MatchString(name) {
		l.add("%s: not a name for a block", at)
	}
	l.alias(at, body["provider"])
	each, _ := body["for_each"].(map[string]any)
	body = maps.Clone(body)
	for _, meta := range []string{"provider", "for_each"} {
		l.references(at+" "+meta, body[meta], false)
		delete(body, meta)
	}
	if list, ok := body["depends_on"].([]any); ok {
		for _, address := range list {
			l.reference(at+" depends_on", address.(string), false)
		}
		delete(body, "depends_on")
	}
	if lifecycle, ok := body["lifecycle"].(map[string]any); ok {
		l.ignored(at, lifecycle, spec)
		delete(body, "lifecycle")
	}
	l.arguments(at, body, spec, each != nil)
}

func (l *terraformLint) alias(at string, v any) {
	aliases, _ := l.root["provider"]["alicloud"].([]any)
	for _, a := range aliases {
		if a := a.(map[string]any); v == "alicloud."+a["alias"].(string) && a["region"] != "" {
			return
		}
	}
	l.add("%s: provider %v is not declared", at, v)
}

// ignored holds ignore_changes against the type's arguments.
func (l *terraformLint) ignored(at string, lifecycle map[string]any, spec providerType) {
	list, ok := lifecycle["ignore_changes"].([]any)
	if len(lifecycle) != 1 || !ok {
		l.add("%s: a lifecycle of another shape", at)
	}
	for _, v := range list {
		if first := regexp.MustCompile(`[.\[]`).Split(v.(string), 2)[0]; spec.Arguments[first] == "" {
			l.add("%s: ignore_changes names no argument: %v", at, v)
		}
	}
}

func (l *terraformLint) arguments(at string, body map[string]any, spec providerType, each bool) {
	for _, r := range slices.Concat(spec.Required, spec.Effective) {
		if v, ok := body[r]; !ok || v == nil || v == "" {
			l.add("%s: %s is missing", at, r)
		}
	}
	for arg, v := range body {
		if arg == "//" {
			continue
		}
		kind, known := spec.Arguments[arg]
		inner, listed := spec.Blocks[arg]
		switch {
		case !known:
			l.add("%s: no argument %s", at, arg)
		case kind == "blocks" && !listed:
			l.add("%s: the table does not list the block %s", at, arg)
		case kind == "blocks":
			l.blocks(at+" "+arg, v, inner, each)
		default:
			l.kind(at+" "+arg, v, kind)
			l.references(at+" "+arg, v, each)
		}
	}
}

func (l *terraformLint) blocks(at string, v any, spec providerType, each bool) {
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		l.add("%s: not a list of blocks", at)
	}
	for _, e := range list {
		body, ok := e.(map[string]any)
		if !ok {
			l.add("%s: not a block", at)
		}
		l.arguments(at, body, spec, each)
	}
}

// kind holds a value against a kind; an interpolation may be of any.
func (l *terraformLint) kind(at string, v any, kind string) {
	text, isText := v.(string)
	if isText && strings.HasPrefix(text, "${") {
		return
	}
	ok := false
	switch kind {
	case "string":
		ok = isText && text != ""
	case "int":
		n, isNumber := v.(float64)
		ok = isNumber && n == float64(int(n))
	case "float":
		_, ok = v.(float64)
	case "bool":
		_, ok = v.(bool)
	case "map":
		_, ok = v.(map[string]any)
	case "strings":
		list, isList := v.([]any)
		ok = isList && len(list) > 0
		for _, e := range list {
			l.kind(at, e, "string")
		}
	}
	if !ok {
		l.add("%s: %v is not of kind %s", at, v, kind)
	}
}

var interpolation = regexp.MustCompile(`(^|[^$])\$\{([^}]*)\}`)

// references resolves what stands in interpolations.
func (l *terraformLint) references(at string, v any, each bool) {
	switch v := v.(type) {
	case string:
		for _, m := range interpolation.FindAllStringSubmatch(v, -1) {
			l.reference(at, m[2], each)
		}
	case []any:
		for _, e := range v {
			l.references(at, e, each)
		}
	case map[string]any:
		for _, e := range v {
			l.references(at, e, each)
		}
	}
}

var index = regexp.MustCompile(`\[\d+\]$`)

func (l *terraformLint) reference(at, ref string, each bool) {
	parts := strings.Split(ref, ".")
	switch {
	case parts[0] == "each" && len(parts) == 2:
		if !each || parts[1] != "key" && parts[1] != "value" {
			l.add("%s: %s outside for_each", at, ref)
		}
	case parts[0] == "var" && len(parts) == 2:
		if l.root["variable"][parts[1]] == nil {
			l.add("%s: %s is not declared", at, ref)
		}
		if l.used == nil {
			l.used = map[string]bool{}
		}
		l.used[parts[1]] = true
	case parts[0] == "data" && len(parts) > 3:
		l.attribute(at, ref, l.provider.Data[parts[1]], l.root["data"], parts[1:])
	default:
		l.attribute(at, ref, l.provider.Resources[parts[0]], l.root["resource"], parts)
	}
}

// attribute resolves type.name, type.name.attribute and type.name.list[0].field.
func (l *terraformLint) attribute(at, ref string, spec providerType, blocks map[string]any, parts []string) {
	names, _ := blocks[parts[0]].(map[string]any)
	if len(parts) < 2 || names[parts[1]] == nil {
		l.add("%s: %s is not declared", at, ref)
		return
	}
	switch attribute := ""; len(parts) {
	case 2:
		if !strings.HasSuffix(at, "depends_on") {
			l.add("%s: %s is all of a block", at, ref)
		}
	case 3:
		attribute = parts[2]
		if _, ok := spec.Attributes[attribute]; !ok && attribute != "id" && spec.Arguments[attribute] == "" {
			l.add("%s: %s has no attribute %s", at, ref, attribute)
		}
	default:
		list := index.ReplaceAllString(parts[2], "")
		fields, ok := spec.Attributes[list].([]any)
		if !ok || list == parts[2] || !slices.Contains(fields, any(parts[3])) {
			l.add("%s: %s has no %s", at, ref, strings.Join(parts[2:], "."))
		}
	}
}

// variables looks for variables that nothing uses, and for other fields than variables have.
func (l *terraformLint) variables() {
	for name, body := range l.root["variable"] {
		if !l.used[name] {
			l.add("variable %s: not used", name)
		}
		for field := range body.(map[string]any) {
			if !slices.Contains([]string{"type", "default", "description", "validation"}, field) {
				l.add("variable %s: no field %s", name, field)
			}
		}
	}
}
