package jsonnet

import (
	"strings"
	"testing"

	"github.com/google/go-jsonnet"
)

// FuzzLiterals: whatever a file that is Jsonnet holds, its literals are read without being evaluated, and their places are in it.
func FuzzLiterals(f *testing.F) {
	for _, s := range []string{
		"{a: 1, 'b': [2, {c: 3}], [d]: 4, e+: {f: 5}}", "local x = {a: 1}; x + {b: 2}", "function(a) (\n  {é: a, b: 'x'})", "{a:: |||\n  b\n|||, assert true}", "[1] + [2]", "{a(b): b}",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Count(text, "(")+strings.Count(text, "[")+strings.Count(text, "{") > 1000 {
			return // deep nesting is for a child with a small stack
		}
		tree, err := jsonnet.SnippetToAST("f", text)
		if err != nil {
			return
		}
		read := newLines("f", []byte(text))
		for _, l := range literalsOf(tree, read) {
			if l.Place.Line < 1 || l.Place.Line > len(read.text) || l.Place.Column < 1 || l.Place.Column > len([]rune(read.text[l.Place.Line-1]))+1 {
				t.Errorf("%v is at %+v of\n%s", l.Path, l.Place, text)
			}
		}
	})
}
