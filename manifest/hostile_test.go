package manifest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func indexText(files ...string) string {
	return `{"apiVersion": "meshtopo.dev/v1alpha1", "kind": "TargetIndex", "topology": "bookinfo", "target": "clusters/east", "files": [` +
		strings.Join(files, ", ") + `]}`
}

func indexEntry(p string) string {
	return fmt.Sprintf(`{"path": %q, "sha256": "", "from": ""}`, p)
}

// An index that cannot be trusted stops a write and a removal before anything is changed.
func TestHostileIndex(t *testing.T) {
	for _, test := range []struct{ name, index, want string }{
		{"parent", indexText(indexEntry("../../victim")), "is not a local slash-separated path"},
		{"hidden parent", indexText(indexEntry("services/../../../victim")), "is not a local slash-separated path"},
		{"absolute", indexText(indexEntry("/etc/passwd")), "is not a local slash-separated path"},
		{"windows", indexText(indexEntry(`..\\..\\victim`)), "a character that not every system allows"},
		{"drive", indexText(indexEntry("C:/victim")), "a character that not every system allows"},
		{"empty", indexText(indexEntry("")), "is not a local slash-separated path"},
		{"the target", indexText(indexEntry(".")), "is not a local slash-separated path"},
		{"NUL", indexText(indexEntry("a\x00b")), "invalid"},
		{"itself", indexText(indexEntry("meshtopo.json")), "is the index's own"},
		{"temporary", indexText(indexEntry(".meshtopo-0123456789abcdef.tmp")), "the name of a temporary file"},
		{"twice", indexText(indexEntry("a"), indexEntry("a")), `path "a" is listed twice`},
		{"wrong type", indexText("1"), "cannot unmarshal"},
		{"wrong list", `{"apiVersion": "meshtopo.dev/v1alpha1", "kind": "TargetIndex", "topology": "bookinfo", "target": "clusters/east", "files": {}}`, "cannot unmarshal"},
		{"other target", strings.Replace(indexText(), "east", "west", 1), `it belongs to target "clusters/west"`},
		{"outside target", strings.Replace(indexText(), "clusters/east", "../..", 1), `unknown target "../.."`},
		{"state", strings.Replace(indexText(), `"files"`, `"state": "done", "files"`, 1), `unknown state "done"`},
		{"newer version", strings.Replace(indexText(), "v1alpha1", "v2", 1), `of "meshtopo.dev/v2"`},
		{"unknown field", strings.Replace(indexText(), `"files"`, `"more": 1, "files"`, 1), `unknown field "more"`},
		{"trailing data", indexText() + "{}", "data after the index"},
		{"conflict", "{\n<<<<<<< HEAD\n" + indexText()[1:], "invalid character '<'"},
		{"cut off", indexText()[:120], "unexpected EOF"},
		{"nothing", "", "not a JSON object"},
		{"list", "[]", "not a JSON object"},
		{"no topology", `{"kind": "TargetIndex"}`, "no topology"},
		{"deep", strings.Repeat(`{"a":`, 20000), ""},
		{"huge", strings.Replace(indexText(), "bookinfo", "bookinfo"+strings.Repeat("x", 1<<17), 1), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, outer := openRoot(t)
			put(t, outer, "victim", "victim")
			put(t, outer, "out/clusters/east/meshtopo.json", test.index)
			put(t, outer, "out/clusters/east/services/a.yaml", "mine")
			root, err := os.OpenRoot(filepath.Join(outer, "out"))
			if err != nil {
				t.Fatal(err)
			}
			defer root.Close()
			before := contents(t, outer)
			_, writeErr := Write(root, topology, sequence(target("clusters/east", "b=1")), true)
			_, compareErr := Compare(root, topology, sequence(target("clusters/east", "b=1")), true)
			if diff := cmp.Diff(before, contents(t, outer)); diff != "" {
				t.Fatalf("something was changed: %s", diff)
			}
			_, removeErr := Write(root, topology, sequence(target("clusters/west", "b=1")), true)
			for _, err := range []error{writeErr, compareErr, removeErr} {
				var bad *IndexError
				if !errors.As(err, &bad) || bad.Path != "clusters/east/meshtopo.json" || !strings.Contains(err.Error(), test.want) {
					t.Errorf("error %v, want %s", err, test.want)
				} else if !strings.Contains(err.Error(), "restore it from version control") {
					t.Errorf("error does not say what to do: %v", err)
				}
			}
			after := contents(t, outer)
			for name, data := range before {
				if after[name] != data {
					t.Errorf("%s was changed or removed", name)
				}
			}
		})
	}
}

func TestHugeIndexIsRefused(t *testing.T) {
	root, dir := openRoot(t)
	put(t, dir, "clusters/east/meshtopo.json", indexText())
	if err := os.Truncate(filepath.Join(dir, "clusters/east/meshtopo.json"), maxIndexSize+1); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(root, topology, sequence(target("clusters/east", "a=1")), true); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Fatalf("error %v", err)
	}
}

