package istio

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshtopo/meshtopo/e2e/istio/lab"
)

// TestStatic holds what is rendered of every example against istioctl, which needs no server: `validate` knows each object's fields
// and what they may say, `analyze` what objects say of each other. Neither suffices alone: see TestBroken.
func TestStatic(t *testing.T) {
	for _, example := range examples(t) {
		t.Run(filepath.Base(example), func(t *testing.T) {
			t.Parallel()
			tree := render(t, example)
			files, objects := manifests(t, tree)
			if problems := validate(t, files); len(problems) > 0 {
				t.Errorf("istioctl validate:\n%s", strings.Join(problems, "\n"))
			}
			if diff := cmp.Diff(declared[filepath.Base(example)], analyze(t, files)); diff != "" {
				t.Errorf("istioctl analyze (-declared +found):\n%s", diff)
			}
			t.Logf("%d objects of Istio in %d files", objects, len(files))
		})
	}
}

// TestStaticOwn holds every cluster of an example with its own control planes against istioctl: what one istiod reads, it reads by itself.
func TestStaticOwn(t *testing.T) {
	for _, example := range ownExamples(t) {
		tree := render(t, example)
		clusters, err := filepath.Glob(filepath.Join(tree, "clusters", "*"))
		if err != nil || len(clusters) == 0 {
			t.Fatalf("%s: %q, %v", example, clusters, err)
		}
		for _, cluster := range clusters {
			t.Run(filepath.Base(example)+"/"+filepath.Base(cluster), func(t *testing.T) {
				files, err := lab.Files(cluster)
				if err != nil {
					t.Fatal(err)
				}
				if problems := validate(t, files); len(problems) > 0 {
					t.Errorf("istioctl validate:\n%s", strings.Join(problems, "\n"))
				}
				if diff := cmp.Diff(declared[filepath.Base(example)], analyze(t, files)); diff != "" {
					t.Errorf("istioctl analyze (-declared +found):\n%s", diff)
				}
			})
		}
	}
}

// declared are the messages of analyze that an example is known to cause, each with the reason. There are none.
var declared = map[string][]string{}

// A broken copy of an example and what must find it.
type broken struct {
	file     string // of bookinfo-hardened's tree
	old, new string
	validate string // what validate must say; "" when it cannot know
	analyze  string // what analyze must say; "" when it cannot know
}

// TestBroken proves that the tools of TestStatic can fail, and that it takes both.
func TestBroken(t *testing.T) {
	tests := map[string]broken{
		"weights sum to 110": {
			file: "services/reviews.yaml", old: "cn-beijing: 90", new: "cn-beijing: 100",
			validate: "total locality weight 110 != 100", analyze: "IST0106",
		},
		"a misspelt field": {
			file: "services/reviews.yaml", old: "baseEjectionTime:", new: "baseEjectTime:",
			validate: `unknown field "baseEjectTime"`,
		},
		"a subset that no rule has": {
			file: "routes/bookinfo.yaml", old: "host: productpage", new: "host: productpage\n        subset: v9",
			analyze: "IST0101",
		},
		"a gateway that there is not": {
			file: "routes/bookinfo.yaml", old: "- bookinfo-hangzhou", new: "- bookinfo-hangshou",
			analyze: "IST0101",
		},
	}
	for name, b := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tree := render(t, filepath.Join(repository, "topologies", "bookinfo-hardened"))
			b.apply(t, tree)
			files, _ := manifests(t, tree)
			check := func(tool, want string, found []string) {
				text := strings.Join(found, "\n")
				if want == "" && text != "" || !strings.Contains(text, want) {
					t.Errorf("istioctl %s must say %q and says %q", tool, want, text)
				}
			}
			check("validate", b.validate, validate(t, files))
			check("analyze", b.analyze, analyze(t, files))
		})
	}
}

// apply breaks a tree.
func (b broken) apply(t *testing.T, tree string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(tree, "mesh", "*", b.file))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %q, %v", b.file, found, err)
	}
	data, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(data), b.old) {
		t.Fatalf("%s has no %q", b.file, b.old)
	}
	if err := os.WriteFile(found[0], []byte(strings.Replace(string(data), b.old, b.new, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// manifests gives the manifests of a control plane and its clusters, and the number of Istio's objects in them.
func manifests(t *testing.T, tree string) (files []string, istio int) {
	t.Helper()
	for _, pattern := range []string{"mesh/*", "clusters/*"} {
		targets, err := filepath.Glob(filepath.Join(tree, pattern))
		if err != nil || len(targets) == 0 {
			t.Fatalf("%s: %q, %v", pattern, targets, err)
		}
		for _, target := range targets {
			more, err := lab.Files(target)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, more...)
			objects, err := lab.Objects(target)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range objects {
				if group, _, _ := strings.Cut(o.APIVersion(), "/"); strings.HasSuffix(group, ".istio.io") {
					istio++
				}
			}
		}
	}
	if istio == 0 {
		t.Fatalf("no object of Istio in %q", files)
	}
	return files, istio
}

// valid is what validate says of a file that it has nothing to say of.
var valid = regexp.MustCompile(`^".*" is valid$`)

// validate gives every line of `istioctl validate` but that a file is valid.
func validate(t *testing.T, files []string) []string {
	t.Helper()
	args := []string{"validate"}
	for _, file := range files {
		args = append(args, "-f", file)
	}
	out, err := exec.Command(programs.Istioctl, args...).CombinedOutput()
	var problems []string
	good := 0
	for line := range strings.Lines(string(out)) {
		line = strings.TrimSpace(line)
		if valid.MatchString(line) {
			good++
		} else if line != "" {
			problems = append(problems, line)
		}
	}
	if len(problems) == 0 && (err != nil || good != len(files)) {
		t.Fatalf("%d of %d files are said to be valid: %v\n%s", good, len(files), err, out)
	}
	return problems
}

// analyze gives what `istioctl analyze` says at all levels. Without -A it would look at the namespace default only, and find little.
func analyze(t *testing.T, files []string) []string {
	t.Helper()
	cmd := exec.Command(programs.Istioctl, append([]string{"analyze", "-A", "--use-kube=false", "-o", "json"}, files...)...)
	out, err := cmd.Output()
	if exit, ok := err.(*exec.ExitError); ok && exit.ExitCode() == 79 { // it found an error and says which
		err = nil
	}
	if err != nil {
		t.Fatalf("istioctl analyze: %v\n%s", err, out)
	}
	var messages []struct{ Code, Level, Message, Origin string }
	if err := json.Unmarshal(out, &messages); err != nil {
		t.Fatalf("istioctl analyze: %v in\n%s", err, out)
	}
	var found []string
	for _, m := range messages {
		found = append(found, fmt.Sprintf("%s [%s] %s: %s", m.Level, m.Code, m.Origin, m.Message))
	}
	return found
}
