//go:build unix

package main

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestBadOutput: what can stand where the rendered tree should go.
func TestBadOutput(t *testing.T) {
	changed := strings.ReplaceAll(string(sample), "replicas: 2", "replicas: 3")
	output := func(name, want string, setup func(*bad)) badCase {
		return badCase{name: name, status: 2, want: want, alters: true, setup: func(b *bad) {
			b.write("topology.yaml", changed)
			setup(b)
		}}
	}
	kept := func(c badCase) badCase { c.alters = false; return c }
	replaced := func(name, text string) func(*bad) {
		return func(b *bad) {
			if err := os.RemoveAll(b.path(name)); err != nil {
				b.t.Fatal(err)
			}
			if text != "" {
				b.write(name, text)
			}
		}
	}
	index := func(text string) func(*bad) { return inFile("out/mesh/mesh/meshtopo.json", text) }
	const head = `{"apiVersion": "meshtopo.dev/v1alpha1", "kind": "TargetIndex", "topology": "sample", "target": "mesh/mesh", `
	runBad(t, []badCase{
		output("a file", `^meshtopo: rendering to "out": .*not a directory`, replaced("out", "mine")),
		output("a ring of links", `^meshtopo: rendering to "out": `, func(b *bad) { replaced("out", "")(b); b.link("out", "out") }),
		output("a link to a directory outside", `^meshtopo: rendering to "out": "out" is a symbolic link`, func(b *bad) { replaced("out", "")(b); b.link("../outside", "out") }),
		output("a dangling link", `^meshtopo: rendering to "out": "out" is a symbolic link`, func(b *bad) { replaced("out", "")(b); b.link("../outside/new", "out") }),
		output("a device", `^meshtopo: rendering to "out": `, func(b *bad) { replaced("out", "")(b); b.link("/dev/null", "out") }),
		output("below a file", `^meshtopo: rendering to "out": `, func(b *bad) { replaced("out", "")(b); b.write("file", ""); b.link("file/out", "out") }),
		output("a target that is a file", `^meshtopo: rendering to "out": .*clusters/shanghai`, replaced("out/clusters/shanghai", "mine")),
		output("a file that is a directory", `^meshtopo: rendering to "out": .*services/web.yaml`, func(b *bad) {
			replaced("out/clusters/shanghai/services/web.yaml", "")(b)
			b.write("out/clusters/shanghai/services/web.yaml/mine", "")
		}),
		output("a target that is a link outside", `^meshtopo: rendering to "out": `, func(b *bad) {
			replaced("out/clusters/shanghai", "")(b)
			b.link("../../../outside", "out/clusters/shanghai")
		}),
		output("a directory that is a link outside", `^meshtopo: rendering to "out": `, func(b *bad) {
			replaced("out/clusters/shanghai/services", "")(b)
			b.link("../../../../outside", "out/clusters/shanghai/services")
		}),
		kept(output("of another topology", `"sample".*"other"|"other".*"sample"`, func(b *bad) {
			b.write("topology.yaml", strings.Replace(changed, "name: sample", "name: other", 1))
		})),
		output("with an index that is none", `^meshtopo: .*mesh/mesh/meshtopo.json`, index("mine\n")),
		output("with an empty index", `^meshtopo: .*mesh/mesh/meshtopo.json`, index("")),
		output("with a torn index", `^meshtopo: .*mesh/mesh/meshtopo.json`, index(head+`"files": [`)),
		output("with an index that lists what is outside", `^meshtopo: .*mesh/mesh/meshtopo.json`,
			index(head+`"files": [{"path": "../../../../outside/secret.txt", "sha256": "", "from": ""}]}`)),
		output("with an index of brackets", `^meshtopo: .*mesh/mesh/meshtopo.json`, index(head+`"files": `+strings.Repeat("[", 40_000))),
		output("with an index that is a fifo", `^meshtopo: `, func(b *bad) {
			replaced("out/mesh/mesh/meshtopo.json", "")(b)
			b.fifo("out/mesh/mesh/meshtopo.json")
		}),
		output("with a conflict of version control in the index", `^meshtopo: .*mesh/mesh/meshtopo.json`, index("<<<<<<< ours\n"+head+"\n")),
		{name: "stdout is full", args: []string{"render", "topology.yaml", "--stdout"}, stdout: "/dev/full", status: 2,
			want: `^meshtopo: writing manifests: .*no space`, setup: topologyFile(string(sample))},
		{name: "stdout is full, schema", args: []string{"schema"}, stdout: "/dev/full", status: 2, want: `^meshtopo: .*no space`, setup: func(*bad) {}},
		{name: "stdout is full, version", args: []string{"version"}, stdout: "/dev/full", status: 2, want: `^meshtopo: .*no space`, setup: func(*bad) {}},
		{name: "stdout is full, help", args: []string{"--help"}, stdout: "/dev/full", status: 2, want: `^meshtopo: .*no space`, setup: func(*bad) {}},
		{name: "stdout is full, explain", args: []string{"explain", "MT331"}, stdout: "/dev/full", status: 2, want: `^meshtopo: .*no space`, setup: func(*bad) {}},
		{name: "stdout is full, findings", args: []string{"validate", "topology.yaml"}, stdout: "/dev/full", status: 2,
			want: `^meshtopo: writing findings: .*no space`, setup: topologyFile("")},
		{name: "stdout is full, json", args: []string{"validate", "--format", "json", "topology.yaml"}, stdout: "/dev/full", status: 2,
			want: `^meshtopo: writing findings: .*no space`, setup: topologyFile(string(sample))},
		{name: "stdout is full, differences", args: []string{"render", "topology.yaml", "-o", "out", "--check"}, stdout: "/dev/full", status: 2,
			want: `no space`, setup: topologyFile(changed)},
	})
}

