package doctor

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
)

// call is a command that builds a kustomization.
type call struct {
	place  diag.Place
	with   builder
	dir    string // what it builds, as it is written in the directory where the command runs
	flags  []string
	hidden *word  // what may be flags or be the directory, and nobody sees without running it
	asks   string // the same as it is written; "" for nothing
}

// builder is what builds a kustomization.
type builder int

const (
	byKustomize        builder = iota // kustomize build
	byKubectlKustomize                // kubectl kustomize
	byKubectl                         // kubectl apply -k and the like, which take no flag of kustomize
)

// Flags that take the next word. Sources: kustomize v5.8, commands/build; kubectl v1.32, kubectl options and kubectl apply --help.
var (
	buildFlags = []string{
		"-o", "--output", "-e", "--env", "--mount", "--network-name", "--load-restrictor", "--reorder", "--helm-command", "--helm-api-versions", "--helm-kube-version",
	}
	kubectlFlags = []string{
		"-n", "--namespace", "-s", "--server", "-v", "--v", "-l", "--selector", "-f", "--filename", "-o", "--output", "--context", "--cluster", "--user", "--kubeconfig",
		"--as", "--as-group", "--as-uid", "--cache-dir", "--certificate-authority", "--client-certificate", "--client-key", "--password", "--profile", "--profile-output",
		"--request-timeout", "--tls-server-name", "--token", "--username", "--vmodule", "--field-manager", "--grace-period", "--timeout", "--template", "--field-selector",
	}
)

// printers are commands of which the words are no program that is run.
var printers = []string{
	":", "[", "[[", "alias", "cat", "die", "echo", "egrep", "error", "fail", "grep", "hash", "info", "log", "print", "printf", "say", "test", "type", "warn", "which",
}

// noteCall notes a command that builds a kustomization.
func (s *surveyor) noteCall(file, text string, sc script, c command) {
	words := withoutKeywords(c.words)
	if len(words) == 0 || slices.Contains(printers, words[0].text) {
		return
	}
	for i, w := range words {
		found, ok := call{}, false
		switch programOf(w.text) {
		case "kustomize":
			found, ok = kustomizeCall(words[i+1:])
		case "kubectl":
			found, ok = kubectlCall(words[i+1:])
		}
		if !ok {
			continue
		}
		found.dir = joinDir(joinDir(sc.dir, c.dir), found.dir)
		found.place = sc.place(file, text, w.at, words[len(words)-1].end)
		if found.hidden != nil {
			found.asks = sc.written(text, *found.hidden)
		}
		s.calls = append(s.calls, found)
		return
	}
}

// programOf is the base name of a program, also of an image: registry.example.com/kustomize:v5.
func programOf(text string) string {
	name, _, _ := strings.Cut(path.Base(text), ":")
	return name
}

func (s script) offset(at int) int {
	if s.origin == nil {
		return at
	}
	return s.origin[at]
}

// written is a word as it stands in the file.
func (s script) written(text string, w word) string {
	from, to := s.offset(w.at), s.offset(w.end)
	if to <= from { // its lines are not those of the file
		return "a variable"
	}
	return strings.TrimSpace(text[from:to])
}

// place is where a part of a script stands in the file: where it begins, and how much of its first line it takes.
func (s script) place(file, text string, from, to int) diag.Place {
	from, to = s.offset(from), s.offset(to)
	begin := strings.LastIndexByte(text[:from], '\n') + 1
	p := diag.Place{File: file, Line: strings.Count(text[:from], "\n") + 1, Column: len([]rune(text[begin:from])) + 1}
	if to > from {
		first, _, _ := strings.Cut(text[from:to], "\n")
		p.Width = len([]rune(strings.TrimRight(first, " \\\r")))
	}
	return p
}

// arguments are the words behind a command's name.
type arguments struct {
	plain []word
	flags map[string]word // the last value of each; of one without a value, the word itself
	names []string        // of the flags, each with its value behind = when it has one
	loose *word           // the first of which nobody knows whether it is a flag; nil for none
}

func argumentsOf(words []word, valued []string) arguments {
	a := arguments{flags: map[string]word{}}
	for i := 0; i < len(words); i++ {
		w := words[i]
		name, value, has := strings.Cut(w.text, "=")
		switch {
		case w.text == "--":
			a.plain = append(a.plain, words[i+1:]...)
			return a
		case w.text == unseen:
			if a.loose == nil {
				a.loose = &w
			}
		case !strings.HasPrefix(w.text, "-") || w.text == "-":
			a.plain = append(a.plain, w)
		case slices.Contains(valued, name) && !has && i+1 < len(words):
			i++
			a.flags[name] = words[i]
		case has:
			a.flags[name] = word{text: value, at: w.at, end: w.end}
			a.names = append(a.names, w.text)
		default:
			a.flags[name] = w
			a.names = append(a.names, w.text)
		}
	}
	return a
}

// build gives what the arguments of kustomize build say.
func (a arguments) build(with builder) call {
	c := call{with: with, dir: ".", flags: a.names, hidden: a.loose}
	switch {
	case len(a.plain) > 0:
		c.dir = a.plain[0].text
		if c.hidden == nil && !a.plain[0].known() {
			c.hidden = &a.plain[0]
		}
	case a.loose != nil:
		c.dir = unseen
	}
	return c
}

func kustomizeCall(words []word) (call, bool) {
	for i, w := range words {
		if w.text == "build" {
			return argumentsOf(words[i+1:], buildFlags).build(byKustomize), true
		}
		if !strings.HasPrefix(w.text, "-") && w.text != unseen {
			break
		}
	}
	return call{}, false
}

// kubectlVerbs take -k.
var kubectlVerbs = []string{"annotate", "apply", "create", "delete", "describe", "diff", "get", "label", "replace"}

func kubectlCall(words []word) (call, bool) {
	a := argumentsOf(words, append([]string{"-k", "--kustomize"}, kubectlFlags...))
	if len(a.plain) == 0 {
		return call{}, false
	}
	if verb := a.plain[0]; verb.text == "kustomize" {
		all := argumentsOf(words, slices.Concat(buildFlags, kubectlFlags))
		all.plain = all.plain[1:]
		return all.build(byKubectlKustomize), true
	} else if !slices.Contains(kubectlVerbs, verb.text) {
		return call{}, false
	}
	for _, name := range a.names { // -kDIR
		if dir, ok := strings.CutPrefix(name, "-k"); ok && !strings.HasPrefix(dir, "=") {
			return applies(word{text: dir, at: a.flags[name].at, end: a.flags[name].end}), true
		}
	}
	for _, name := range []string{"-k", "--kustomize"} {
		if w, ok := a.flags[name]; ok {
			return applies(w), true
		}
	}
	return call{}, false
}

func applies(dir word) call {
	c := call{with: byKubectl, dir: dir.text}
	if !dir.known() {
		c.hidden = &dir
	}
	return c
}

// isSet says whether a flag that is on or off is on: the last time that it is given counts.
func isSet(flags []string, flag string) bool {
	on := false
	for _, f := range flags {
		name, value, has := strings.Cut(f, "=")
		if name != flag {
			continue
		}
		parsed, err := strconv.ParseBool(value)
		on = !has || err == nil && parsed || strings.Contains(value, unseen)
	}
	return on
}
