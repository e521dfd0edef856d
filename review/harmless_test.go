package review_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/review"
	"pgregory.net/rapid"
)

// hostile are texts that mean something to a terminal, a CI system, a browser, Markdown, or a host that shows Markdown.
var hostile = []string{
	"::error::x", "##[group]x", "<script>alert(1)</script>", "</details></table>", "</summary>", "-->", "<!-- x", "```", "~~~", "`", "a|b", `\|`, `\`, "](https://e.example)", "![x](y)", "[x]: y",
	"[^1]", "@all", "#12", "!3", "GH-4", "a/b#5", ":tada:", "https://e.example", "www.e.example", "a@e.example", "mailto:a@e.example", "$x$", "~l", "&amp;", "&#60;", "1.", "2)", "-", "+", "*", "===", "---", "- [ ] x",
	"|", "| a |", ":--", "\x1b[2J", "\u009b2J", "\u202e", "\u2066", "\u200b", "\ufeff", "\xff", "a\nb", "a\r\nb", "\t", "  x  ", `" onclick="x`, "' x='", "{{.}}", "javascript:x", "url(x)", "=cmd()", "\u2028", "\u0085", "_a_", "**a**", "~~a~~", "*a", "x_y_z", "", " ",
}

// drawReport draws a report whose texts are of any kind, with what is markup or a command more often than chance would have it.
func drawReport(t *rapid.T) *review.Report {
	word := rapid.OneOf(rapid.SampledFrom(hostile), rapid.String(), rapid.StringMatching("[|\\\\`\n\r\t #:*<>&@!~$\x1b\u202e\u00a0a-c1]{0,12}"))
	text := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(word, 0, 4).Draw(t, "words"), rapid.SampledFrom([]string{" ", "", "\n"}).Draw(t, "between"))
	})
	value := rapid.Custom(func(t *rapid.T) json.RawMessage {
		v := rapid.OneOf(text.AsAny(), rapid.Int().AsAny(), rapid.Bool().AsAny(), rapid.SliceOfN(text, 0, 8).AsAny(), rapid.MapOfN(text, text, 0, 8).AsAny()).Draw(t, "value")
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return data
	})
	r := rapid.MakeCustom[review.Report](rapid.MakeConfig{
		Types: map[reflect.Type]*rapid.Generator[any]{
			reflect.TypeFor[review.Risk]():      rapid.Map(rapid.IntRange(0, 5), func(i int) review.Risk { return review.Risk(i) }).AsAny(),
			reflect.TypeFor[json.RawMessage]():  value.AsAny(),
			reflect.TypeFor[[]review.Change]():  rapid.SliceOfN(rapid.Make[review.Change](), 0, 0).AsAny(),
			reflect.TypeFor[[]review.Ignored](): rapid.SliceOfN(rapid.Make[review.Ignored](), 0, 0).AsAny(),
		},
		Kinds: map[reflect.Kind]*rapid.Generator[any]{reflect.String: text.AsAny(), reflect.Float64: rapid.Float64Range(0, 2).AsAny()},
	}).Draw(t, "report")
	change := rapid.MakeCustom[review.Change](rapid.MakeConfig{
		Types: map[reflect.Type]*rapid.Generator[any]{reflect.TypeFor[review.Risk](): rapid.Just(review.Identity).AsAny(), reflect.TypeFor[json.RawMessage](): value.AsAny()},
		Kinds: map[reflect.Kind]*rapid.Generator[any]{reflect.String: text.AsAny()},
	})
	r.Objects = rapid.SliceOfN(change, 0, 4).Draw(t, "objects")
	r.Version = rapid.SliceOfN(change, 0, 2).Draw(t, "version")
	r.Ignored = []review.Ignored{{Entry: text.Draw(t, "entry"), Reason: text.Draw(t, "reason"), Fields: 3}}
	r.Before, r.After = nil, nil
	r.Judge()
	return &r
}

// filled is a report in which every text is the same, once as it is and once in a name.
func filled(s string) *review.Report {
	r := &review.Report{}
	fill(reflect.ValueOf(r).Elem(), s)
	r.Before, r.After = nil, nil
	r.Judge()
	return r
}

// fill sets all that a value holds; lists get two elements.
func fill(v reflect.Value, s string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), s)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), s)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf(s), reflect.ValueOf(0.5))
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[json.RawMessage]() {
			data, err := json.Marshal(s + "\n" + s)
			if err != nil {
				panic(err)
			}
			v.SetBytes(data)
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(v.Index(i), strings.Repeat("x-", i)+s)
		}
	}
}

// checkText: no output for a terminal or a log acts on it.
func checkText(t fataler, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Fatal("invalid UTF-8")
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if i := strings.IndexFunc(line, func(r rune) bool { return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) }); i >= 0 {
			t.Fatal("a control character", i, line)
		}
		if start := strings.TrimLeft(line, " "); strings.HasPrefix(start, "::") || strings.HasPrefix(start, "##[") {
			t.Fatal("a command", line)
		}
	}
}

// uncolored takes colors from a text.
func uncolored(s string) string {
	for _, code := range []string{"0", "1", "31", "32", "33", "35"} {
		s = strings.ReplaceAll(s, "\x1b["+code+"m", "")
	}
	return s
}

func TestTextIsHarmless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, width := drawReport(t), rapid.SampledFrom([]int{0, 40, 100}).Draw(t, "width")
		text := printed(t, asText(review.TextOptions{Width: width}), r)
		checkText(t, text)
		if first, _, _ := strings.Cut(text, "\n"); strings.TrimPrefix(first, `\`) != strings.TrimRight(r.Verdict, " ") {
			t.Fatal("the first line is not the verdict", first, r.Verdict)
		}
		if diff := cmp.Diff(text, uncolored(printed(t, asText(review.TextOptions{Width: width, Color: true}), r))); diff != "" {
			t.Fatal("color changes more than color", diff)
		}
	})
}

func FuzzText(f *testing.F) {
	for _, s := range hostile {
		f.Add(s, 80)
	}
	f.Fuzz(func(t *testing.T, s string, width int) {
		checkText(t, printed(t, asText(review.TextOptions{Width: width % 200}), filled(s)))
	})
}

// In JSON no list is null, risks are names, and what is read back is what was written.
func TestJSONIsTidy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawReport(t)
		text := printed(t, review.JSON, r)
		for line := range strings.Lines(text) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			if value == "null," && key != `"before"` && key != `"after"` && key != `"cause"` && !strings.HasPrefix(line, strings.Repeat(" ", 8)) {
				t.Fatal("null", line)
			}
		}
		var back review.Report
		if err := json.Unmarshal([]byte(text), &back); err != nil {
			t.Fatal(err)
		}
		var again review.Report
		if err := json.Unmarshal([]byte(printed(t, review.JSON, &back)), &again); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(back, again); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestEmptyListsAreNotNull(t *testing.T) {
	text := printed(t, review.JSON, &review.Report{Traffic: []review.FlowChange{{Before: &review.Shares{}}}, Objects: []review.Change{{}}})
	want := map[string]bool{`"after": null`: true, `"cause": null`: true}
	for line := range strings.Lines(text) {
		if line = strings.Trim(line, " ,\n"); strings.HasSuffix(line, "null") && !want[line] {
			t.Error(line)
		}
	}
}
