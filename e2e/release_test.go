package e2e

import (
	"bytes"
	"crypto/sha256"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// release is what the tests need of .goreleaser.yaml.
type release struct {
	Builds []struct {
		ID, Main, Binary    string
		Env, Flags, Ldflags []string
		ModTimestamp        string `json:"mod_timestamp"`
	}
}

// TestReleaseBuilds builds the same commit with the flags of .goreleaser.yaml in two directories: the binaries are the same, and say the tag.
func TestReleaseBuilds(t *testing.T) {
	var r release
	if err := yaml.Unmarshal(read(t, "../.goreleaser.yaml"), &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Builds) == 0 {
		t.Fatal("no builds")
	}
	for _, b := range r.Builds[1:] { // one program under several names
		if diff := cmp.Diff([][]string{r.Builds[0].Env, r.Builds[0].Flags, r.Builds[0].Ldflags, {r.Builds[0].Main, r.Builds[0].ModTimestamp}},
			[][]string{b.Env, b.Flags, b.Ldflags, {b.Main, b.ModTimestamp}}); diff != "" {
			t.Errorf("build %s has settings of its own (-%s +%s):\n%s", b.ID, r.Builds[0].ID, b.ID, diff)
		}
	}
	dir, _ := hooks(t)
	var sums [2][32]byte
	for i, name := range []string{"a", "a directory with another name"} {
		clone := filepath.Join(t.TempDir(), name)
		run(t, "git", "clone", "-q", dir, clone)
		run(t, "git", "-C", clone, "tag", "v0.9.9")
		file := filepath.Join(t.TempDir(), "meshtopo")
		args := append([]string{"build", "-o", file}, r.Builds[0].Flags...)
		build := exec.Command("go", append(args, "-ldflags="+strings.Join(r.Builds[0].Ldflags, " "), r.Builds[0].Main)...)
		build.Dir = clone
		build.Env = append(append(os.Environ(), "GOFLAGS="), r.Builds[0].Env...)
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		data := read(t, file)
		sums[i] = sha256.Sum256(data)
		if bytes.Contains(data, []byte(clone)) {
			t.Errorf("the binary holds the directory that it was built in")
		}
		if version := string(run(t, file, "version")); !strings.HasPrefix(version, "meshtopo v0.9.9\n") {
			t.Errorf("it says it is %q, want v0.9.9", version)
		}
	}
	if sums[0] != sums[1] {
		t.Errorf("two directories give two binaries: %x and %x", sums[0], sums[1])
	}
}

// TestManPages lets mandoc read every page.
func TestManPages(t *testing.T) {
	mandoc := need(t, "mandoc")
	dir := t.TempDir()
	run(t, built.meshtopo, "man", "-o", dir)
	pages, err := filepath.Glob(filepath.Join(dir, "*.1"))
	if err != nil || len(pages) < 10 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	out, _ := exec.Command(mandoc, append([]string{"-T", "lint", "-W", "warning"}, pages...)...).CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if !strings.Contains(line, "missing date") { // a date would make two builds differ
			t.Error(strings.TrimSpace(line))
		}
	}
}
