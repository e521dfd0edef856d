package manifest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const topology = "bookinfo"

func openRoot(t testing.TB) (*os.Root, string) {
	t.Helper()
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root, dir
}

func sequence(targets ...Target) iter.Seq2[Target, error] {
	return func(yield func(Target, error) bool) {
		for _, target := range targets {
			if !yield(target, nil) {
				return
			}
		}
	}
}

func failing(err error, targets ...Target) iter.Seq2[Target, error] {
	return func(yield func(Target, error) bool) {
		for _, target := range targets {
			if !yield(target, nil) {
				return
			}
		}
		yield(Target{}, err)
	}
}

func service(name, value string) File {
	fields := map[string]any{"apiVersion": "v1", "kind": "Service", "metadata": map[string]any{"name": name, "namespace": "default"}, "spec": map[string]any{"value": value}}
	file, err := Manifests("services/"+name+".yaml", "spec.services[name="+name+"]", []Object{{Fields: fields}})
	if err != nil {
		panic(err)
	}
	return file
}

// target makes a target of services, each "name=value".
func target(name string, services ...string) Target {
	var files []File
	for _, s := range services {
		key, value, _ := strings.Cut(s, "=")
		files = append(files, service(key, value))
	}
	files = append([]File{Kustomization(files)}, files...)
	return Target{Name: name, Files: files}
}

func networkTarget() Target {
	return Target{Name: "network", Files: []File{
		{Path: "main.tf.json", From: "spec.network", Data: []byte("{}\n")},
		{Path: "apply.sh", From: "spec.network", Data: []byte("#!/bin/sh\n"), Executable: true},
	}}
}

func mustWrite(t testing.TB, root *os.Root, targets ...Target) Summary {
	t.Helper()
	summary, err := Write(root, topology, sequence(targets...), true)
	if err != nil {
		t.Fatal(err)
	}
	return summary
}

