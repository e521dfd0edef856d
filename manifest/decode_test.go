package manifest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	sigs "sigs.k8s.io/yaml"
)

func TestDecode(t *testing.T) {
	for _, test := range []struct {
		name, in string
		want     []map[string]any
		wantErr  string
	}{
		{"nothing", "", nil, ""},
		{"empty documents", "---\n---\n# only a comment\n---\na: 1\n---\nnull\n...\n", []map[string]any{{"a": int64(1)}}, ""},
		{"two documents", "a: 1\n---\nb: 2\n", []map[string]any{{"a": int64(1)}, {"b": int64(2)}}, ""},
		{"numbers", "a: [1, -1, 9007199254740993, 18446744073709551615, 1.5, 1e3, 0o7, 0777, 0x1F, 1_000]",
			[]map[string]any{{"a": []any{int64(1), int64(-1), int64(9007199254740993), uint64(18446744073709551615), 1.5, 1000.0, int64(7), int64(511), int64(31), int64(1000)}}}, ""},
		{"too large for an integer", "a: 18446744073709551616", []map[string]any{{"a": 1.8446744073709552e19}}, ""},
		{"strings", `{a: 2024-01-01, b: "no", c: 'on', d: !!str 12, e: "1", f: ~, g: "", h: <<}`,
			[]map[string]any{{"a": "2024-01-01", "b": "no", "c": "on", "d": "12", "e": "1", "f": nil, "g": "", "h": "<<"}}, "merge"},
		{"timestamps stay strings", "a: 2024-01-01T00:00:00Z\nb: !!timestamp 2024-01-01", []map[string]any{{"a": "2024-01-01T00:00:00Z", "b": "2024-01-01"}}, ""},
		{"booleans of YAML 1.1", "a: no\nb: On\nc: \"no\"\nd: nO", []map[string]any{{"a": false, "b": true, "c": "no", "d": "nO"}}, ""},
		{"keys", "1: a\ny: b\n\"2\": d\n", []map[string]any{{"1": "a", "true": "b", "2": "d"}}, ""},
		{"JSON", `{"a": "\u00e9", "b": [1, {"c": null}]}`, []map[string]any{{"a": "é", "b": []any{int64(1), map[string]any{"c": nil}}}}, ""},
		{"binary", "a: !!binary aGVsbG8=", []map[string]any{{"a": "hello"}}, ""},
		{"anchor without alias", "a: &x 1", []map[string]any{{"a": int64(1)}}, ""},
		{"byte order mark and CRLF", "\ufeffa: b\r\nc: d\r\n", []map[string]any{{"a": "b", "c": "d"}}, ""},

		{"duplicate key", "a: 1\nb:\n  c: 1\n  c: 2\n", nil, `line 4: key "c" appears twice`},
		{"duplicate after conversion", "1: a\n\"1\": b\n", nil, `line 2: key "1" appears twice`},
		{"duplicate in the second document", "a: 1\n---\na: 1\na: 2\n", nil, `line 4: key "a" appears twice`},
		{"alias", "a: &x 1\nb: *x\n", nil, "line 2: alias *x: write the value out"},
		{"cycle", "a: &x [*x]\n", nil, "line 1: alias *x"},
		{"alias key", "a: &x b\n*x : 1\n", nil, "line 2: key is not a scalar"},
		{"merge key", "a:\n  <<: {b: 1}\n", nil, "line 2: merge key"},
		{"list", "- a\n", nil, "line 1: document is not a mapping"},
		{"scalar", "a: 1\n---\ntext\n", nil, "line 3: document is not a mapping"},
		{"complex key", "? [a]\n: 1\n", nil, "line 1: key is not a scalar"},
		{"float as a key", "1.10: a\n", nil, "line 1: key 1.10 is read as a float: quote it"},
		{"bad escape", "a: \"\\/\"\n", nil, "line 1: found unknown escape character"},
		{"null key", "~: 1\n", nil, "line 1: key is null"},
		{"tag", "a: !foo 1\n", nil, "line 1: tag !foo is not supported"},
		{"set", "a: !!set {b}\n", nil, "line 1: tag !!set is not supported"},
		{"bad binary", "a: !!binary x\n", nil, "line 1: !!binary is not the base64 form of UTF-8 text"},
		{"infinity", "a: .inf\n", nil, "line 1: .inf is not a number that Kubernetes reads"},
		{"not what the tag says", "a: !!int x\n", nil, `line 1: cannot read "x" as !!int`},
		{"syntax", "a: b: c\n", nil, "mapping values are not allowed"},
		{"conflict markers", "a: 1\n<<<<<<< HEAD\nb: 2\n", nil, "line "},
		{"control character", "a: 1\nb: \x01\n", nil, "line 2: control characters are not allowed"},
		{"UTF-8", "a: \xff\n", nil, "not valid UTF-8"},
		{"UTF-16", "\xff\xfea\x00:\x00 \x001\x00", nil, "not valid UTF-8"},
		{"depth", "a: " + strings.Repeat("[", 300) + strings.Repeat("]", 300), nil, "line 1: nested deeper than 200"},
		{"great depth", "a: " + strings.Repeat("[", 100000), nil, "exceeded max depth"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := Decode([]byte(test.in))
			if test.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), test.wantErr) {
					t.Fatalf("error %v, want %s", err, test.wantErr)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Fatalf("-want +got:\n%s", diff)
			}
		})
	}
}

