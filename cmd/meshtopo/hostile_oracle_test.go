//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	markdown "github.com/yuin/goldmark/text"
)

const (
	hostileTime   = 5 * time.Second // of processor time, all children counted
	hostileOutput = 512 << 10       // bytes
)

// harmless holds what a run printed and took against what is promised for every input.
func (b *bad) harmless(args []string, e ended) {
	t := b.t
	t.Helper()
	output := e.stdout + e.stderr
	if e.status < 0 || e.status > 2 {
		t.Errorf("exit status %d", e.status)
	}
	if found := trace.FindString(output); found != "" {
		t.Errorf("the output shows the inside of the program: %q", found)
	}
	if strings.Contains(output, badSecret) {
		t.Error("the output holds what the program must not read")
	}
	if e.status != 0 && strings.TrimSpace(output) == "" {
		t.Error("it failed and did not say why")
	}
	if len(output) > hostileOutput {
		t.Errorf("%d bytes of output", len(output))
	}
	if !hostileStraced() && e.used > hostileTime || e.rss > badMemory {
		t.Errorf("took %v of processor time and %d MiB", e.used, e.rss>>20)
	}
	if called, err := os.ReadFile(b.path("../called")); err == nil {
		t.Errorf("other programs were called: %s", called)
	}
	if slices.Contains(args, "--stdout") || args[0] == "fn" { // manifests are data
		inertText(t, "text", e.stderr)
		return
	}
	inertText(t, formatOf(args), output)
	inertPage(t, formatOf(args), e.stdout)
}

// formatOf is what --format says.
func formatOf(args []string) string {
	if i := slices.Index(args, "--format"); i >= 0 {
		return args[i+1]
	}
	return "text"
}

// ciCommand is what a CI system takes for a command wherever it stands: GitHub's runner and Azure's agent look for the
// brackets anywhere in a line, GitHub's for colons at its beginning.
var ciCommand = regexp.MustCompile(`(?m)##\[\w|##vso\[|^\s*::`)

// inertText: a terminal and a CI system must find nothing to act on in what was printed.
func inertText(t *testing.T, format, output string) {
	t.Helper()
	acts := func(r rune) bool {
		return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || unicode.Is(unicode.Cf, r))
	}
	if i := strings.IndexFunc(output, acts); i >= 0 {
		t.Errorf("the output can act on a terminal: %.60q", output[i:])
	}
	lines := output
	if format == "github" {
		lines = regexp.MustCompile(`(?m)^::(error|warning|notice) (file|title)=`).ReplaceAllString(output, "")
	}
	if command := ciCommand.FindString(lines); command != "" {
		t.Errorf("the output can act on a CI system: %q", command)
	}
}

// inertPage: nor must a page.
func inertPage(t *testing.T, format, output string) {
	t.Helper()
	switch format {
	case "markdown":
		inertMarkdown(t, output)
	case "html", "svg", "junit":
		if i := strings.Index(strings.ToLower(output), "<evil"); i >= 0 || strings.Contains(output, `="javascript:evil`) {
			t.Errorf("the page can act: %.200q", output[max(0, i):])
		}
	}
}

// inertMarkdown: no link, picture, element or mention of the input's.
func inertMarkdown(t *testing.T, text string) {
	t.Helper()
	source := []byte(text)
	root := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(markdown.NewReader(source))
	err := ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		what := ""
		switch n := n.(type) {
		case *ast.Link:
			what = string(n.Destination)
		case *ast.Image:
			what = string(n.Destination)
		case *ast.AutoLink:
			what = string(n.URL(source))
		case *ast.RawHTML:
			what = string(n.Segments.Value(source))
		case *ast.HTMLBlock:
			what = string(n.Lines().Value(source))
		case *ast.Text:
			if bytes.Contains(n.Value(source), []byte("@evil")) {
				what = "mention of evil"
			}
		case *ast.CodeSpan, *ast.FencedCodeBlock, *ast.CodeBlock:
			return ast.WalkSkipChildren, nil
		}
		if strings.Contains(what, "evil") && entering {
			t.Errorf("the page can act: %T %q", n, what)
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Error(err)
	}
}

// interpolation is what Terraform would evaluate: ${ and %{ that are not doubled.
var interpolation = regexp.MustCompile(`(^|[^$])\$\{[^}]*evil|(^|[^%])%\{[^}]*evil`)

// inertFiles: rendered files hold no secret, Terraform finds nothing of the input's to evaluate, and scripts run nothing of it.
func (b *bad) inertFiles() {
	t := b.t
	t.Helper()
	for name, data := range filesBelow(t, b.path("out")) {
		if bytes.Contains(data, []byte(badSecret)) {
			t.Errorf("%s holds what the program must not read", name)
		}
		if strings.HasSuffix(name, ".tf.json") {
			var value any
			if err := json.Unmarshal(data, &value); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			eachString(value, func(s string) {
				if interpolation.MatchString(s) {
					t.Errorf("%s: Terraform would evaluate %q", name, s)
				}
			})
		}
		if strings.HasSuffix(name, ".sh") && bytes.Contains(data, []byte("evil")) {
			b.script(name)
		}
	}
}

func eachString(value any, do func(string)) {
	switch value := value.(type) {
	case string:
		do(value)
	case []any:
		for _, v := range value {
			eachString(v, do)
		}
	case map[string]any:
		for k, v := range value {
			do(k)
			eachString(v, do)
		}
	}
}

// script runs a rendered script where every program that it could call leaves a mark. aliyun and jq are not there.
func (b *bad) script(name string) {
	b.t.Helper()
	shell, err := exec.LookPath("sh")
	if err != nil {
		b.t.Fatal(err)
	}
	cmd := exec.Command(shell, filepath.FromSlash(name), "--dry-run")
	cmd.Dir, cmd.Env = b.path("out"), []string{"PATH=" + b.path("../bin")}
	output, _ := cmd.CombinedOutput()
	if called, err := os.ReadFile(b.path("../called")); err == nil {
		b.t.Errorf("%s calls %s: %s", name, called, output)
	}
}

// hostileStraced says whether runs are held against what strace sees. It slows them down, so then no time is judged.
func hostileStraced() bool { return os.Getenv("HOSTILE") == "strace" }
