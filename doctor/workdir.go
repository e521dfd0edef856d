package doctor

import (
	"path"
	"strings"
)

// changeDir follows cd, pushd and popd.
func (r *shellReader) changeDir(words []word) {
	to := unseen
	for _, w := range words[1:] {
		if !strings.HasPrefix(w.text, "-") {
			to = w.text
			break
		}
	}
	n := len(r.pushed)
	switch {
	case words[0].text == "popd" && n > 0:
		r.dir, r.pushed = r.pushed[n-1], r.pushed[:n-1]
		return
	case words[0].text == "popd":
		to = unseen
	case words[0].text == "pushd":
		r.pushed = append(r.pushed, r.dir)
	}
	r.dir = joinDir(r.dir, to)
}

// joinDir goes from one directory to another. What climbs from an unseen one may be anywhere.
func joinDir(from, to string) string {
	if !strings.HasPrefix(to, unseen) && !strings.HasPrefix(to, top) && !path.IsAbs(to) {
		to = path.Join(from, ".") + "/" + to
	}
	to = strings.TrimSuffix(to, "/") + "/"
	if hidden := strings.LastIndex(to, unseen); hidden >= 0 {
		if climb := strings.LastIndex(to, "/../"); climb >= hidden {
			to = unseen + "/" + to[climb+len("/../"):]
		}
		return path.Clean(to)
	}
	below, found := strings.CutPrefix(to, top)
	if !found {
		return path.Clean(to)
	}
	if below = path.Join(".", "./"+below); below == ".." || strings.HasPrefix(below, "../") {
		return "/" // not in the repository
	}
	return path.Join(top, below)
}

// output reads the commands that stand in a text up to a closing parenthesis, and gives what they print: a directory, where the last is one of
// those by which scripts find themselves.
func (r *shellReader) output(text string, from int) string {
	before := len(r.state.commands)
	inner := &shellReader{text: text, pos: from, depth: r.depth + 1, state: r.state, span: r.span, dir: r.dir}
	inner.script(')')
	r.pos = inner.pos
	if len(r.state.commands) == before {
		return unseen
	}
	last := r.state.commands[len(r.state.commands)-1]
	switch printed := joined(last.words); printed {
	case "git rev-parse --show-toplevel":
		return top
	case "pwd", "pwd -P":
		return joinDir(last.dir, ".")
	default:
		return r.ofItself(last.words)
	}
}

// ofItself is what a command prints that is given the name of the script.
func (r *shellReader) ofItself(words []word) string {
	if n := len(words); n < 2 || r.state.file == "" || words[n-1].text != r.itself() {
		return unseen
	}
	switch words[0].text {
	case "dirname":
		return path.Dir(r.itself())
	case "readlink", "realpath":
		return r.itself()
	}
	return unseen
}

// itself is the name of the script, unseen where it is not a file of its own.
func (r *shellReader) itself() string {
	if r.state.file == "" {
		return unseen
	}
	return top + "/" + r.state.file
}

// place gives the value of the variables that hold a file or directory, "" for all others.
func (r *shellReader) place(expression string) string {
	switch expression {
	case "PWD":
		return joinDir(r.dir, ".")
	case "GITHUB_WORKSPACE", "CI_PROJECT_DIR":
		return top
	case "0", "BASH_SOURCE", "BASH_SOURCE[0]":
		return r.itself()
	case "0%/*", "BASH_SOURCE%/*", "BASH_SOURCE[0]%/*":
		if r.state.file == "" {
			return unseen
		}
		return path.Dir(r.itself())
	}
	return ""
}
