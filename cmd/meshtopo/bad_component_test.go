//go:build unix

package main

import (
	"fmt"
	"strings"
	"testing"
)

// componentCase is a component that is bad for the sample's clusters: files by name below component/.
func componentCase(name, want string, files map[string]string) badCase {
	return badCase{name: name, want: want, setup: func(b *bad) {
		b.write("topology.yaml", strings.Replace(labeled("x"), "PLACEMENTS", "", 1)+"  components: [{path: component}]\n")
		for file, text := range files {
			b.write("component/"+file, text)
		}
	}}
}

// configMap is a template with text in its data.
func configMap(text string) string {
	return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\ndata:\n  a: " + text + "\n"
}

// TestBadComponent: components are somebody else's programs. Nothing in them may run, read outside their directory, or grow without
// end.
func TestBadComponent(t *testing.T) {
	template := func(name, text, want string) badCase {
		return componentCase("template "+name, want, map[string]string{"a.yaml.tmpl": text})
	}
	file := func(name, want string, setup func(*bad)) badCase {
		c := componentCase("file "+name, want, map[string]string{"a.yaml.tmpl": configMap("a")})
		write := c.setup
		c.setup = func(b *bad) {
			write(b)
			setup(b)
		}
		return c
	}
	path := func(name, path, want string) badCase {
		c := file("path "+name, want, func(b *bad) {
			b.write("topology.yaml", strings.Replace(labeled("x"), "PLACEMENTS", "", 1)+"  components: [{path: "+path+"}]\n")
			b.write("../outside/a.yaml.tmpl", configMap("a"))
			b.write("../outside/a.jsonnet", "function(mesh, cluster, values) null")
			b.link("../outside", "link")
			b.link("../outside/a.jsonnet", "link.jsonnet")
			b.link("ring", "ring")
			b.fifo("fifo.jsonnet")
		})
		return c
	}
	const limit = `\[MT007 limit\]`
	var many strings.Builder
	for i := range 64 {
		fmt.Fprintf(&many, "%s---\n", strings.Replace(strings.Replace(configMap(`"`+strings.Repeat("x", 60_000)+`"`), "name: a", fmt.Sprintf("name: a%d", i), 1), "\n\n", "\n", 1))
	}
	runBad(t, []badCase{
		path("URL", `"https://example.com/component"`, `:13:\d+: error: `),
		path("absolute", `/etc`, `:13:\d+: error: `),
		path("outside", `../outside`, `:13:\d+: error: .*outside the root`),
		path("outside, Jsonnet", `../outside/a.jsonnet`, `:13:\d+: error: .*outside the root`),
		path("by dots", `a/../../outside`, `:13:\d+: error: .*outside the root`),
		path("link out of the root", `link`, `:13:\d+: error: .*outside the root`),
		path("link out of the root, Jsonnet", `link.jsonnet`, `:13:\d+: error: .*outside the root`),
		path("ring of links", `ring`, `:13:\d+: error: `),
		path("fifo", `fifo.jsonnet`, `:13:\d+: error: .*neither a directory nor a Jsonnet file`),
		path("root itself", `.`, `error: `),

		file("link out of the component", `\[MT426 `, func(b *bad) {
			b.write("beside.yaml.tmpl", configMap("b"))
			b.link("../beside.yaml.tmpl", "component/link.yaml.tmpl")
		}),
		file("link out of the root", `\[MT426 `, func(b *bad) { b.link("../../outside/secret.txt", "component/link.yaml.tmpl") }),
		file("link to a system file", `\[MT426 `, func(b *bad) { b.link("/etc/passwd", "component/component.yaml") }),
		file("link to nowhere", `\[MT427 `, func(b *bad) { b.link("nowhere", "component/link.yaml.tmpl") }),
		file("ring of links", `error: `, func(b *bad) { b.link("ring.yaml.tmpl", "component/ring.yaml.tmpl") }),
		file("fifo", `not a regular file`, func(b *bad) { b.fifo("component/fifo.yaml.tmpl") }),
		file("directory", `not a regular file`, func(b *bad) { b.write("component/directory.yaml.tmpl/a", "") }),
		file("large", limit, func(b *bad) { b.write("component/large.yaml.tmpl", strings.Repeat("#", 2<<20)) }),
		file("binary", `component/binary.yaml.tmpl:1:1: error: `, func(b *bad) { b.write("component/binary.yaml.tmpl", "\xff\x00") }),
		file("empty", `\[MT427 `, func(b *bad) { b.write("component/empty.yaml.tmpl", "") }),
		file("too many", limit, func(b *bad) {
			for i := range 100 {
				b.write(fmt.Sprintf("component/a%d.yaml.tmpl", i), "#")
			}
		}),
		file("metadata that is a bomb", `component/component.yaml:1:\d+: error: `, func(b *bad) { b.write("component/component.yaml", bomb()) }),
		file("metadata that is a list", `\[MT427 `, func(b *bad) { b.write("component/component.yaml", "- a\n") }),
		file("name that is a path", `\[MT427 `, func(b *bad) { b.write("component/component.yaml", "name: ../../a\n") }),
		file("name with an escape sequence", `\[MT427 `, func(b *bad) { b.write("component/component.yaml", `name: "a\e[31m"`+"\n") }),

		template("runs a program", configMap(`{{ exec "id" }}`), `component/a.yaml.tmpl:5:\d+: error: .*"exec" not defined`),
		template("reads the environment", configMap(`{{ env "SECRET" }}`), `component/a.yaml.tmpl:5:\d+: error: .*"env" not defined`),
		template("reads a file", configMap(`{{ readFile "../../outside/secret.txt" }}`), `component/a.yaml.tmpl:5:\d+: error: .*not defined`),
		template("calls our own mark", configMap(`{{ meshtopoMark 99999999 }}`), `component/a.yaml.tmpl:5:\d+: error: .*not defined`),
		template("calls a method", configMap(`{{ .mesh.Name }}`), `component/a.yaml.tmpl:5:\d+: error: .*no entry for key`),
		template("calls text", configMap(`{{ call .mesh.name }}`), `component/a.yaml.tmpl:5:\d+: error: `),
		template("index out of range", configMap(`{{ index .mesh.clusters 99 }}`), `component/a.yaml.tmpl:5:\d+: error: `),
		template("index of text", configMap(`{{ slice .mesh.name 0 1e9 }}`), `component/a.yaml.tmpl:5:\d+: error: `),
		template("indent of a billion", configMap(`{{ indent 1000000000 "x" }}`), `component/a.yaml.tmpl:5:\d+: error: `),
		template("negative indent", configMap(`{{ indent -1 "x" }}`), `component/a.yaml.tmpl:5:\d+: error: `),
		template("wide format", configMap(`{{ printf "%1000000000d" 1 }}`), `error: `),
		template("unknown template", configMap(`{{ template "nobody" }}`), `component/a.yaml.tmpl:5:\d+: error: `),
		template("end without a beginning", configMap(`{{ end }}`), `component/a.yaml.tmpl:5:\d+: error: `),
		template("a million braces", strings.Repeat("{{", 1000), `error: `),
		template("deep nesting", strings.Repeat("{{if true}}", 20_000)+strings.Repeat("{{end}}", 20_000), `error: `),
		template("escape sequence in a message", configMap(`{{ template "`+`\u001b[31m`+`" }}`), `error: `),
		template("escape sequence in what it prints", "a: b: \"{{ \"\\u001b[31m\" }}\"\n", `error: `),
		template("bytes that are no text", configMap(`{{ slice "é" 0 1 }}`), `error: .*UTF-8`),

		template("bomb of anchors", bomb(), `component/a.yaml.tmpl:2:\d+: error: .*alias`),
		template("40000 brackets", configMap(strings.Repeat("[", 40_000)), `component/a.yaml.tmpl:\d+:\d+: error: `),
		template("alias", configMap("&a x\n  b: *a"), `component/a.yaml.tmpl:6:\d+: error: .*alias`),
		template("tag", configMap("!!python/object x"), `component/a.yaml.tmpl:5:\d+: error: .*tag`),
		template("infinity", configMap(".inf"), `component/a.yaml.tmpl:5:\d+: error: `),
		template("null name", strings.Replace(configMap("a"), "name: a", "name: null", 1), `component/a.yaml.tmpl:1:\d+: error: .*metadata.name`),
		template("list of objects", "apiVersion: v1\nkind: List\nitems: []\n", `component/a.yaml.tmpl:1:\d+: error: .*metadata.name`),
		template("large output", many.String()+many.String(), limit),
	})
}

