package render

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"text/template"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/manifest"
)

//go:embed templates
var templateFiles embed.FS

// parseTemplates parses the embedded templates. A field that is missing is an error, never "<no value>".
func parseTemplates() (*template.Template, error) {
	return template.New("").Option("missingkey=error").Funcs(template.FuncMap{"q": quoteYAML, "json": inlineJSON, "sh": quoteShell}).
		ParseFS(templateFiles, "templates/*.tmpl", "templates/asm/*.tmpl", "templates/istio/*.tmpl")
}

// quoteYAML gives a string as a YAML double-quoted scalar that stays one line and one value, whatever is in it.
func quoteYAML(s string) (string, error) { return inlineJSON(s) }

// inlineJSON gives a value as JSON in ASCII, which is a YAML flow value on one line.
func inlineJSON(v any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", err
	}
	return ascii(strings.TrimSuffix(b.String(), "\n")), nil
}

// ascii escapes what is not printable ASCII. In JSON such characters stand only inside strings.
func ascii(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= ' ' && r < 0x7f:
			b.WriteRune(r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r) // YAML has no surrogate pairs
		}
	}
	return b.String()
}

// quoteShell gives a string as one word of a POSIX shell.
func quoteShell(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// execute runs a template and parses its output at once, so that a template that does not fit its data fails with its name and
// line. The objects must be exactly the planned ones, in any order: no value can add an object.
func (r *Rendering) execute(name, file, from string, data any, planned []manifest.ID) (manifest.File, error) {
	var b bytes.Buffer
	if err := r.templates.ExecuteTemplate(&b, name, data); err != nil {
		return manifest.File{}, fmt.Errorf("rendering %s: %w", file, err)
	}
	decoded, err := manifest.Decode(b.Bytes())
	if err != nil {
		return manifest.File{}, fmt.Errorf("rendering %s: template %s: %w", file, name, err)
	}
	var objects []manifest.Object
	for _, fields := range decoded {
		objects = append(objects, manifest.Object{Fields: fields, From: from, By: name})
	}
	if err := comparePlan(objects, planned); err != nil {
		return manifest.File{}, fmt.Errorf("rendering %s: template %s: %w", file, name, err)
	}
	made, err := manifest.Manifests(file, from, objects)
	if err != nil {
		return manifest.File{}, err
	}
	if findings := checkShapes(made); len(findings) > 0 {
		return manifest.File{}, diag.Findings(findings)
	}
	return made, nil
}

func comparePlan(objects []manifest.Object, planned []manifest.ID) error {
	want := map[manifest.ID]int{}
	for _, id := range planned {
		want[id]++
	}
	for _, o := range objects {
		id, err := o.ID()
		if err != nil {
			return err
		}
		if want[id.Key()] == 0 {
			return fmt.Errorf("%s was not planned", id)
		}
		want[id.Key()]--
	}
	for id, n := range want {
		if n != 0 {
			return fmt.Errorf("%s is missing", id)
		}
	}
	return nil
}

// planned names objects of one namespace, without versions.
func planned(group, kind, namespace string, names ...string) []manifest.ID {
	var ids []manifest.ID
	for _, n := range names {
		ids = append(ids, manifest.ID{Group: group, Kind: kind, Namespace: namespace, Name: n})
	}
	return ids
}

func itoa(n int) string { return strconv.Itoa(n) }
