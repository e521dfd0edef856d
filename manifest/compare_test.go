package manifest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// Each testdata/compare/*.txtar holds pairs of files have/NAME and want/NAME, and the differences in output. UPDATE=1 rewrites the
// output.
func TestCompareFiles(t *testing.T) {
	paths, err := filepath.Glob("testdata/compare/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatal("no cases", err)
	}
	for _, p := range paths {
		t.Run(filepath.Base(p), func(t *testing.T) {
			archive, err := txtar.ParseFile(p)
			if err != nil {
				t.Fatal(err)
			}
			var output strings.Builder
			have := make(map[string][]byte)
			golden := -1
			for i, file := range archive.Files {
				if name, found := strings.CutPrefix(file.Name, "have/"); found {
					have[name] = file.Data
				}
				if name, found := strings.CutPrefix(file.Name, "want/"); found {
					for _, d := range CompareFiles(name, have[name], file.Data) {
						d.Target = "clusters/east"
						output.WriteString(d.String() + "\n")
					}
				}
				if file.Name == "output" {
					golden = i
				}
			}
			if golden < 0 {
				t.Fatal("no output in the case")
			}
			if strings.Contains(output.String(), "hunter2") || strings.Contains(output.String(), "aHVudGVyMg") {
				t.Errorf("a secret shows:\n%s", &output)
			}
			if os.Getenv("UPDATE") != "" {
				archive.Files[golden].Data = []byte(output.String())
				if err := os.WriteFile(p, txtar.Format(archive), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(archive.Files[golden].Data), output.String()); diff != "" {
				t.Errorf("-want +got, UPDATE=1 accepts it:\n%s", diff)
			}
		})
	}
}

func TestCompareTrees(t *testing.T) {
	targets := []Target{networkTarget(), target("mesh/asm", "a=1"), target("clusters/east", "a=1", "b=2")}
	for _, test := range []struct {
		name string
		edit func(t *testing.T, dir string)
		want []string
	}{
		{"nothing", func(t *testing.T, dir string) {}, nil},
		{"user's file", func(t *testing.T, dir string) { put(t, dir, "clusters/east/README.md", "mine") }, nil},
		{"user's directory", func(t *testing.T, dir string) { put(t, dir, "clusters/mine/x.yaml", "mine") }, nil},
		{"edit", func(t *testing.T, dir string) {
			put(t, dir, "clusters/east/services/a.yaml", strings.Replace(string(service("a", "1").Data), "value: \"1\"", "value: \"2\"", 1))
		}, []string{`clusters/east/services/a.yaml: Service default/a: spec.value: have "2", want "1"`}},
		{"line endings", func(t *testing.T, dir string) {
			put(t, dir, "network/apply.sh", "#!/bin/sh\r\n")
		}, []string{`network/apply.sh: line 1: have "#!/bin/sh\r", want "#!/bin/sh"`}},
		{"line endings of a manifest", func(t *testing.T, dir string) {
			put(t, dir, "clusters/east/services/a.yaml", strings.ReplaceAll(string(service("a", "1").Data), "\n", "\r\n"))
		}, []string{`clusters/east/services/a.yaml: line 1: have "apiVersion: v1\r", want "apiVersion: v1" (same values, different spelling or order)`}},
		{"no line break at the end", func(t *testing.T, dir string) {
			put(t, dir, "network/apply.sh", "#!/bin/sh")
		}, []string{`network/apply.sh: line 1: have "#!/bin/sh" and no line break, want "#!/bin/sh"`}},
		{"mode", func(t *testing.T, dir string) {
			os.Chmod(filepath.Join(dir, "network/apply.sh"), 0o644)
			os.Chmod(filepath.Join(dir, "network/main.tf.json"), 0o755)
		}, []string{"network/main.tf.json: mode: have executable, want not executable", "network/apply.sh: mode: have not executable, want executable"}},
		{"missing files, in order", func(t *testing.T, dir string) {
			os.Remove(filepath.Join(dir, "clusters/east/services/b.yaml"))
			os.RemoveAll(filepath.Join(dir, "mesh/asm/services"))
		}, []string{"mesh/asm/services/a.yaml: missing", "clusters/east/services/b.yaml: missing"}},
		{"missing target", func(t *testing.T, dir string) { os.RemoveAll(filepath.Join(dir, "mesh")) }, []string{"mesh/asm: missing"}},
		{"missing index", func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, "mesh/asm/meshtopo.json")) }, []string{"mesh/asm/meshtopo.json: missing"}},
		{"field path in the index", func(t *testing.T, dir string) {
			p := "mesh/asm/meshtopo.json"
			put(t, dir, p, strings.Replace(contents(t, dir)[p], "[name=a]", "[name=z]", 1))
		}, []string{`mesh/asm/meshtopo.json: files[1].from: have "spec.services[name=z]", want "spec.services[name=a]"`}},
		{"long line", func(t *testing.T, dir string) {
			put(t, dir, "network/apply.sh", "#!/bin/sh\n"+strings.Repeat("long ", 40)+"x\n")
			put(t, dir, "network/main.tf.json", "{\n")
		}, []string{`network/main.tf.json: line 1: have "{", want "{}" (on disk: line 1: did not find expected node content)`,
			`network/apply.sh: line 2: have "long long long long long long long long long long long long long long long ...", want the end of the file`}},
		{"interrupted", func(t *testing.T, dir string) {
			p := "mesh/asm/meshtopo.json"
			put(t, dir, p, strings.Replace(contents(t, dir)[p], `"files"`, `"state": "writing", "files"`, 1))
		}, []string{"mesh/asm/meshtopo.json: the last render was interrupted: render again"}},
		{"temporary file", func(t *testing.T, dir string) {
			put(t, dir, "mesh/asm/.meshtopo-0123456789abcdef.tmp", "")
			put(t, dir, "clusters/new/.meshtopo-0123456789abcdef.tmp", "")
		}, []string{"mesh/asm/.meshtopo-0123456789abcdef.tmp: no longer rendered, would be removed (left by an interrupted render)", "clusters/new: no longer rendered, would be removed"}},
		{"link", func(t *testing.T, dir string) {
			p := filepath.Join(dir, "network/apply.sh")
			os.Remove(p)
			if err := os.Symlink("main.tf.json", p); err != nil {
				t.Skip(err)
			}
		}, []string{"network/apply.sh: have a symbolic link, want a file"}},
		{"directory", func(t *testing.T, dir string) {
			os.Remove(filepath.Join(dir, "network/apply.sh"))
			os.Mkdir(filepath.Join(dir, "network/apply.sh"), 0o777)
		}, []string{"network/apply.sh: have a directory, want a file"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			root, dir := openRoot(t)
			mustWrite(t, root, targets...)
			test.edit(t, dir)
			before := stats(t, dir)
			found, err := Compare(root, topology, sequence(targets...), true)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range found {
				got = append(got, d.String())
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			for name, info := range stats(t, dir) {
				if old := before[name]; old == nil || !os.SameFile(old, info) || !old.ModTime().Equal(info.ModTime()) {
					t.Errorf("Compare touched %s", name)
				}
			}
		})
	}
}

