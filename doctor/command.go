package doctor

import (
	"path"
	"slices"
	"strings"
)

// flush ends a command.
func (r *shellReader) flush() {
	words := r.words
	if r.words = nil; len(words) == 0 {
		return
	}
	r.state.commands = append(r.state.commands, command{words: words, dir: r.dir})
	plain := withoutKeywords(words)
	if len(plain) == 0 {
		return
	}
	switch plain[0].text {
	case "cd", "pushd", "popd":
		r.changeDir(plain)
	case "for", "select":
		if len(plain) > 1 {
			r.state.assign(plain[1].text, variable{fields: []string{unseen}}, false)
		}
	case "read":
		for _, w := range plain[1:] {
			r.state.assign(w.text, variable{fields: []string{unseen}}, false)
		}
	}
	r.shells(plain)
}

func withoutKeywords(words []word) []word {
	for len(words) > 0 && slices.Contains(keywords, words[0].text) {
		words = words[1:]
	}
	return words
}

func joined(words []word) string {
	var texts []string
	for _, w := range words {
		texts = append(texts, w.text)
	}
	return strings.Join(texts, " ")
}

// shells reads the texts that a command gives to a shell.
func (r *shellReader) shells(words []word) {
	evaluated := words
	for len(evaluated) > 1 && evaluated[0].text == "eval" {
		evaluated = evaluated[1:]
	}
	if len(evaluated) < len(words) {
		r.given(joined(evaluated), word{at: evaluated[0].at, end: evaluated[len(evaluated)-1].end})
		return
	}
	for i, w := range words {
		if !slices.Contains([]string{"sh", "bash", "dash", "ash", "ksh", "zsh"}, path.Base(w.text)) {
			continue
		}
		for j := i + 1; j+1 < len(words) && strings.HasPrefix(words[j].text, "-"); j++ {
			if !strings.HasPrefix(words[j].text, "--") && strings.HasSuffix(words[j].text, "c") {
				r.given(words[j+1].text, words[j+1])
				return
			}
		}
	}
}

// given reads a text that stands at a word.
func (r *shellReader) given(text string, at word) {
	at = r.placed(at)
	inner := &shellReader{text: text, depth: r.depth + 1, state: r.state, span: &at, dir: r.dir}
	inner.script(0)
}

// placed is a word where it stands in the script.
func (r *shellReader) placed(w word) word {
	if r.span != nil {
		w.at, w.end = r.span.at, r.span.end
	}
	return w
}