// Plain scalars, as values and as keys, must mean what they mean to Kubernetes.
func TestDecodeReadsAsKubernetes(t *testing.T) {
	for _, s := range hostileStrings {
		if s == "<<" || strings.TrimSpace(s) == "" {
			continue
		}
		for _, text := range []string{"k: " + s + "\n", s + ": k\n", "k: [" + s + "]\n"} {
			var want any
			asJSON, err := sigs.YAMLToJSONStrict([]byte(text))
			if err != nil {
				continue
			}
			decoder := json.NewDecoder(bytes.NewReader(asJSON))
			decoder.UseNumber()
			if err := decoder.Decode(&want); err != nil {
				t.Fatal(err)
			}
			if fields, ok := want.(map[string]any); !ok || fields == nil {
				continue
			}
			got, err := Decode([]byte(text))
			if err != nil || len(got) != 1 {
				t.Logf("%.60q is stricter than Kubernetes: %v", text, err)
				continue
			}
			if diff := cmp.Diff(normal(want), normal(got[0])); diff != "" {
				t.Errorf("%.60q: -Kubernetes +Decode:\n%s", text, diff)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range hostileStrings {
		f.Add([]byte("k: " + s + "\n"))
	}
	f.Add([]byte("a: &x [1]\n---\nb: *x\n"))
	f.Add([]byte("{\"a\": [1, 2.5, null, {}]}"))
	f.Add([]byte("a: |2-\n\n   x\nb: >+\n  y\n\n---\n? !!str z\n: - 1\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		documents, err := Decode(data)
		if err != nil {
			return
		}
		encoded, err := Encode(documents...)
		if err != nil {
			if strings.Contains(err.Error(), "nested deeper") {
				return
			}
			t.Fatalf("decoded, not encoded: %v\n%q", err, data)
		}
		again, err := Decode(encoded)
		if err != nil {
			t.Fatalf("encoded, not decoded: %v\n%s", err, encoded)
		}
		if diff := cmp.Diff(normalAll(documents), normalAll(again)); diff != "" {
			t.Fatalf("-first +again:\n%s\n%s", diff, encoded)
		}
		if twice, err := Encode(again...); err != nil || !bytes.Equal(twice, encoded) {
			t.Fatalf("not canonical: %v\n%s\n%s", err, encoded, twice)
		}
	})
}

func normalAll(documents []map[string]any) []string {
	var all []string
	for _, fields := range documents {
		text, err := json.Marshal(normal(fields))
		all = append(all, fmt.Sprint(string(text), err))
	}
	return all
}