// What stands in the way is named and left alone; nothing is written through a symbolic link.
func TestObstacles(t *testing.T) {
	const manifest = "clusters/east/services/a.yaml"
	link := func(t *testing.T, dir, name, to string) {
		t.Helper()
		p := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(p), 0o777), os.RemoveAll(p), os.Symlink(to, p)); err != nil {
			t.Skip(err)
		}
	}
	for _, test := range []struct {
		name    string
		written bool // the obstacle appears after a first write
		set     func(t *testing.T, outer, out string)
		want    string // in the error; empty: the write repairs it
	}{
		{"link to a directory outside", false, func(t *testing.T, outer, out string) {
			put(t, outer, "elsewhere/keep", "")
			link(t, out, "clusters/east/services", filepath.Join(outer, "elsewhere"))
		}, `"clusters/east/services" is a symbolic link where a directory belongs`},
		{"link to another target", false, func(t *testing.T, outer, out string) {
			put(t, out, "clusters/west/services/keep", "")
			link(t, out, "clusters/east", "west")
		}, `"clusters/east" is a symbolic link where a directory belongs`},
		{"link to all clusters", false, func(t *testing.T, outer, out string) {
			put(t, outer, "elsewhere/keep", "")
			link(t, out, "clusters", "../elsewhere")
		}, `"clusters" is a symbolic link where a directory belongs`},
		{"link at an unlisted file", false, func(t *testing.T, outer, out string) {
			link(t, out, manifest, filepath.Join(outer, "victim"))
		}, `file "` + manifest + `" is not listed`},
		{"link at a listed file", true, func(t *testing.T, outer, out string) {
			link(t, out, manifest, filepath.Join(outer, "victim"))
		}, ""},
		{"link to a copy of a listed file", true, func(t *testing.T, outer, out string) {
			put(t, outer, "elsewhere/a.yaml", string(service("a", "1").Data))
			link(t, out, manifest, filepath.Join(outer, "elsewhere/a.yaml"))
		}, ""},
		{"link at the index", true, func(t *testing.T, outer, out string) {
			link(t, out, "clusters/east/meshtopo.json", filepath.Join(outer, "victim"))
		}, `index "clusters/east/meshtopo.json": it is a symbolic link`},
		{"directory at the index", true, func(t *testing.T, outer, out string) {
			p := filepath.Join(out, "clusters/east/meshtopo.json")
			_, _ = os.Remove(p), os.Mkdir(p, 0o777)
		}, `index "clusters/east/meshtopo.json": it is a directory`},
		{"directory where a file belongs", false, func(t *testing.T, outer, out string) {
			put(t, out, manifest+"/keep", "")
		}, `"` + manifest + `" is a directory where a file belongs`},
		{"file where a directory belongs", false, func(t *testing.T, outer, out string) {
			put(t, out, "clusters/east/services", "")
		}, `"clusters/east/services" is a file where a directory belongs`},
		{"file where a target belongs", false, func(t *testing.T, outer, out string) {
			put(t, out, "clusters/east", "")
		}, `"clusters/east" is a file where a directory belongs`},
		{"file where all clusters belong", false, func(t *testing.T, outer, out string) {
			put(t, out, "clusters", "")
		}, `"clusters" is a file where a directory belongs`},
		{"directory where a stale file was", true, func(t *testing.T, outer, out string) {
			p := filepath.Join(out, "clusters/east/services/stale.yaml")
			_ = os.Remove(p)
			put(t, out, "clusters/east/services/stale.yaml/keep", "")
		}, `"clusters/east/services/stale.yaml" is a directory where a file belongs`},
		{"link where a stale file was", true, func(t *testing.T, outer, out string) {
			link(t, out, "clusters/east/services/stale.yaml", filepath.Join(outer, "victim"))
		}, ""},
		{"loop", false, func(t *testing.T, outer, out string) {
			link(t, out, "clusters/east/services", "services")
		}, `"clusters/east/services" is a symbolic link where a directory belongs`},
	} {
		t.Run(test.name, func(t *testing.T) {
			outer := t.TempDir()
			put(t, outer, "victim", "victim")
			out := filepath.Join(outer, "out")
			if err := os.Mkdir(out, 0o777); err != nil {
				t.Fatal(err)
			}
			root, err := os.OpenRoot(out)
			if err != nil {
				t.Fatal(err)
			}
			defer root.Close()
			if test.written {
				mustWrite(t, root, target("clusters/east", "a=1", "stale=1"))
			}
			test.set(t, outer, out)
			_, err = Write(root, topology, sequence(target("clusters/east", "a=1")), true)
			if data, _ := os.ReadFile(filepath.Join(outer, "victim")); string(data) != "victim" {
				t.Errorf("the victim holds %q", data)
			}
			if entries, _ := os.ReadDir(filepath.Join(outer, "elsewhere")); len(entries) > 1 {
				t.Errorf("written elsewhere: %v", entries)
			}
			if test.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				checkTree(t, out, target("clusters/east", "a=1"))
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error %v, want %s", err, test.want)
			}
		})
	}
}

func FuzzParseIndex(f *testing.F) {
	f.Add([]byte(indexText(indexEntry("services/a.yaml"), indexEntry("../x"))))
	f.Add([]byte(indexText(indexEntry("/x"))))
	f.Add([]byte(indexText(indexEntry(`a\\b`))))
	f.Add((&index{Topology: "b\u2028\"", Target: "network", State: stateWriting, Files: []entry{{"a", "b", "<\n>"}}}).encode())
	f.Fuzz(func(t *testing.T, data []byte) {
		x, err := parseIndex(data)
		if err != nil {
			return
		}
		for _, e := range x.Files {
			if !filepath.IsLocal(filepath.FromSlash(e.Path)) || strings.ContainsAny(e.Path, "\\\x00:") || filepath.Clean(e.Path) != e.Path || e.Path == "." {
				t.Fatalf("accepted path %q", e.Path)
			}
		}
		again, err := parseIndex(x.encode())
		if err != nil {
			t.Fatalf("not read back: %v\n%s", err, x.encode())
		}
		if diff := cmp.Diff(x.encode(), again.encode()); diff != "" {
			t.Fatalf("-first +again:\n%s", diff)
		}
	})
}
