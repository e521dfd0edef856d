package document

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestValue(t *testing.T) {
	const yamlText = "a: 1\nb: -2.5\nc: 'x'\nd: true\ne: ~\nf: [1.0, \"2\", FALSE]\ng:\n  h: |\n    text\ni:\nj: 9007199254740991\nk: {}\nl: []\n"
	const jsonText = `{"a": 1, "b": -2.5, "c": "x", "d": true, "e": null, "f": [1e0, "2", false], "g": {"h": "text\n"}, "i": null,
		"j": 9007199254740991, "k": {}, "l": []}`
	want := map[string]any{
		"a": int64(1), "b": -2.5, "c": "x", "d": true, "e": nil, "f": []any{int64(1), "2", false}, "g": map[string]any{"h": "text\n"},
		"i": nil, "j": int64(9007199254740991), "k": map[string]any{}, "l": []any{},
	}
	for name, read := range map[string]func([]byte) (Tree, []Problem){yamlText: YAML, jsonText: JSON} {
		tree, problems := read([]byte(name))
		if len(problems) > 0 {
			t.Errorf("%s: %v", name, problems)
			continue
		}
		if d := cmp.Diff(want, tree.Value()); d != "" {
			t.Errorf("%s:\n%s", name, d)
		}
	}
}

func TestPlace(t *testing.T) {
	yamlText := "# x\nspec:\n  日本: {b: \"x\\n\", c: it is}\n  list:\n  - {a: 1}\n  - - two\n    - 'it''s'\n  text: |\n    abc\n  long: one\n    two\n  none:\n"
	jsonText := "{\"spec\": {\n  \"日本\": {\"b\": \"x\\n\",\n    \"c\": \"it is\"},\n \"list\" : [\n{\"a\": 1}, [\"two\"]]}}"
	for _, c := range []struct {
		text string
		path []any
		key  bool
		want Place
	}{
		{yamlText, nil, false, Place{2, 1, 0}},
		{yamlText, []any{"spec"}, true, Place{2, 1, 4}},
		{yamlText, []any{"spec"}, false, Place{3, 3, 0}},
		{yamlText, []any{"spec", "日本"}, true, Place{3, 3, 2}},
		{yamlText, []any{"spec", "日本", "b"}, false, Place{3, 11, 5}},
		{yamlText, []any{"spec", "日本", "c"}, false, Place{3, 21, 5}},
		{yamlText, []any{"spec", "list", 0, "a"}, false, Place{5, 9, 1}},
		{yamlText, []any{"spec", "list", 1, 1}, false, Place{7, 7, 7}},
		{yamlText, []any{"spec", "list", 1, 1}, true, Place{7, 7, 7}}, // an element has no name
		{yamlText, []any{"spec", "text"}, false, Place{8, 9, 1}},
		{yamlText, []any{"spec", "long"}, false, Place{10, 9, 3}},
		{yamlText, []any{"spec", "none"}, false, Place{12, 8, 0}},
		{jsonText, nil, false, Place{1, 1, 0}},
		{jsonText, []any{"spec", "日本"}, true, Place{2, 3, 4}},
		{jsonText, []any{"spec", "日本", "b"}, false, Place{2, 15, 5}},
		{jsonText, []any{"spec", "日本", "c"}, true, Place{3, 5, 3}},
		{jsonText, []any{"spec", "list"}, false, Place{4, 11, 0}},
		{jsonText, []any{"spec", "list", 0, "a"}, false, Place{5, 7, 1}},
		{jsonText, []any{"spec", "list", 1, 0}, false, Place{5, 12, 5}},
	} {
		read := YAML
		if c.text == jsonText {
			read = JSON
		}
		tree, problems := read([]byte(c.text))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if got, ok := tree.Place(c.path, c.key); !ok || got != c.want {
			t.Errorf("place of %v (key %v): %v %v, want %v", c.path, c.key, got, ok, c.want)
		}
	}
}

func TestNoPlace(t *testing.T) {
	tree, _ := YAML([]byte("a: [1]\nb: {c: 1}\n"))
	for _, path := range [][]any{{"x"}, {"a", 1}, {"a", -1}, {"a", "0"}, {"b", 0}, {"b", "c", "d"}, {1.5}} {
		if place, ok := tree.Place(path, false); ok {
			t.Errorf("%v stands at %v", path, place)
		}
	}
}

func TestSettle(t *testing.T) {
	d := json.NewDecoder(strings.NewReader(`{"a": 1, "b": [2.50, {"c": 1e3}, "3", null, true], "d": 1e300}`))
	d.UseNumber()
	var got any
	if err := d.Decode(&got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"a": int64(1), "b": []any{2.5, map[string]any{"c": int64(1000)}, "3", nil, true}, "d": 1e300}
	if diff := cmp.Diff(any(want), Settle(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
