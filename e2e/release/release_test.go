// Package release lets the real goreleaser make a release of the committed tree, but for its publication, and looks at what it made. It is
// a module of its own since goreleaser needs hundreds of modules.
package release

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

const version = "0.9.9"

// run runs a program in a directory.
func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	text, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", filepath.Base(name), args, err, text)
	}
	return string(text)
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// goreleaser gives the program, of the version that go.mod pins.
func goreleaser(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "goreleaser")
	run(t, ".", "go", "build", "-o", file, "github.com/goreleaser/goreleaser/v2")
	return file
}

// object is a mapping of a configuration.
type object = map[string]any

// here narrows the builds of a configuration to the platform of the test: to build all of them takes as many times as long.
func here(t *testing.T, file string) {
	t.Helper()
	var config object
	if err := yaml.Unmarshal(read(t, file), &config); err != nil {
		t.Fatal(err)
	}
	builds, _ := config["builds"].([]any)
	if len(builds) == 0 {
		t.Fatal("no builds")
	}
	for _, b := range builds {
		b.(object)["goos"], b.(object)["goarch"] = []any{runtime.GOOS}, []any{runtime.GOARCH}
	}
	text, err := yaml.Marshal(config)
	if err == nil {
		err = os.WriteFile(file, text, 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestRelease makes a release of a tag: archives with program, manual pages and completions, their checksums, and a krew manifest that names
// the archive by its own checksum.
func TestRelease(t *testing.T) {
	program := goreleaser(t)
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if text := run(t, root, program, "check"); !strings.Contains(text, "1 configuration file(s) validated") || strings.Contains(text, "deprecat") {
		t.Errorf("goreleaser check:\n%s", text)
	}
	src := filepath.Join(t.TempDir(), "src")
	run(t, root, "git", "clone", "-q", ".", src)
	here(t, filepath.Join(src, ".goreleaser.yaml"))
	run(t, src, "git", "-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "-q", "-a", "-m", "one platform")
	run(t, src, "git", "tag", "v"+version)
	run(t, src, program, "release", "--clean", "--skip=publish,announce,sbom")

	dist := filepath.Join(src, "dist")
	platform := runtime.GOOS + "_" + runtime.GOARCH
	archive := fmt.Sprintf("meshtopo_%s_%s.tar.gz", version, platform)
	krew := "kubectl-" + archive
	if names := contents(t, filepath.Join(dist, archive)); !slices.Contains(names, "meshtopo") || !slices.Contains(names, "README.md") ||
		!slices.Contains(names, "man/meshtopo-render.1") || !slices.Contains(names, "completions/meshtopo.bash") {
		t.Errorf("%s holds %v", archive, names)
	}
	if names := contents(t, filepath.Join(dist, krew)); !slices.Equal(names, []string{"kubectl-meshtopo"}) {
		t.Errorf("%s holds %v", krew, names)
	}
	sums := checksums(t, dist)
	if len(sums) != 2 {
		t.Errorf("checksums of %v", sums)
	}
	krewManifest(t, dist, krew, sums[krew])
}

// contents gives the names in an archive.
func contents(t *testing.T, file string) []string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for r := tar.NewReader(unzipped); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return names
		}
		if err != nil {
			t.Fatal(err)
		}
		if header.Uname != "root" && header.Uname != "" {
			t.Errorf("%s of %s belongs to %q", header.Name, file, header.Uname)
		}
		names = append(names, header.Name)
	}
}

// checksums gives the checksums by file, each held against the file.
func checksums(t *testing.T, dist string) map[string]string {
	t.Helper()
	sums := map[string]string{}
	for line := range strings.Lines(string(read(t, filepath.Join(dist, "checksums.txt")))) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		have := sha256.Sum256(read(t, filepath.Join(dist, name)))
		if hex.EncodeToString(have[:]) != sum {
			t.Errorf("the checksum of %s is %x, not %s", name, have, sum)
		}
		sums[name] = sum
	}
	return sums
}

// krewManifest holds the manifest against what krew asks of one: https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest.
func krewManifest(t *testing.T, dist, archive, sum string) {
	t.Helper()
	var m struct {
		APIVersion, Kind string
		Metadata         struct{ Name string }
		Spec             struct {
			Version, ShortDescription, Homepage, Description string
			Platforms                                        []struct {
				Bin, URI, SHA256 string
				Selector         struct{ MatchLabels map[string]string }
			}
		}
	}
	found, err := filepath.Glob(filepath.Join(dist, "krew", "*", "meshtopo.yaml"))
	if direct := filepath.Join(dist, "krew", "meshtopo.yaml"); len(found) == 0 {
		found = []string{direct}
	}
	if err != nil || len(found) != 1 {
		t.Fatalf("manifests %v, %v", found, err)
	}
	if err := yaml.UnmarshalStrict(read(t, found[0]), &m); err != nil {
		t.Fatal(err)
	}
	if m.APIVersion != "krew.googlecontainertools.github.com/v1alpha2" || m.Kind != "Plugin" || m.Metadata.Name != "meshtopo" || m.Spec.Version != "v"+version {
		t.Errorf("the manifest is of %+v", m)
	}
	if len(m.Spec.ShortDescription) > 50 || m.Spec.ShortDescription == "" || m.Spec.Homepage == "" || m.Spec.Description == "" {
		t.Errorf("the manifest describes %+v", m.Spec)
	}
	if len(m.Spec.Platforms) != 1 {
		t.Fatalf("platforms %+v", m.Spec.Platforms)
	}
	p := m.Spec.Platforms[0]
	want := "https://github.com/meshtopo/meshtopo/releases/download/v" + version + "/" + archive
	if p.Bin != "kubectl-meshtopo" || p.URI != want || p.SHA256 != sum || p.Selector.MatchLabels["os"] != runtime.GOOS || p.Selector.MatchLabels["arch"] != runtime.GOARCH {
		t.Errorf("the platform is %+v, want %s %s", p, want, sum)
	}
}