// contents gives each file below dir with its content, and each directory with "".
func contents(t testing.TB, dir string) map[string]string {
	t.Helper()
	found := make(map[string]string)
	err := filepath.WalkDir(dir, func(p string, entry fs.DirEntry, err error) error {
		if err != nil || p == dir {
			return err
		}
		name, _ := filepath.Rel(dir, p)
		name = filepath.ToSlash(name)
		if entry.IsDir() {
			found[name+"/"] = ""
			return nil
		}
		data, err := os.ReadFile(p)
		found[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// expected is what contents must give for the targets, without the user's files.
func expected(targets ...Target) map[string]string {
	want := make(map[string]string)
	add := func(name, data string) {
		want[name] = data
		for dir := name; strings.Contains(dir, "/"); {
			dir = dir[:strings.LastIndex(dir, "/")]
			want[dir+"/"] = ""
		}
	}
	for _, target := range targets {
		x := index{Topology: topology, Target: target.Name}
		for _, file := range target.Files {
			add(target.Name+"/"+file.Path, string(file.Data))
			x.Files = append(x.Files, newEntry(file))
		}
		add(target.Name+"/"+IndexName, string(x.encode()))
	}
	return want
}

func checkTree(t testing.TB, dir string, targets ...Target) {
	t.Helper()
	if diff := cmp.Diff(expected(targets...), contents(t, dir)); diff != "" {
		t.Fatalf("-want +on disk:\n%s", diff)
	}
}

func checkClean(t testing.TB, root *os.Root, targets ...Target) {
	t.Helper()
	found, err := Compare(root, topology, sequence(targets...), true)
	if err != nil || len(found) > 0 {
		t.Fatalf("Compare after Write: %v, %v", found, err)
	}
}

func put(t testing.TB, dir, name, data string) {
	t.Helper()
	p := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(p), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p, []byte(data), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestWriteNewTree(t *testing.T) {
	root, dir := openRoot(t)
	targets := []Target{networkTarget(), target("mesh/asm", "a=1"), target("clusters/east", "a=1", "b=2")}
	summary := mustWrite(t, root, targets...)
	if want := (Summary{Targets: 3, Files: 7, Written: 7, ChangedTargets: 3}); summary != want {
		t.Errorf("summary %+v, want %+v", summary, want)
	}
	checkTree(t, dir, targets...)
	checkClean(t, root, targets...)
	info, err := os.Stat(filepath.Join(dir, "network/apply.sh"))
	if err != nil || runtime.GOOS != "windows" && info.Mode()&0o100 == 0 {
		t.Errorf("apply.sh: %v, %v", info.Mode(), err)
	}
}

func TestIndexContent(t *testing.T) {
	root, dir := openRoot(t)
	network := networkTarget()
	network.Files = network.Files[:1]
	mustWrite(t, root, network)
	want := fmt.Sprintf(`{
  "apiVersion": "meshtopo.dev/v1alpha1",
  "kind": "TargetIndex",
  "topology": "bookinfo",
  "target": "network",
  "files": [
    {"path": "main.tf.json", "sha256": "%x", "from": "spec.network"}
  ]
}
`, sha256.Sum256([]byte("{}\n")))
	if got := contents(t, dir)["network/meshtopo.json"]; got != want {
		t.Fatalf("index is\n%s\nwant\n%s", got, want)
	}
}

func TestWriteTwiceTouchesNothing(t *testing.T) {
	root, dir := openRoot(t)
	targets := []Target{networkTarget(), target("mesh/asm", "a=1"), target("clusters/east", "a=1", "b=2")}
	mustWrite(t, root, targets...)
	put(t, dir, "clusters/east/README.md", "mine\n")
	before := stats(t, dir)
	touched := func(step, name string) error { return fmt.Errorf("%s %s", step, name) }
	w := writer{root: root, topology: topology, prune: true, hook: touched}
	if err := w.write(sequence(targets...)); err != nil {
		t.Fatalf("a second write changes the disk: %v", err)
	}
	for name, info := range stats(t, dir) {
		if old := before[name]; old == nil || !os.SameFile(old, info) || !old.ModTime().Equal(info.ModTime()) {
			t.Errorf("%s was touched", name)
		}
	}
	if want := (Summary{Targets: 3, Files: 7}); w.summary != want {
		t.Errorf("summary %+v, want %+v", w.summary, want)
	}
}

// stats looks at the files of a directory, and keeps them open: else a new file might get the inode of one that is gone.
func stats(t *testing.T, dir string) map[string]fs.FileInfo {
	t.Helper()
	infos := make(map[string]fs.FileInfo)
	for name := range contents(t, dir) {
		file, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { file.Close() })
		info, err := file.Stat()
		if err != nil {
			t.Fatal(err)
		}
		infos[name] = info
	}
	return infos
}

func TestWriteOnlyChangedFiles(t *testing.T) {
	root, dir := openRoot(t)
	mustWrite(t, root, target("clusters/east", "a=1", "b=2"), target("clusters/west", "a=1"))
	before := stats(t, dir)
	targets := []Target{target("clusters/east", "a=1", "b=3"), target("clusters/west", "a=1")}
	if got, want := mustWrite(t, root, targets...), (Summary{Targets: 2, Files: 5, Written: 1, ChangedTargets: 1}); got != want {
		t.Errorf("summary %+v, want %+v", got, want)
	}
	checkTree(t, dir, targets...)
	for name, info := range stats(t, dir) {
		changed := !os.SameFile(before[name], info)
		if want := name == "clusters/east/services/b.yaml" || name == "clusters/east/meshtopo.json"; changed != want {
			t.Errorf("%s: replaced: %v, want %v", name, changed, want)
		}
	}
}

func TestWriteRepairsHandEdits(t *testing.T) {
	root, dir := openRoot(t)
	targets := []Target{networkTarget(), target("clusters/east", "a=1")}
	mustWrite(t, root, targets...)
	for _, edit := range []func(){
		func() { put(t, dir, "clusters/east/services/a.yaml", "edited\n") },
		func() { // of equal size
			data := contents(t, dir)["clusters/east/services/a.yaml"]
			put(t, dir, "clusters/east/services/a.yaml", "K"+data[1:])
		},
		func() { os.Remove(filepath.Join(dir, "clusters/east/services/a.yaml")) },
		func() { os.RemoveAll(filepath.Join(dir, "clusters/east/services")) },
		func() { os.Chmod(filepath.Join(dir, "network/apply.sh"), 0o644) },
		func() { os.Chmod(filepath.Join(dir, "clusters/east/services/a.yaml"), 0o755) },
		func() { os.Remove(filepath.Join(dir, "clusters/east/meshtopo.json")) },
		func() { os.RemoveAll(filepath.Join(dir, "clusters")) },
		func() {
			p := filepath.Join(dir, "clusters/east/meshtopo.json")
			data, _ := os.ReadFile(p)
			os.WriteFile(p, []byte(strings.ReplaceAll(string(data), "\n", "\r\n")), 0o666)
		},
	} {
		edit()
		found, err := Compare(root, topology, sequence(targets...), true)
		if err != nil || len(found) == 0 {
			t.Errorf("Compare does not see the edit: %v", err)
		}
		mustWrite(t, root, targets...)
		checkTree(t, dir, targets...)
		checkClean(t, root, targets...)
	}
}

func TestPrune(t *testing.T) {
	root, dir := openRoot(t)
	all := []Target{networkTarget(), target("mesh/asm", "a=1"), target("clusters/east", "a=1", "b=2"), target("clusters/west", "a=1")}
	mustWrite(t, root, all...)
	put(t, dir, "clusters/west/notes.txt", "mine")
	put(t, dir, "clusters/other/services/x.yaml", "mine")
	put(t, dir, "clusters/readme", "mine")

	rest := target("clusters/east", "a=1")
	summary, err := Write(root, topology, sequence(rest), false)
	if err != nil || summary.Removed != 0 || summary.RemovedTargets != 0 {
		t.Fatalf("without prune: %+v, %v", summary, err)
	}
	if _, found := contents(t, dir)["clusters/east/services/b.yaml"]; !found {
		t.Fatal("a file was removed without prune")
	}
	if found, err := Compare(root, topology, sequence(rest), false); err != nil || len(found) > 0 {
		t.Fatalf("Compare without prune: %v, %v", found, err)
	}
	if found, err := Compare(root, topology, sequence(rest), true); err != nil || len(found) != 4 {
		t.Fatalf("Compare with prune: %v, %v", found, err)
	}

	// Left over files stay known, so that a later write with prune removes them.
	if got, want := mustWrite(t, root, rest), (Summary{Targets: 1, Files: 2, Removed: 7, ChangedTargets: 4, RemovedTargets: 3}); got != want {
		t.Errorf("summary %+v, want %+v", got, want)
	}
	want := expected(rest)
	for name, data := range map[string]string{"clusters/west/": "", "clusters/west/notes.txt": "mine", "clusters/other/": "", "clusters/other/services/": "", "clusters/other/services/x.yaml": "mine", "clusters/readme": "mine"} {
		want[name] = data
	}
	if diff := cmp.Diff(want, contents(t, dir)); diff != "" {
		t.Fatalf("-want +on disk:\n%s", diff)
	}
	checkClean(t, root, rest)
}

func TestPruneRemovesEmptyDirectories(t *testing.T) {
	root, dir := openRoot(t)
	deep := target("clusters/east", "a=1")
	deep.Files = append(deep.Files, File{Path: "x/y/z/file.txt", Data: []byte("x")})
	mustWrite(t, root, deep, target("mesh/asm", "a=1"))
	rest := target("clusters/east", "b=1")
	mustWrite(t, root, rest)
	checkTree(t, dir, rest)
}

func TestUsersFilesAreNotTouched(t *testing.T) {
	root, dir := openRoot(t)
	first := target("clusters/east", "a=1")
	mustWrite(t, root, first)
	put(t, dir, "clusters/east/services/b.yaml", "mine\n")
	before := contents(t, dir)
	_, err := Write(root, topology, sequence(target("clusters/east", "a=2", "b=1")), true)
	var unlisted *UnlistedError
	if !errors.As(err, &unlisted) || unlisted.Path != "clusters/east/services/b.yaml" {
		t.Fatalf("error %v", err)
	}
	if diff := cmp.Diff(before, contents(t, dir)); diff != "" {
		t.Fatalf("something was written: %s", diff)
	}
	// The same bytes are taken over.
	both := target("clusters/east", "a=1", "b=1")
	put(t, dir, "clusters/east/services/b.yaml", string(service("b", "1").Data))
	mustWrite(t, root, both)
	checkTree(t, dir, both)
}

func TestOtherTopologyIsRefused(t *testing.T) {
	for _, place := range []string{"network", "mesh/asm", "clusters/zz"} {
		root, dir := openRoot(t)
		there := target(place, "a=1")
		mustWrite(t, root, there)
		before := contents(t, dir)
		for _, call := range []func() error{
			func() error {
				_, err := Write(root, "other", sequence(target("clusters/east", "a=1")), true)
				return err
			},
			func() error {
				_, err := Compare(root, "other", sequence(target("clusters/east", "a=1")), true)
				return err
			},
		} {
			err := call()
			var owner *OwnerError
			if !errors.As(err, &owner) || owner.Owner != topology || owner.Path != place+"/meshtopo.json" {
				t.Fatalf("error %v", err)
			}
		}
		if diff := cmp.Diff(before, contents(t, dir)); diff != "" {
			t.Fatalf("something was written: %s", diff)
		}
	}
}

func TestIteratorErrorStops(t *testing.T) {
	root, dir := openRoot(t)
	mustWrite(t, root, target("clusters/east", "a=1"), target("clusters/west", "a=1"), target("mesh/asm", "a=1"))
	broken := errors.New("no such region")
	summary, err := Write(root, topology, failing(broken, target("clusters/east", "a=2")), true)
	if !errors.Is(err, broken) || summary.Targets != 1 || summary.RemovedTargets != 0 {
		t.Fatalf("%+v, %v", summary, err)
	}
	checkTree(t, dir, target("clusters/east", "a=2"), target("clusters/west", "a=1"), target("mesh/asm", "a=1"))
	if _, err := Compare(root, topology, failing(broken, target("clusters/east", "a=2")), true); !errors.Is(err, broken) {
		t.Fatalf("Compare: %v", err)
	}
}

func TestBadTargets(t *testing.T) {
	withFile := func(paths ...string) Target {
		x := target("clusters/east", "a=1")
		for _, p := range paths {
			x.Files = append(x.Files, File{Path: p})
		}
		return x
	}
	for _, test := range []struct {
		name    string
		targets []Target
		want    string
	}{
		{"no targets", nil, "no target: nothing was rendered"},
		{"no files", []Target{{Name: "network"}}, "target network has no file: nothing was rendered"},
		{"no objects", []Target{{Name: "mesh/asm", Files: []File{Kustomization(nil)}}}, "target mesh/asm has no object: nothing was rendered"},
		{"name", []Target{target("../x", "a=1")}, `target "../x" is not network`},
		{"deep name", []Target{target("clusters/a/b", "a=1")}, "is not network"},
		{"upper case name", []Target{target("clusters/A", "a=1")}, "is not network"},
		{"twice", []Target{target("mesh/asm", "a=1"), target("mesh/asm", "a=1")}, `target "mesh/asm" was rendered twice`},
		{"file twice", []Target{target("mesh/asm", "a=1", "a=1")}, `file "services/a.yaml" appears twice`},
		{"folded", []Target{withFile("services/A.yaml")}, `appears twice (also as "services/a.yaml")`},
		{"parent", []Target{withFile("../a")}, `path "../a" is not a local`},
		{"absolute", []Target{withFile("/etc/passwd")}, "is not a local"},
		{"dot", []Target{withFile("a/./b")}, "is not a local"},
		{"empty", []Target{withFile("")}, "is not a local"},
		{"backslash", []Target{withFile(`a\b`)}, "a character that not every system allows"},
		{"newline", []Target{withFile("a\nb")}, "a character that not every system allows"},
		{"index", []Target{withFile("Meshtopo.json")}, "is the index's own"},
		{"temporary", []Target{withFile("x/.meshtopo-0123456789abcdef.tmp")}, "the name of a temporary file"},
		{"long", []Target{withFile(strings.Repeat("x/", 600) + "x")}, "longer than 1024 bytes"},
		{"file and directory", []Target{withFile("x", "x/y")}, `"x" is both a file and the directory of "x/y"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			root, dir := openRoot(t)
			_, err := Write(root, topology, sequence(test.targets...), true)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error %v, want %s", err, test.want)
			}
			if strings.Contains(test.want, ErrEmpty.Error()) != errors.Is(err, ErrEmpty) {
				t.Errorf("ErrEmpty: %v", err)
			}
			if test.name != "twice" && len(contents(t, dir)) > 0 {
				t.Errorf("something was written: %v", contents(t, dir))
			}
		})
	}
	root, _ := openRoot(t)
	if _, err := Write(root, "", sequence(networkTarget()), true); err == nil {
		t.Error("a topology without a name is accepted")
	}
}

func BenchmarkWriteUnchanged(b *testing.B) {
	root, _ := openRoot(b)
	var services []string
	for i := range 1000 {
		services = append(services, fmt.Sprintf("s%d=1", i))
	}
	east := target("clusters/east", services...)
	mustWrite(b, root, east)
	for b.Loop() {
		mustWrite(b, root, east)
	}
}