func TestCompareStale(t *testing.T) {
	root, _ := openRoot(t)
	mustWrite(t, root, networkTarget(), target("mesh/asm", "a=1"), target("clusters/east", "a=1", "b=2"))
	found, err := Compare(root, topology, sequence(target("clusters/east", "a=1")), true)
	if err != nil {
		t.Fatal(err)
	}
	want := []Difference{
		{Target: "clusters/east", File: "kustomization.yaml", Field: "resources", Kind: Changed, Have: "2 items", Want: "1 item", Cause: Stale, From: "spec"},
		{Target: "clusters/east", File: "services/b.yaml", Kind: Unexpected, Cause: Stale, From: "spec.services[name=b]"},
		{Target: "network", Kind: Unexpected},
		{Target: "mesh/asm", Kind: Unexpected},
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Fatalf("-want +got:\n%s", diff)
	}
}

func TestDifferenceString(t *testing.T) {
	long := strings.Repeat("é", 200)
	for _, test := range []struct {
		d    Difference
		want string
	}{
		{Difference{Target: "clusters/ack-shanghai", File: "services/reviews.yaml", Object: "Deployment default/reviews-v2", Field: "spec.replicas", Kind: Changed, Have: "2", Want: "1"},
			"clusters/ack-shanghai/services/reviews.yaml: Deployment default/reviews-v2: spec.replicas: have 2, want 1"},
		{Difference{Target: "t", File: "f", Object: "A \x1b[31m/b", Kind: Added}, `t/f: "A \x1b[31m/b": not on disk, would be added`},
		{Difference{Target: "t", File: "f", Field: "x", Kind: Removed, Have: display("a\u202eb")}, `t/f: x: have "a\u202eb", want nothing`},
		{Difference{Target: "t", File: "f", Field: "x", Kind: Changed, Have: display(long), Want: display(map[string]any{"a": 1})},
			`t/f: x: have "` + strings.Repeat("é", 75) + `...", want 1 field`},
	} {
		if got := test.d.String(); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

func TestLongLinesShowTheDifference(t *testing.T) {
	common := strings.Repeat("日本", 60)
	found := CompareFiles("a.txt", []byte(common+"old\n"), []byte(common+"new\n"))
	want := []Difference{{File: "a.txt", Field: "line 1", Kind: Changed, Have: `"...本日本日本日本old"`, Want: `"...本日本日本日本new"`}}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestQuoteIsShort(t *testing.T) {
	for _, s := range []string{strings.Repeat("a", 78), strings.Repeat("a", 79), strings.Repeat("\n", 60), strings.Repeat("\xff", 90), strings.Repeat("日", 79), ""} {
		if got := quote(s); len([]rune(got)) > maxShown || got[0] != '"' || got[len(got)-1] != '"' {
			t.Errorf("quote gave %d characters: %s", len([]rune(got)), got)
		}
	}
}
