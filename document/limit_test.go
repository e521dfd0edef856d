package document

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// hostile are documents of a few kilobytes that stop a careless reader for seconds or for ever, and the problem that each is.
func hostile() map[string]struct{ text, want string } {
	type row = struct{ text, want string }
	keys, jsonKeys, laughs := "", "", "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
	var b, j strings.Builder
	for i := range 50000 {
		fmt.Fprintf(&b, "k%d: 1\n", i)
		fmt.Fprintf(&j, "%q: 1,\n", fmt.Sprint(i))
	}
	keys, jsonKeys = b.String(), j.String()
	for i := range 9 {
		laughs += fmt.Sprintf("a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 9), ", "))
	}
	const deep = "the file is nested deeper than 64 levels"
	return map[string]row{
		"nested.yaml":        {strings.Repeat("[", 40000) + strings.Repeat("]", 40000), deep},
		"nested-open.yaml":   {strings.Repeat("[", 40000), deep},
		"nested-9000.yaml":   {strings.Repeat("[", 9000) + strings.Repeat("]", 9000), deep},
		"nested-braces.yaml": {strings.Repeat("{a: ", 40000), deep},
		"nested-dashes.yaml": {strings.Repeat("- ", 40000) + "a", deep},
		"nested-marks.yaml":  {strings.Repeat("? ", 40000), deep},
		"staircase.yaml":     {staircase(400), deep},
		"nested.json":        {strings.Repeat("[", 40000) + strings.Repeat("]", 40000), deep},
		"nested-braces.json": {strings.Repeat(`{"a":`, 40000), deep},
		"keys.yaml":          {keys, "a mapping of 50000 keys; the limit is 2000"},
		"keys.json":          {"{" + jsonKeys + `"": 1}`, "a mapping of 50001 keys; the limit is 2000"},
		"list.yaml":          {strings.Repeat("- 1\n", 10001), "a list of 10001 elements; the limit is 10000"},
		"laughs.yaml":        {laughs, "anchor &a0 (and 90 more of its kind)"},
		"problems.yaml":      {strings.Repeat("- no\n", 9000), "the plain value no means different things to YAML 1.1 and YAML 1.2 readers"},
		"comments.yaml":      {strings.Repeat("# x\n", 100000) + "a: 1\n", ""},
		"quotes.yaml":        {strings.Repeat(`"`, 1<<18), `not well-formed YAML: did not find expected <document start>`},
		"wide.json":          {wide(`["`, `日", "`, `"]`), ""},
		"wide.yaml":          {wide("[", "日, ", "]"), ""},
		"wide-quoted.yaml":   {wide("['", "日', '", "']"), ""},
		"wide-keys.json":     {"{" + strings.ReplaceAll(jsonKeys, "\n", "") + `"": 1}`, "a mapping of 50001 keys; the limit is 2000"},
		"wide-anchors.yaml":  {wide("[", "&x 日, ", "]"), "anchor &x (and 8999 more of its kind)"},
		"wide-words.yaml":    {wide("[", "no, ", "]"), "the plain value no means different things to YAML 1.1 and YAML 1.2 readers"},
		"long-line.yaml":     {"a: " + strings.Repeat("x", 1<<20), ""},
		"long-key.yaml":      {strings.Repeat("x", 1<<18) + ": 1", "not well-formed YAML: mapping values are not allowed in this context"},
	}
}

// wide is a list of 90,000 elements in one line.
func wide(begin, element, end string) string { return begin + strings.Repeat(element, 9000) + end }

func staircase(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

// slow is what no document may take, however busy the machine is. Each takes a small part of it.
const slow = 10 * time.Second

func TestHostile(t *testing.T) {
	for name, h := range hostile() {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			problems := read(name, []byte(h.text))
			if took := time.Since(start); took > slow {
				t.Errorf("took %s", took)
			}
			if len(problems) > DefaultLimits().Problems+1 {
				t.Errorf("%d problems", len(problems))
			}
			got := ""
			if len(problems) > 0 {
				got = problems[0].Message
			}
			if got != h.want {
				t.Errorf("%q, want %q", got, h.want)
			}
		})
	}
}

func TestProblemsEnd(t *testing.T) {
	problems := read("x.yaml", []byte(strings.Repeat("- no\n", 1000)))
	if last := problems[len(problems)-1]; len(problems) != 201 || last.Kind != Limit || last.Place.Line != 201 {
		t.Errorf("%d problems, the last: %+v", len(problems), last)
	}
}
