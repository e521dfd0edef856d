package review_test

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/meshtopo/meshtopo/review"
)

// Every field of the JSON is named in docs/review.md, in the section about it.
func TestJSONIsDocumented(t *testing.T) {
	data, err := os.ReadFile("../docs/review.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(data), "\n## JSON\n")
	if !found {
		t.Fatal("docs/review.md has no section JSON")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var names []string
	jsonNames(reflect.TypeFor[review.Report](), map[reflect.Type]bool{}, &names)
	if len(names) < 40 {
		t.Fatalf("only %d fields were found: %v", len(names), names)
	}
	for _, name := range names {
		if !named(section, name) {
			t.Errorf("docs/review.md does not say what %q is", name)
		}
	}
	for _, risk := range review.Risks() {
		if !named(section, risk) {
			t.Errorf("docs/review.md does not name the risk %q", risk)
		}
	}
}

// named says whether a field stands in backquotes, by itself or as the last part of a path.
func named(section, name string) bool {
	for _, end := range []string{"`", "[]`", "[][]`"} {
		if strings.Contains(section, "`"+name+end) || strings.Contains(section, "."+name+end) {
			return true
		}
	}
	return false
}

// jsonNames lists the names of all fields of a type, and of those that it holds.
func jsonNames(t reflect.Type, seen map[reflect.Type]bool, names *[]string) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		jsonNames(t.Elem(), seen, names)
	case reflect.Struct:
		if seen[t] {
			return
		}
		seen[t] = true
		for i := range t.NumField() {
			if name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); name != "-" {
				*names = append(*names, name)
				jsonNames(t.Field(i).Type, seen, names)
			}
		}
	}
}