// TestBadComponentJsonnet: the same in Jsonnet.
func TestBadComponentJsonnet(t *testing.T) {
	jsonnet := func(name, text, want string) badCase {
		c := componentCase(name, want, map[string]string{"a.jsonnet": text, "self.libsonnet": `import "self.libsonnet"`, "large": strings.Repeat("x", 2<<20)})
		write := c.setup
		c.setup = func(b *bad) {
			write(b)
			b.write("topology.yaml", strings.Replace(labeled("x"), "PLACEMENTS", "", 1)+"  components: [{path: component/a.jsonnet}]\n")
			b.write("beside.libsonnet", "{}")
			b.link("../beside.libsonnet", "component/link.libsonnet")
			b.link("/dev/zero", "component/zero")
			b.fifo("component/fifo")
		}
		return c
	}
	function := func(name, value, want string) badCase {
		return jsonnet(name, "function(mesh, cluster, values)\n  local at = "+value+";\n  if at == null then null else { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { a: at } }\n", want)
	}
	runBad(t, []badCase{
		jsonnet("empty", "", `\[MT427 `),
		jsonnet("null", "null", `component/a.jsonnet:1:1: error: .*not a function`),
		jsonnet("40000 brackets", strings.Repeat("[", 40_000), `error: `),
		jsonnet("function of a function", "function(mesh, cluster, values) function(x) x", `error: `),
		jsonnet("text", "function(mesh, cluster, values) 'a'", `component/a.jsonnet:1:\d+: error: .*is no object`),
		jsonnet("list of lists", "function(mesh, cluster, values) [[]]", `component/a.jsonnet:1:\d+: error: .*is no object`),
		function("environment", "std.extVar('SECRET')", `component/a.jsonnet:2:\d+: error: .*SECRET`),
		function("native function", "std.native('exec')('id')", `component/a.jsonnet:2:\d+: error: `),
		function("import outside", `importstr "../../outside/secret.txt"`, `\[MT426 `),
		function("import beside", `import "../beside.libsonnet"`, `\[MT426 `),
		function("import by a link beside", `import "link.libsonnet"`, `\[MT426 `),
		function("import by a link", `importstr "zero"`, `\[MT426 `),
		function("import absolute", `importstr "/etc/passwd"`, `\[MT426 `),
		function("import of a fifo", `importstr "fifo"`, `not a regular file`),
		function("import of a large file", `importstr "large"`, `error: `),
		function("import of itself", `import "self.libsonnet"`, `error: `),
		function("import of the topology", `importstr "../topology.yaml"`, `\[MT426 `),
		function("missing field", "cluster.vpc", `component/a.jsonnet:2:\d+: error: `),
		function("deep value", "local f(n) = if n == 0 then [] else [f(n-1)]; f(300)", `error: `),
		function("large value", "std.repeat('x', 5e6)", `\[MT007 limit\]`),
	})
}
