package component

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"sigs.k8s.io/yaml"
)

// functions are what templates may call beside text/template's own. None reads anything but its arguments.
func functions() template.FuncMap {
	return template.FuncMap{"quote": quote, "toYaml": toYAML, "toJson": toJSON, "indent": indent, "nindent": nindent, "default": byDefault, "printf": printf}
}

// address is the verb %p with whatever may stand inside it.
var address = regexp.MustCompile(`(^|[^%])(%%)*%[-+# 0-9.*\[\]]*p`)

// printf is text/template's without the verb for addresses, which are others in every run.
func printf(format string, args ...any) (string, error) {
	if address.MatchString(format) {
		return "", errors.New("printf of %p: an address is another one in every run")
	}
	return fmt.Sprintf(format, args...), nil
}

// quote gives a text, number or boolean as a YAML double-quoted text.
func quote(v any) (string, error) {
	switch v := v.(type) {
	case nil, map[string]any, []any:
		return "", fmt.Errorf("only text, numbers and booleans can be quoted, not %s", kindOf(v))
	case string:
		return toJSON(v)
	}
	return toJSON(fmt.Sprint(v))
}

func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case map[string]any:
		return "a mapping"
	}
	return "a list"
}

// toYAML gives a value as YAML, without the last newline.
func toYAML(v any) (string, error) {
	text, err := yaml.Marshal(v)
	return strings.TrimSuffix(string(text), "\n"), err
}

// toJSON gives a value as JSON, which is a YAML flow value on one line.
func toJSON(v any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return strings.TrimSuffix(b.String(), "\n"), err
}

const maxIndent = 100

// indent puts blanks before every line of a text.
func indent(n int, text string) (string, error) {
	if n < 0 || n > maxIndent {
		return "", fmt.Errorf("indent by %d; it must be from 0 to %d", n, maxIndent)
	}
	blanks := strings.Repeat(" ", n)
	return blanks + strings.ReplaceAll(text, "\n", "\n"+blanks), nil
}

// nindent is indent after a newline.
func nindent(n int, text string) (string, error) {
	text, err := indent(n, text)
	return "\n" + text, err
}

// byDefault gives a value, or the default where it is null or an empty text. Unlike elsewhere, 0 and false are values.
func byDefault(other any, v ...any) (any, error) {
	switch {
	case len(v) > 1:
		return nil, errors.New("default takes a default and a value")
	case len(v) == 0 || v[0] == nil || v[0] == "":
		return other, nil
	}
	return v[0], nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
