//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
)

// hostileFamily is a file of the corpus.
type hostileFamily struct {
	name, class, file string
	archive           *txtar.Archive
	runs              [][]string
	env               []string
	endless           bool
	cases             []hostileCase
	want              map[string]string
}

// hostileCase is an input: a value for the places that the family has for it, or whole files.
type hostileCase struct {
	name   string
	value  string
	joined string // the value as strings to be joined; they can be long, and so are made when they are needed
	files  map[string]string
}

// made is the case with its value.
func (c hostileCase) made() hostileCase {
	if c.joined != "" {
		c.value, _ = joined(c.joined)
		c.joined = ""
	}
	return c
}

func readHostile(file string) (*hostileFamily, error) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		return nil, err
	}
	name := strings.TrimSuffix(filepath.Base(file), ".txtar")
	f := &hostileFamily{name: name, file: file, archive: archive, want: map[string]string{}}
	f.class, _, _ = strings.Cut(name, "-")
	for line := range strings.Lines(string(archive.Comment)) {
		if err := f.head(strings.TrimSuffix(line, "\n")); err != nil {
			return nil, err
		}
	}
	if err := f.readCases(archive); err != nil {
		return nil, err
	}
	if len(f.cases) == 0 { // the archive is the input
		f.cases = []hostileCase{{name: "it"}}
	}
	for line := range strings.Lines(f.text("want")) {
		title, want, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		f.want[title] = want
	}
	if len(f.runs) == 0 {
		return nil, errors.New("no run")
	}
	return f, nil
}

func (f *hostileFamily) head(line string) error {
	word, rest, _ := strings.Cut(line, " ")
	switch {
	case line == "" || word == "#":
	case word == "run":
		args, err := words(rest)
		f.runs = append(f.runs, args)
		return err
	case word == "env":
		f.env = append(f.env, rest)
	case line == "endless":
		f.endless = true
	case word == "values":
		other, err := txtar.ParseFile(filepath.Join(filepath.Dir(f.file), rest))
		if err != nil {
			return err
		}
		return f.readCases(other)
	case word == "generate":
		name, number, _ := strings.Cut(rest, " ")
		n, err := strconv.Atoi(number)
		if err != nil || hostileGenerators[name] == nil {
			return fmt.Errorf("no generator for %q", rest)
		}
		f.cases = append(f.cases, hostileGenerators[name](n)...)
	default:
		return fmt.Errorf("unknown line %q", line)
	}
	return nil
}

// words splits arguments at blanks; one in quotes is read as Go reads it.
func words(text string) ([]string, error) {
	var out []string
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		if text[0] != '"' {
			word, rest, _ := strings.Cut(text, " ")
			out, text = append(out, word), rest
			continue
		}
		quoted, err := strconv.QuotedPrefix(text)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", text, err)
		}
		word, _ := strconv.Unquote(quoted)
		out, text = append(out, word), text[len(quoted):]
	}
	return out, nil
}

func (f *hostileFamily) readCases(archive *txtar.Archive) error {
	for _, file := range archive.Files {
		if name, ok := strings.CutPrefix(file.Name, "case/"); ok {
			f.cases = append(f.cases, hostileCase{name: name, value: string(file.Data)})
		}
		if file.Name != "cases" {
			continue
		}
		for line := range strings.Lines(string(file.Data)) {
			name, text, ok := strings.Cut(strings.TrimSpace(line), ": ")
			if _, err := joined(text); !ok || err != nil {
				return fmt.Errorf("case %.200q: %v", line, err)
			}
			f.cases = append(f.cases, hostileCase{name: name, joined: text})
		}
	}
	return nil
}

// joined reads strings as in Go, joined by + and repeated by *: "a" + "b" * 3.
func joined(text string) (string, error) {
	var b strings.Builder
	for {
		quoted, err := strconv.QuotedPrefix(text)
		if err != nil {
			return "", err
		}
		part, _ := strconv.Unquote(quoted)
		text = text[len(quoted):]
		if rest, ok := strings.CutPrefix(text, " * "); ok {
			number, _, _ := strings.Cut(rest, " ")
			n, err := strconv.Atoi(number)
			if err != nil {
				return "", err
			}
			part, text = strings.Repeat(part, n), rest[len(number):]
		}
		b.WriteString(part)
		if text == "" {
			return b.String(), nil
		}
		rest, ok := strings.CutPrefix(text, " + ")
		if !ok {
			return "", fmt.Errorf("want + before %.40q", text)
		}
		text = rest
	}
}

func (f *hostileFamily) text(name string) string {
	for _, file := range f.archive.Files {
		if file.Name == name {
			return string(file.Data)
		}
	}
	return ""
}

// fill puts the value of the case into a text.
func (c hostileCase) fill(text string) string {
	if strings.Contains(text, "@HEAD@") {
		head, value, ok := strings.Cut(c.value, "\n---\n")
		if !ok {
			head, value = "", c.value
		}
		text = strings.Replace(text, "@HEAD@", head, 1)
		c.value = value
	}
	var quoted bytes.Buffer
	encoder := json.NewEncoder(&quoted)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(c.value); err != nil {
		return text
	}
	return strings.NewReplacer("@VALUE@", c.value, "@JSON@", strings.TrimSpace(quoted.String())).Replace(text)
}