// TestOutputBelowLink: a link above the output leads nowhere that is outside the root.
func TestOutputBelowLink(t *testing.T) {
	t.Parallel()
	b := newBad(t, nil)
	b.write("topology.yaml", string(sample))
	b.link("../outside", "deploy")
	b.judge(badCase{status: 2, want: `^meshtopo: rendering to "deploy/out": .*escapes`}, b.run(badCase{args: []string{"render", "topology.yaml", "-o", "deploy/out"}}))
	if _, err := os.Lstat(b.path("../outside/out")); err == nil {
		t.Error("it was written outside the root")
	}
}

// mounted mounts a file system on out or skips. Whoever runs the tests without the right to mount gets the next best thing.
func (b *bad) mounted(args ...string) bool {
	b.t.Helper()
	out := b.path("out")
	if text, err := exec.Command("mount", append(args, out)...).CombinedOutput(); err != nil {
		b.t.Logf("mount %v: %v %s", args, err, bytes.TrimSpace(text))
		return false
	}
	b.t.Cleanup(func() {
		if text, err := exec.Command("umount", "-l", out).CombinedOutput(); err != nil {
			b.t.Errorf("umount %s: %v %s", out, err, text)
		}
	})
	return true
}

func (b *bad) remounted(options string) bool {
	b.t.Helper()
	if text, err := exec.Command("mount", "-o", "remount,"+options, b.path("out")).CombinedOutput(); err != nil {
		b.t.Logf("mount -o remount,%s: %v %s", options, err, bytes.TrimSpace(text))
		return false
	}
	return true
}

// TestReadOnlyOutput: an output directory that cannot be written is trouble and stays as it is.
func TestReadOnlyOutput(t *testing.T) {
	t.Parallel()
	b := newBad(t, sampleTree(t))
	b.write("topology.yaml", strings.ReplaceAll(string(sample), "replicas: 2", "replicas: 3"))
	want := `^meshtopo: rendering to "out": .*(read-only file system|permission denied)`
	switch {
	case os.Getuid() != 0:
		t.Log("USED: directories without the right to write")
		for _, dir := range []string{"out/mesh/mesh", "out/clusters/hangzhou", "out/clusters/shanghai", "out"} {
			if err := os.Chmod(b.path(dir), 0o555); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { os.Chmod(b.path(dir), 0o755) })
		}
	case b.mounted("--bind", b.path("out")) && b.remounted("bind,ro"):
		t.Log("USED: a read-only bind mount")
	default:
		t.Skip("NOT TESTED: root can write everywhere, and cannot mount here")
	}
	before, err := snapshot(b.path("out"))
	if err != nil {
		t.Fatal(err)
	}
	b.judge(badCase{status: 2, want: want}, b.run(badCase{}))
	if after, err := snapshot(b.path("out")); err != nil || after != before {
		t.Errorf("the rendered tree was changed: %v\n%s", err, after)
	}
	// What is as it should be needs no writing.
	b.write("topology.yaml", string(sample))
	if e := b.run(badCase{}); e.status != 0 {
		t.Errorf("a render that has nothing to write fails: %s", e.stderr)
	}
}

// TestFullOutput: when the disk is full no file is torn, the tree says that it is not complete, and once there is room the
// next render completes it.
func TestFullOutput(t *testing.T) {
	t.Parallel()
	want := sampleTree(t)
	b := newBad(t, nil)
	b.write("topology.yaml", string(sample))
	b.write("out/.keep", "")
	if os.Getuid() != 0 || !b.mounted("-t", "tmpfs", "-o", "size=24k,nr_inodes=1000", "tmpfs") {
		t.Skip("NOT TESTED: a full disk needs the right to mount a small tmpfs")
	}
	t.Log("USED: a tmpfs of 24 KiB")
	b.judge(badCase{status: 2, want: `^meshtopo: rendering to "out": .*no space left`}, b.run(badCase{}))
	for name, data := range filesBelow(t, b.path("out")) {
		if whole, ok := want[name]; ok && !strings.HasSuffix(name, "meshtopo.json") && !bytes.Equal(data, whole) {
			t.Errorf("%s is torn: %d bytes of %d", name, len(data), len(whole))
		}
	}
	if e := b.run(badCase{args: []string{"render", "topology.yaml", "-o", "out", "--check"}}); e.status != 1 {
		t.Errorf("the incomplete tree is taken for complete: exit status %d\n%s%s", e.status, e.stdout, e.stderr)
	}
	if !b.remounted("size=10m") {
		t.FailNow()
	}
	if e := b.run(badCase{}); e.status != 0 {
		t.Errorf("the next render fails: %s", e.stderr)
	}
	got := filesBelow(t, b.path("out"))
	for name, data := range want {
		if !bytes.Equal(got[name], data) {
			t.Errorf("%s is not as it should be after the next render", name)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d files, want %d", len(got), len(want))
	}
}
