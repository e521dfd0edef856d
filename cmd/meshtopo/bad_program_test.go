//go:build unix

package main

import (
	"strings"
	"testing"
)

// program is a topology as CUE or Jsonnet, with a place for a value.
func badProgram(head, value string) string {
	return head + `
{
  apiVersion: "meshtopo.dev/v1alpha1", kind: "MeshTopology", metadata: {name: "sample"},
  spec: {
    provider: "asm", mesh: {name: "mesh", version: "1.22.6.66", region: "cn-hangzhou"},
    clusters: [{name: "hangzhou", region: "cn-hangzhou", labels: {tier: ` + value + `}}],
    services: [{name: "web", ports: [{name: "http", port: 80}], placements: [{cluster: "hangzhou"}]}],
  },
}
`
}

// TestBadJsonnet: programs that loop, eat memory or look around.
func TestBadJsonnet(t *testing.T) {
	jsonnet := func(name, text, want string) badCase {
		return badCase{name: name, setup: inFile("topology.jsonnet", text), args: renderOf("topology.jsonnet"), want: want}
	}
	value := func(name, head, value, want string) badCase { return jsonnet(name, badProgram(head, value), want) }
	imports := func(name, value, want string) badCase {
		c := jsonnet(name, badProgram("", value), want)
		program := c.setup
		c.setup = func(b *bad) {
			program(b)
			b.link("../outside/secret.txt", "link")
			b.link("/dev/zero", "zero")
			b.link("ring", "ring")
			b.fifo("fifo")
			b.write("large", strings.Repeat("x", 2<<20))
			b.write("binary", "\xff\xfe\x00")
			b.write("self.jsonnet", `import "self.jsonnet"`)
		}
		return c
	}
	const limit = `error: .*(time|memory|stack|output|limit|stopped|died)`
	runBad(t, []badCase{
		jsonnet("empty", "", `\[MT003`),
		jsonnet("function", "function(x) x", `error: `),
		jsonnet("null", "null", `error: a topology must be`),
		jsonnet("40000 brackets", strings.Repeat("[", 40_000), `error: `),
		jsonnet("a million parentheses", strings.Repeat("(", 1_000_000), `error: `),
		jsonnet("deep value", "local f(n) = if n == 0 then [] else [f(n-1)]; f(400)", `error: `),
		jsonnet("comment without an end", "/*", `error: `),
		value("failing", "", `error "stop\u001b[31m\u202e"`, `error: the Jsonnet program failed: `),
		value("endless recursion", "local f(x) = f(x + 1);", `f(0)`, `error: .*stack`),
		value("endless recursion in a field", "local a = {b: self.b};", `a.b`, `error: `),
		value("std.range", "", `std.toString(std.range(1, 1e9))`, limit),
		value("std.makeArray", "", `std.toString(std.makeArray(2e9, function(i) i))`, limit),
		value("std.repeat", "", `std.repeat('x', 1e9)`, limit),
		value("wide format", "", `'%1000000000d' % 1`, limit),
		value("std.extVar", "", `std.extVar('HOME')`, `error: .*HOME`),
		value("std.native", "", `std.native('exec')('id')`, `error: `),
		value("flood of traces", "", `std.foldl(function(a, i) std.trace('x', a), std.range(1, 10000), 5)`, `error: tier must be`),
		imports("import outside", `import "../outside/secret.txt"`, `outside the root`),
		imports("importstr outside", `importstr "../outside/secret.txt"`, `outside the root`),
		imports("importstr by a link", `importstr "link"`, `outside the root`),
		imports("importstr by dots", `importstr "a/../../outside/secret.txt"`, `outside the root`),
		imports("importstr absolute", `importstr "/etc/passwd"`, `outside the root`),
		imports("importbin", `importbin "/proc/self/environ"`, `outside the root`),
		imports("import /dev/zero", `importstr "/dev/zero"`, `outside the root`),
		imports("import by a link to /dev/zero", `importstr "zero"`, `error: `),
		imports("import of a ring", `importstr "ring"`, `error: `),
		imports("import of a fifo", `importstr "fifo"`, `not a regular file`),
		imports("import of a directory", `importstr "out"`, `not a regular file`),
		imports("import of a large file", `importstr "large"`, `error: `),
		imports("import of a binary file", `importstr "binary"`, `not UTF-8`),
		imports("import of itself", `import "self.jsonnet"`, `error: `),
		imports("import of a URL", `import "https://example.com/x.libsonnet"`, `error: `),
	})
}

// TestBadCUE: the same in CUE.
func TestBadCUE(t *testing.T) {
	cue := func(name, text, want string) badCase {
		return badCase{name: name, setup: inFile("topology.cue", text), args: renderOf("topology.cue"), want: want}
	}
	value := func(name, head, value, want string) badCase { return cue(name, badProgram(head, value), want) }
	const limit = `error: .*(time|memory|stack|output|limit|stopped|died)`
	runBad(t, []badCase{
		cue("empty", "", `\[MT003`),
		cue("40000 brackets", "a: "+strings.Repeat("[", 40_000), `error: `),
		cue("40000 parentheses", "a: "+strings.Repeat("(", 40_000), `error: `),
		cue("conflict", badProgram("", `"a" & "b"`), `:6:\d+: error: the CUE program failed: `),
		cue("not concrete", badProgram("", `string`), `error: `),
		cue("import outside", badProgram(`import x "../outside"`, `x.y`), `:1:\d+: error: import`),
		cue("import of a module", badProgram(`import x "example.com/x"`, `x.y`), `:1:\d+: error: import of "example.com/x"`),
		cue("import of an absolute path", badProgram(`import x "/etc"`, `x.y`), `:1:\d+: error: import`),
		cue("import of nothing", badProgram(`import x "nothing"`, `x.y`), `error: `),
		cue("embed", badProgram("", `_ @embed(file="../outside/secret.txt",type=text)`), `@embed`),
		cue("tag", badProgram("", `string @tag(host,var=hostname)`), `@tag`),
		value("cycle", "_a: _b\n_b: _a & {c: _a}\n", `_a.c`, `error: `),
		value("endless structure", "#L: {next: #L}\n_l: #L\n", `_l.next`, `error: `),
		value("string times", "", `100000000 * "xxxxxxxxxxxxxxxx"`, limit),
	})
}
