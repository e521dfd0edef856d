//go:build unix

package main

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"unicode/utf16"
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

// TestBadYAML: what a YAML topology can hold against us.
func TestBadYAML(t *testing.T) {
	utf16Text := "\xff\xfe"
	for _, u := range utf16.Encode([]rune(labeled("x"))) {
		utf16Text += string([]byte{byte(u), byte(u >> 8)})
	}
	yaml := func(name, text, want string) badCase {
		return badCase{name: name, setup: topologyFile(text), want: want}
	}
	several := func(name, text, want string) badCase { // each anchor and each alias has a place of its own
		return badCase{name: name, setup: topologyFile(text), want: want, several: true}
	}
	runBad(t, []badCase{
		yaml("empty file", "", `error: the file is empty \[MT003`),
		yaml("only comments", "# nothing\n\n", `\[MT003`),
		yaml("binary file", "\x7fELF\x02\x01\x01\x00\x00\xff\xfe\x80", `\[MT00`),
		yaml("utf-16", utf16Text, `UTF-8`),
		yaml("invalid utf-8", labeled("a\xff"), `:8:\d+: error: .*UTF-8`),
		yaml("nul", labeled("a\x00b"), `:8:\d+: error: `),
		yaml("escape", labeled("\x1b[31m"), `:8:\d+: error: `),
		yaml("escape in a string", labeled(`"\e[31m"`), `:8:\d+: error: `),
		yaml("bidi override", labeled("a\u202eb"), `:8:\d+: error: .*U\+202E`),
		yaml("scalar", "hello\n", `error: a topology must be a mapping`),
		yaml("list", "- hello\n", `error: a topology must be a mapping`),
		yaml("two documents", labeled("x")+"---\n"+labeled("x"), `:13:1: error: `),
		yaml("duplicate key", labeled("x")+"kind: MeshTopology\n", `:13:1: error: .*"?kind"?`),
		yaml("anchor", labeled("&a x"), `:8:\d+: error: .*anchor`),
		yaml("alias", labeled("*a"), `:8:\d+: error: `),
		yaml("merge key", strings.Replace(labeled("x"), "tier: x", "<<: {tier: x}", 1), `:8:\d+: error: .*merge`),
		several("cycle", strings.Replace(labeled("x"), "labels: {tier: x}", "labels: &a {b: *a}", 1), `:8:\d+: error: `),
		several("bomb", bomb(), `error: `),
		several("quadratic aliases", "a: &a "+strings.Repeat("x", 40_000)+"\nb: ["+strings.Repeat("*a, ", 10_000)+"]\n", `error: `),
		yaml("tag", labeled("!!python/object/apply:os.system [id]"), `:8:\d+: error: .*tag`),
		yaml("40000 brackets", labeled(strings.Repeat("[", 40_000)), `\[MT00`),
		yaml("40000 braces", strings.Repeat("{a: ", 40_000), `\[MT00`),
		yaml("20000 levels of indentation", indented(2_000), `\[MT00`),
		yaml("40000 question marks", strings.Repeat("? ", 40_000), `\[MT00`),
		yaml("40000 dashes", strings.Repeat("- ", 40_000), `\[MT00`),
		yaml("50000 keys", labeled("x")+manyKeys(50_000), `error: a mapping of 500\d\d keys; the limit is 2000`),
		yaml("50000 keys in a line", "{"+strings.ReplaceAll(manyKeys(50_000), "\n", ", ")+"}", `keys; the limit is 2000`),
		yaml("a long scalar", labeled(strings.Repeat("x", 1<<20)), `:8:\d+: error: `),
		yaml("a long line of quotes", labeled(`"`+strings.Repeat(`\"`, 1<<19)), `\[MT00`),
		yaml("too large", "#"+strings.Repeat("#", 9<<20), `larger than 8388608 bytes`),
		yaml("1e9", labeled("1e9"), `:8:\d+: error: `),
		yaml("octal-looking", labeled("0777"), `:8:\d+: error: `),
		yaml("octal", labeled("0o7"), `:8:\d+: error: `),
		yaml("underscores", labeled("1_000"), `:8:\d+: error: `),
		yaml("sexagesimal", labeled("12:30:45"), `:8:\d+: error: `),
		yaml("date", labeled("2024-01-01"), `:8:\d+: error: `),
		yaml("float version", strings.Replace(labeled("x"), "1.22.6.66", "1.10", 1), `:6:\d+: error: `),
		yaml("huge exponent", strings.Replace(labeled("x"), "port: 80", "port: 1e999999999", 1), `:11:\d+: error: `),
		yaml("huge integer", strings.Replace(labeled("x"), "port: 80", "port: 18446744073709551617", 1), `:11:\d+: error: `),
		yaml("a million digits", strings.Replace(labeled("x"), "port: 80", "port: "+strings.Repeat("9", 1_000_000), 1), `:11:\d+: error: `),
		yaml("nan", strings.Replace(labeled("x"), "port: 80", "port: .nan", 1), `:11:\d+: error: `),
		yaml("no as a name", strings.Replace(labeled("x"), "name: web", "name: no", 1), `:10:\d+: error: .*no`),
		yaml("on as a name", strings.Replace(labeled("x"), "name: web", "name: on", 1), `:10:\d+: error: .*on`),
		yaml("on as a key", strings.Replace(labeled("x"), "tier: x", "on: x", 1), `:8:\d+: error: .*on`),
		yaml("null", labeled("~"), `:8:\d+: error: `),
		yaml("tabs", strings.Replace(labeled("x"), "  provider", "\tprovider", 1), `:5:\d: error: `),
		yaml("lone carriage returns", strings.ReplaceAll(labeled("x"), "\n", "\r"), `error: `),
		yaml("BOM in the middle", labeled("\ufeffx"), `:8:\d+: error: `),
		yaml("unclosed quote", labeled(`"x`), `error: `),
		yaml("path as a name", strings.Replace(labeled("x"), "name: web", "name: ../../etc", 1), `:10:\d+: error: `),
		yaml("64 characters", strings.Replace(labeled("x"), "name: web", "name: "+strings.Repeat("w", 64), 1), `:10:\d+: error: `),
		yaml("command substitution", strings.Replace(labeled("x"), "name: web", `name: "$(touch called)"`, 1), `:10:\d+: error: `),
	})
}

func bomb() string {
	text := "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
	for i := range 9 {
		this, next := string(rune('0'+i)), string(rune('1'+i))
		text += "a" + next + ": &a" + next + " [" + strings.Repeat("*a"+this+", ", 9) + "]\n"
	}
	return text
}

func indented(levels int) string {
	var b strings.Builder
	for i := range levels {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("k")
		b.WriteString(strings.Repeat("x", i%7))
		for j := i; j > 0; j /= 10 {
			b.WriteByte(byte('0' + j%10))
		}
		b.WriteString(": 1\n")
	}
	return b.String()
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
		trouble("device", "/dev/zero", nothing, `not a regular file`),
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
		trouble("socket", "topology.yaml", func(b *bad) { b.socket("topology.yaml") }, `not a regular file`),
	})
}

func (b *bad) socket(name string) {
	b.t.Helper()
	if err := syscall.Mknod(b.path(name), syscall.S_IFSOCK|0o666, 0); err != nil {
		b.t.Skip("cannot make a socket:", err)
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
