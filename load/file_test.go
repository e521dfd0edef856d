//go:build unix

package load_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/limit"
	"github.com/meshtopo/meshtopo/load"
	"github.com/rogpeppe/go-internal/txtar"
)

const minimal = `apiVersion: meshtopo.dev/v1alpha1
kind: MeshTopology
metadata: {name: t}
spec:
  provider: asm
  mesh: {name: m, version: 1.22.6.66, region: r1}
  clusters: [{name: c1, region: r1}]
  services: [{name: s, ports: [{name: http, port: 80}]}]
`

// special makes a directory with everything a path can be, and gives its root, which is a directory below.
func special(t *testing.T) *os.Root {
	files := []txtar.File{
		{Name: "outside.yaml", Data: []byte(minimal)}, {Name: "outside.libsonnet", Data: []byte("{}")},
		{Name: "root/good/topology.yaml", Data: []byte(minimal)},
		{Name: "root/two/topology.yaml", Data: []byte(minimal)}, {Name: "root/two/topology.cue", Data: []byte("{}")},
		{Name: "root/dir.yaml/x", Data: nil}, {Name: "root/none/x.yaml", Data: []byte(minimal)},
		{Name: "root/binary.libsonnet", Data: []byte("\xff")},
		{Name: "root/large.libsonnet", Data: []byte("{}" + strings.Repeat(" ", 1<<20))},
		{Name: "root/secret.yaml", Data: []byte(minimal)},
	}
	dir := tree(t, files).Name()
	root := filepath.Join(dir, "root")
	for name, target := range map[string]string{
		"link.yaml": "good/topology.yaml", "escape.yaml": "../outside.yaml", "absolute.yaml": filepath.Join(dir, "outside.yaml"),
		"escape.libsonnet": "../outside.libsonnet", "zero.libsonnet": "/dev/zero", "loop.yaml": "loop.yaml", "up": "..", "dangling.yaml": "nowhere",
	} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Skip("no symbolic links here:", err)
		}
	}
	for _, name := range []string{"fifo.yaml", "fifo.libsonnet"} {
		if err := syscall.Mkfifo(filepath.Join(root, name), 0o644); err != nil {
			t.Skip("no fifos here:", err)
		}
	}
	for _, name := range []string{"escape", "zero", "fifo", "binary", "large", "up/outside"} {
		text := "{ a: importstr '" + name + ".libsonnet' }\n"
		if err := os.WriteFile(filepath.Join(root, strings.ReplaceAll(name, "/", "-")+".jsonnet"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(root, "secret.yaml"), 0); err != nil {
		t.Fatal(err)
	}
	return open(t, root)
}

func TestSpecialFiles(t *testing.T) {
	root := special(t)
	for _, c := range []struct{ file, err, finding string }{
		{file: "good/topology.yaml"},
		{file: "link.yaml"},
		{file: "good", err: `reading topology "good": not a regular file`},
		{file: "dir.yaml", err: `reading topology "dir.yaml": not a regular file`},
		{file: "fifo.yaml", err: `reading topology "fifo.yaml": not a regular file`},
		{file: "nowhere.yaml", err: `reading topology "nowhere.yaml": no such file or directory`},
		{file: "dangling.yaml", err: `reading topology "dangling.yaml": no such file or directory`},
		{file: "loop.yaml", err: `reading topology "loop.yaml": too many levels of symbolic links`},
		{file: "escape.yaml", finding: "MT009 the file is outside the root"},
		{file: "absolute.yaml", finding: "MT009 the file is outside the root"},
		{file: "../outside.yaml", finding: "MT009 the file is outside the root"},
		{file: "up/outside.yaml", finding: "MT009 the file is outside the root"},
		{file: "escape.jsonnet", finding: `MT009 import of "escape.libsonnet", which is outside the root`},
		{file: "zero.jsonnet", finding: `MT009 import of "zero.libsonnet", which is outside the root`},
		{file: "up-outside.jsonnet", finding: `MT009 import of "up/outside.libsonnet", which is outside the root`},
		{file: "fifo.jsonnet", finding: `MT008 the Jsonnet program failed: importing "fifo.libsonnet": not a regular file`},
		{file: "binary.jsonnet", finding: `MT008 the Jsonnet program failed: importing "binary.libsonnet": not UTF-8 text`},
		{file: "large.jsonnet", finding: `MT008 the Jsonnet program failed: importing "large.libsonnet": larger than 1048576 bytes`},
	} {
		t.Run(strings.ReplaceAll(c.file, "/", "_"), func(t *testing.T) {
			top, err := load.File(context.Background(), c.file, load.Options{Root: root, Isolate: here})
			if got := message(err); got != c.err {
				t.Fatalf("error %q, want %q", got, c.err)
			}
			got := ""
			if err == nil && len(top.Findings) == 1 {
				got = top.Findings[0].Rule + " " + top.Findings[0].Message
			} else if err == nil && len(top.Findings) > 1 {
				t.Fatal(top.Findings)
			}
			if got != c.finding {
				t.Errorf("found %q, want %q", got, c.finding)
			}
		})
	}
}

func TestUnreadable(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root reads everything")
	}
	_, err := load.File(context.Background(), "secret.yaml", load.Options{Root: special(t)})
	if got := message(err); got != `reading topology "secret.yaml": permission denied` {
		t.Error(got)
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestFind(t *testing.T) {
	root := special(t)
	for _, c := range []struct{ path, want, err string }{
		{path: "good", want: "good/topology.yaml"},
		{path: "good/", want: "good/topology.yaml"},
		{path: "good/topology.yaml", want: "good/topology.yaml"},
		{path: "none/x.yaml", want: "none/x.yaml"},
		{path: "two", err: `directory "two" holds several topologies (topology.yaml, topology.cue): name one`},
		{path: "none", err: `no topology in directory "none": want one of topology.yaml, topology.yml, topology.json, topology.cue, topology.jsonnet`},
		{path: ".", err: `no topology in directory "root": want one of topology.yaml, topology.yml, topology.json, topology.cue, topology.jsonnet`},
		{path: "nowhere", err: `finding topology "nowhere": no such file or directory`},
		{path: "../outside.yaml", err: `finding topology "../outside.yaml": it is outside the root`},
		{path: "up", err: `finding topology "up": it is outside the root`},
	} {
		got, err := load.Find(root, c.path)
		if got != c.want || message(err) != c.err {
			t.Errorf("Find(%q) = %q, %q; want %q, %q", c.path, got, message(err), c.want, c.err)
		}
	}
}

// within are the default limits with an input size.
func within(size int64) limit.Limits {
	l := limit.Default()
	l.InputSize = size
	return l
}

func TestTooLarge(t *testing.T) {
	root := tree(t, []txtar.File{{Name: "t.yaml", Data: []byte(minimal)}})
	for size, want := range map[int64]int{int64(len(minimal)): 0, int64(len(minimal)) - 1: 1} {
		top, err := load.File(context.Background(), "t.yaml", load.Options{Root: root, Limits: within(size)})
		if err != nil || len(top.Findings) != want || want == 1 && (top.Findings[0].Rule != diag.Limit || top.Findings[0].Place.File != "t.yaml") {
			t.Errorf("size %d: %v %v", size, err, top.Findings)
		}
	}
}

func TestIsolation(t *testing.T) {
	root := tree(t, []txtar.File{{Name: "t.cue", Data: []byte("a: 1")}})
	if _, err := load.File(context.Background(), "t.cue", load.Options{Root: root}); message(err) != `evaluating topology "t.cue": programs are not run here` {
		t.Error(err)
	}
	limit := func(context.Context, string, []byte) ([]byte, error) {
		return nil, diag.Findings{diag.New(diag.Limit, "", "too long")}
	}
	top, err := load.File(context.Background(), "t.cue", load.Options{Root: root, Isolate: limit})
	if err != nil || len(top.Findings) != 1 || top.Findings[0].Place.File != "t.cue" {
		t.Errorf("%v %v", top, err)
	}
	garbage := func(context.Context, string, []byte) ([]byte, error) { return []byte("x"), nil }
	if _, err := load.File(context.Background(), "t.cue", load.Options{Root: root, Isolate: garbage}); err == nil {
		t.Error("garbage is an answer")
	}
}
