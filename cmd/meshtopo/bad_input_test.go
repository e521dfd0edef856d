//go:build unix

package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// good is a topology with places to put bad things: LABEL is a string, PLACEMENTS may get more fields, EXTRA is a field of spec.
const good = `apiVersion: meshtopo.dev/v1alpha1
kind: MeshTopology
metadata: {name: sample}
spec:
  provider: asm
  mesh: {name: mesh, version: 1.22.6.66, region: cn-hangzhou}
  clusters:
  - {name: hangzhou, region: cn-hangzhou, labels: {tier: LABEL}}
  services:
  - name: web
    ports: [{name: http, port: 80}]
    placements: [{cluster: hangzhou}]
`

func labeled(s string) string { return strings.Replace(good, "LABEL", s, 1) }

func topologyFile(text string) func(*bad) { return inFile("topology.yaml", text) }

func inFile(name, text string) func(*bad) { return func(b *bad) { b.write(name, text) } }

func renderOf(file string) []string { return []string{"render", file, "-o", "out"} }

func bomb() string {
	text := "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
	for i := range 9 {
		this, next := string(rune('0'+i)), string(rune('1'+i))
		text += "a" + next + ": &a" + next + " [" + strings.Repeat("*a"+this+", ", 9) + "]\n"
	}
	return text
}

// TestBadFile: what can stand where a topology is expected.
func TestBadFile(t *testing.T) {
	trouble := func(name, arg string, setup func(*bad), want string) badCase {
		return badCase{name: name, setup: setup, args: renderOf(arg), status: 2, want: want}
	}
	nothing := func(*bad) {}
	runBad(t, []badCase{
		trouble("no such file", "topology.yaml", nothing, `no such file`),
		trouble("directory without a topology", "dir", func(b *bad) { b.write("dir/x.txt", "") }, `no topology in directory "dir"`),
		trouble("empty name", "", nothing, `^meshtopo: `),
		trouble("long name", strings.Repeat("x", 5000), nothing, `^meshtopo: `),
		trouble("name with an escape", "a\x1b[31mb\u202e", nothing, `^meshtopo: .*no such file`),
		trouble("name that is not UTF-8", "a\xff", nothing, `^meshtopo: .*no such file`),
		trouble("URL", "https://example.com/topology.yaml", nothing, `^meshtopo: `),
		trouble("fifo", "topology.yaml", func(b *bad) { b.fifo("topology.yaml") }, `not a regular file`),
		trouble("device", "/dev/zero", nothing, `it is a device, and no file or pipe`),
		trouble("link to a device", "topology.yaml", func(b *bad) { b.link("/dev/zero", "topology.yaml") }, `^meshtopo: `),
		trouble("link to itself", "topology.yaml", func(b *bad) { b.link("topology.yaml", "topology.yaml") }, `^meshtopo: `),
		trouble("ring of links", "a/topology.yaml", func(b *bad) { b.link("../b", "a"); b.link("a", "b") }, `^meshtopo: `),
		trouble("link out of --root", "topology.yaml", func(b *bad) { b.link("../outside/secret.txt", "topology.yaml") }, `^meshtopo: `),
		trouble("link out of the root in a directory", "dir", func(b *bad) { b.link("../../outside/secret.txt", "dir/topology.yaml") }, `^meshtopo: `),
		trouble("topology.yaml is a directory", "topology.yaml", func(b *bad) { b.write("topology.yaml/x", "") }, `^meshtopo: no topology in directory`),
		trouble("archive", "topology.tgz", inFile("topology.tgz", "x"), `extension`),
		{name: "sparse terabyte", args: renderOf("topology.yaml"), want: `larger than`, setup: func(b *bad) {
			b.write("topology.yaml", "")
			if err := os.Truncate(b.path("topology.yaml"), 1<<40); err != nil {
				b.t.Skip("the file system has no sparse terabyte:", err)
			}
		}},
		trouble("socket", "topology.yaml", func(b *bad) { b.socket("topology.yaml") }, `it is a socket, and no file or pipe`),
	})
}

func (b *bad) socket(name string) {
	b.t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(b.path(name)), 0o777), syscall.Mknod(b.path(name), syscall.S_IFSOCK|0o666, 0)); err != nil {
		b.t.Fatal(err)
	}
}

// TestFine: what looks bad and is not. Line ends and a byte order mark change no byte of what is rendered.
func TestFine(t *testing.T) {
	t.Parallel()
	want := sampleTree(t)
	text := string(sample)
	for name, variant := range map[string]string{
		"CRLF":             strings.ReplaceAll(text, "\n", "\r\n"),
		"BOM":              "\ufeff" + text,
		"BOM and CRLF":     "\ufeff" + strings.ReplaceAll(text, "\n", "\r\n"),
		"no final newline": strings.TrimSuffix(text, "\n"),
		"document markers": "---\n" + text + "...\n",
		"trailing spaces":  strings.ReplaceAll(text, "\n", "  \n"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBad(t, nil)
			b.write("topology.yaml", variant)
			if e := b.run(badCase{}); e.status != 0 {
				t.Fatalf("exit status %d: %s%s", e.status, e.stdout, e.stderr)
			}
			got := filesBelow(t, b.path("out"))
			for name := range want {
				if string(got[name]) != string(want[name]) {
					t.Errorf("%s differs", name)
				}
			}
			if len(got) != len(want) {
				t.Errorf("%d files, want %d", len(got), len(want))
			}
		})
	}
}
