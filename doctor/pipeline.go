package doctor

import (
	"bytes"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

const (
	maxYAMLDepth = 100  // of a pipeline that is looked at
	maxAliased   = 5    // lists in lists that are one script
	maxColumn    = 1000 // up to which the place in a line is told
)

// scriptKeys are the fields of pipelines, task files and pre-commit that hold shell.
var scriptKeys = []string{
	"run", "script", "before_script", "after_script", // GitHub, CircleCI, GitLab, Azure, Tekton
	"bash", "sh", "inlineScript", // Azure
	"command", "commands", "args", // Buildkite, Drone, Woodpecker, containers
	"cmd", "cmds", // Task
	"entry", // pre-commit
}

var (
	workdirKeys  = []string{"working-directory", "working_directory", "workingDirectory", "workingDir", "dir"}
	variableKeys = []string{"env", "environment", "variables", "vars"}
)

// pipeline is the YAML of what runs programs.
type pipeline struct {
	text      string
	lines     []int // where each line begins
	seen      map[*yaml.Node]bool
	room      int // bytes of scripts, which aliases repeat
	scripts   []script
	variables map[string]variable
}

// yamlDocuments parses what can be parsed of a text.
func yamlDocuments(text string) []*yaml.Node {
	var documents []*yaml.Node
	for decoder := yaml.NewDecoder(bytes.NewReader([]byte(text))); ; {
		var document yaml.Node
		if err := decoder.Decode(&document); err != nil {
			return documents // its own program says what is wrong with it
		}
		documents = append(documents, &document)
	}
}

// pipelineScripts gives the scripts in YAML, and the variables that it sets for them.
func pipelineScripts(text string) ([]script, map[string]variable) {
	p := newPipeline(text)
	for _, d := range yamlDocuments(text) {
		p.visit(d, "", 0)
	}
	return p.scripts, p.variables
}

func newPipeline(text string) *pipeline {
	return &pipeline{text: text, lines: lineStarts(text), seen: map[*yaml.Node]bool{}, room: len(text) + maxExpansion, variables: map[string]variable{}}
}

func lineStarts(text string) []int {
	starts := []int{0}
	for i := range len(text) {
		if text[i] == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

func (p *pipeline) visit(node *yaml.Node, dir string, depth int) {
	if node = target(node); p.seen[node] || depth > maxYAMLDepth {
		return
	}
	p.seen[node] = true
	if node.Kind != yaml.MappingNode {
		for _, child := range node.Content {
			p.visit(child, dir, depth+1)
		}
		return
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if value := target(node.Content[i+1]); slices.Contains(workdirKeys, node.Content[i].Value) && value.Kind == yaml.ScalarNode {
			dir = plainOrUnseen(value.Value)
		}
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i].Value, target(node.Content[i+1])
		switch {
		case slices.Contains(scriptKeys, key) && value.Kind != yaml.MappingNode:
			p.command(key, value, dir)
		case slices.Contains(variableKeys, key) && value.Kind == yaml.MappingNode:
			p.environment(value)
		}
		p.visit(value, dir, depth+1)
	}
}

// target is the node that an alias stands for.
func target(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.AliasNode && node.Alias != nil {
		return node.Alias
	}
	return node
}

func (p *pipeline) environment(node *yaml.Node) {
	state := shellState{assigned: p.variables}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if value := target(node.Content[i+1]); value.Kind == yaml.ScalarNode {
			state.assign(node.Content[i].Value, variable{fields: []string{plainOrUnseen(value.Value)}}, false)
		}
	}
}

// plainOrUnseen is a text that a pipeline uses as it stands, and unseen for one with variables.
func plainOrUnseen(text string) string {
	if strings.Contains(text, "$") || strings.Contains(text, "{{") {
		return unseen
	}
	return text
}

// command notes the script in a field. The elements of a list are lines of one script, or the words of one command.
func (p *pipeline) command(key string, node *yaml.Node, dir string) {
	parts := p.parts(node, dir, 0)
	areWords := len(parts) > 1 && (key == "command" || key == "args")
	for _, part := range parts {
		areWords = areWords && !strings.ContainsAny(part.text, " \t\n")
	}
	switch {
	case key == "cmds": // each in a shell of its own
		p.scripts = append(p.scripts, parts...)
	case areWords:
		p.scripts = append(p.scripts, join(parts, " ", dir))
	default:
		p.scripts = append(p.scripts, join(parts, "\n", dir))
	}
}

// parts are the texts in a field, also those of lists in lists. A mapping is visited for itself.
func (p *pipeline) parts(node *yaml.Node, dir string, depth int) []script {
	node = target(node)
	if node.Kind == yaml.ScalarNode {
		if p.room -= len(node.Value) + 1; p.room < 0 {
			return nil
		}
		return []script{p.script(node, dir)}
	}
	var parts []script
	for _, child := range node.Content {
		if p.room--; p.room < 0 || depth == maxAliased {
			break
		}
		if target(child).Kind != yaml.MappingNode {
			parts = append(parts, p.parts(child, dir, depth+1)...)
		}
	}
	return parts
}

func join(parts []script, between, dir string) script {
	all := script{dir: dir}
	var text strings.Builder
	for _, part := range parts {
		text.WriteString(part.text + between)
		all.origin = append(append(all.origin, part.origin[:len(part.text)]...), part.origin[len(part.text)])
	}
	all.text = text.String()
	all.origin = append(all.origin, 0)
	return all
}

// script gives the text of a scalar, and where it stands. Of one whose lines are not those of the file, only the beginning is known.
func (p *pipeline) script(node *yaml.Node, dir string) script {
	s := script{text: node.Value, dir: dir, origin: make([]int, len(node.Value)+1)}
	line := node.Line - 1
	if node.Style&yaml.LiteralStyle != 0 {
		line++
	}
	begin := p.offset(node.Line, node.Column)
	at := 0
	for part := range strings.Lines(node.Value) {
		from, found := p.find(line, strings.TrimRight(part, "\n"))
		for i := range len(part) {
			s.origin[at+i] = begin
			if found {
				s.origin[at+i] = min(from+i, len(p.text)) // a line end of YAML's may be none of the file's
			}
		}
		at += len(part)
		line++
	}
	s.origin[at] = begin
	if at > 0 {
		s.origin[at] = min(s.origin[at-1]+1, len(p.text))
	}
	return s
}

// offset gives the byte of the file at a line and a column, both counted from 1, the column in characters.
func (p *pipeline) offset(line, column int) int {
	if line < 1 || line > len(p.lines) {
		return 0
	}
	at := p.lines[line-1]
	if column > maxColumn {
		return at
	}
	for i := range p.text[at:] {
		if column--; column == 0 {
			return at + i
		}
	}
	return at
}

// find gives where a text stands in a line of the file, counted from 0.
func (p *pipeline) find(line int, text string) (at int, found bool) {
	if line < 0 || line >= len(p.lines) {
		return 0, false
	}
	rest := p.text[p.lines[line]:]
	if end := strings.IndexByte(rest[:min(len(rest), len(text)+maxColumn)], '\n'); end >= 0 {
		rest = rest[:end]
	} else {
		rest = rest[:min(len(rest), len(text)+maxColumn)]
	}
	i := strings.Index(rest, text)
	return p.lines[line] + max(i, 0), i >= 0
}
