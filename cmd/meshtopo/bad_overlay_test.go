//go:build unix

package main

import (
	"strings"
	"testing"
)

// badComponent is a kustomize Component with a patch that matches, and a place for more.
const badComponent = `apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
patches:
- target: {kind: Namespace}
  patch: |
    - {op: add, path: /metadata/labels/a, value: b}
`

// TestBadOverlay: overlays are somebody else's kustomizations. Nothing in them may fetch, run or read outside the root.
func TestBadOverlay(t *testing.T) {
	overlaid := strings.Replace(labeled("x"), "PLACEMENTS", "", 1) + "  overlays: [{path: overlay}]\n"
	overlay := func(name, text, want string) badCase {
		return badCase{name: name, want: want, setup: func(b *bad) {
			b.write("topology.yaml", overlaid)
			b.write("overlay/kustomization.yaml", text)
		}}
	}
	field := func(text, want string) badCase {
		name, _, _ := strings.Cut(text, ":")
		return overlay("field "+name, badComponent+text+"\n", `overlay/kustomization.yaml:7:1: error: .*`+want)
	}
	path := func(name, path, want string) badCase {
		c := badCase{name: "path " + name, want: want}
		c.setup = func(b *bad) {
			b.write("topology.yaml", strings.Replace(overlaid, "path: overlay", "path: "+path, 1))
			b.write("../outside/kustomization.yaml", badComponent)
			b.link("../outside", "link")
			b.link("ring", "ring")
			b.write("file", "")
		}
		return c
	}
	resource := func(name, entry string) badCase {
		c := overlay("resource "+name, badComponent+"resources: ["+entry+"]\n", `error: `)
		write := c.setup
		c.setup = func(b *bad) {
			write(b)
			b.write("beside.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")
			b.link("../../outside/secret.txt", "overlay/link.yaml")
			b.link("/etc/passwd", "overlay/passwd.yaml")
			b.fifo("overlay/fifo.yaml")
			b.write("overlay/large.yaml", strings.Repeat("#", 2<<20))
			b.write("overlay/bomb.yaml", bomb())
			b.write("overlay/directory/kustomization.yaml", badComponent)
		}
		return c
	}
	runBad(t, []badCase{
		path("URL", `"https://example.com/overlay"`, `:13:\d+: error: `),
		path("git", `"git@github.com:example/overlay"`, `:13:\d+: error: `),
		path("repository", `"github.com/example/overlay?ref=--upload-pack=id"`, `:13:\d+: error: `),
		path("absolute", `/etc`, `:13:\d+: error: `),
		path("outside", `../outside`, `:13:\d+: error: .*outside the root`),
		path("by dots", `a/../../outside`, `:13:\d+: error: .*outside the root`),
		path("link out of the root", `link`, `:13:\d+: error: .*outside the root`),
		path("ring of links", `ring`, `:13:\d+: error: `),
		path("file", `file`, `:13:\d+: error: `),
		path("nowhere", `nowhere`, `:13:\d+: error: .*there is no directory`),
		path("root itself", `.`, `error: .*kustomization.yaml`),

		overlay("empty", "", `error: `),
		overlay("not a mapping", "- a\n", `error: `),
		overlay("cycle of anchors", badComponent+"labels: &a [{pairs: *a}]\n", `overlay/kustomization.yaml:7:\d+: error: `),
		overlay("bomb of anchors", bomb(), `overlay/kustomization.yaml:1:\d+: error: `),
		overlay("40000 brackets", badComponent+"labels: "+strings.Repeat("[", 40_000), `error: `),
		overlay("kind Kustomization", strings.Replace(badComponent, "Component", "Kustomization", 1), `:2:\d+: error: .*Component`),
		overlay("patch without a target", strings.Replace(badComponent, "- target: {kind: Namespace}\n  patch", "- patch", 1), `error: `),
		overlay("target with a bad expression", strings.Replace(badComponent, "kind: Namespace", `kind: "(((("`, 1), `error: `),
		overlay("patch that is a bomb", "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n- patch: |\n    "+
			strings.ReplaceAll(strings.TrimSpace(bomb()), "\n", "\n    ")+"\n", `error: `),

		field("helmCharts: [{name: a, repo: https://example.com, releaseName: --post-renderer=id}]", `helmCharts`),
		field("helmGlobals: {chartHome: /etc, configHome: /tmp}", `helmGlobals`),
		field("generators: [exec.yaml]", `generators`),
		field("transformers: [exec.yaml]", `transformers`),
		field("validators: [exec.yaml]", `validators`),
		field("components: [https://example.com/c]", `components`),
		field("bases: [../..]", `bases`),
		field("crds: [/etc/passwd]", `crds`),
		field("openapi: {path: https://example.com/schema.json}", `openapi`),
		field("configurations: [../../outside/secret.txt]", `configurations`),
		field("secretGenerator: [{name: s, files: [/etc/shadow]}]", `secretGenerator`),
		field("vars: [{name: A}]", `vars`),
		field("patchesStrategicMerge: [../../outside/secret.txt]", `patchesStrategicMerge`),
		field("patchesJson6902: [{path: ../../outside/secret.txt}]", `patchesJson6902`),
		field("unknown: 1", `unknown`),

		resource("URL", `"https://example.com/r.yaml"`),
		resource("URL without a scheme", `example.com/r.yaml`),
		resource("repository", `"github.com/example/r?ref=main"`),
		resource("git", `"git@github.com:example/r.git"`),
		resource("git command", `"git::ext::sh -c id"`),
		resource("flag", `"--upload-pack=id"`),
		resource("absolute", `/etc/passwd`),
		resource("beside the overlay", `../beside.yaml`),
		resource("outside", `../../outside/secret.txt`),
		resource("by a link outside", `link.yaml`),
		resource("by a link to a system file", `passwd.yaml`),
		resource("fifo", `fifo.yaml`),
		resource("large", `large.yaml`),
		resource("bomb", `bomb.yaml`),
		resource("directory", `directory`),
		resource("nowhere", `nowhere.yaml`),

		overlay("patch file outside", "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches: [{path: ../../outside/secret.txt}]\n", `:3:\d+: error: `),
		overlay("patch file of the system", "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches: [{path: /etc/passwd}]\n", `:3:\d+: error: `),
		overlay("patch file by URL", "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches: [{path: \"https://example.com/p.yaml\"}]\n", `:3:\d+: error: `),
		overlay("replacement outside", badComponent+"replacements: [{path: ../../outside/secret.txt}]\n", `:7:\d+: error: `),
		overlay("generator outside", badComponent+"configMapGenerator: [{name: a, files: [x=../../outside/secret.txt]}]\n", `:7:\d+: error: `),
		overlay("generator of the environment", badComponent+"configMapGenerator: [{name: a, envs: [/proc/self/environ]}]\n", `:7:\d+: error: `),
		overlay("generator by URL", badComponent+"configMapGenerator: [{name: a, files: [\"https://example.com/f\"]}]\n", `:7:\d+: error: `),
		{name: "kustomization is a fifo", want: `error: `, setup: func(b *bad) {
			b.write("topology.yaml", overlaid)
			b.fifo("overlay/kustomization.yaml")
		}},
		{name: "kustomization is a link outside", want: `error: .*outside the root`, setup: func(b *bad) {
			b.write("topology.yaml", overlaid)
			b.write("../outside/kustomization.yaml", badComponent)
			b.link("../../outside/kustomization.yaml", "overlay/kustomization.yaml")
		}},
	})
}
