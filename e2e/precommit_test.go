package e2e

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// need gives the path of a program, and skips the test where it is missing unless run.sh says that nothing may be.
func need(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("MESHTOPO_REQUIRE_TOOLS") == "" {
		t.Skipf("%s is not installed; e2e/run.sh installs it", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// repository is a git repository of a test, with an environment of its own.
type repository struct {
	t   *testing.T
	dir string
	env []string
}

func newRepository(t *testing.T, env ...string) repository {
	t.Helper()
	r := repository{t: t, dir: t.TempDir(), env: append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com",
		"GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com", "PATH="+filepath.Dir(built.meshtopo)+":"+os.Getenv("PATH"))}
	r.env = append(r.env, env...)
	r.mustRun("git", "init", "-q")
	return r
}

// run gives the output of a program, both streams, and whether it ended well.
func (r repository) run(name string, args ...string) (string, bool) {
	r.t.Helper()
	var out bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = r.dir, r.env, &out, &out
	err := cmd.Run()
	return out.String(), err == nil
}

func (r repository) mustRun(name string, args ...string) string {
	r.t.Helper()
	out, ok := r.run(name, args...)
	if !ok {
		r.t.Fatalf("%s %q failed:\n%s", name, args, out)
	}
	return out
}

// commit adds everything and commits.
func (r repository) commit() (string, bool) {
	r.t.Helper()
	r.mustRun("git", "add", "-A")
	return r.run("git", "commit", "-m", "a change")
}

func (r repository) mustCommit() string {
	r.t.Helper()
	out, ok := r.commit()
	if !ok {
		r.t.Fatalf("the commit failed:\n%s", out)
	}
	return out
}

// mustNotCommit wants a commit to fail, and a sentence in the output.
func (r repository) mustNotCommit(sentence string) {
	r.t.Helper()
	out, ok := r.commit()
	if ok || !strings.Contains(out, sentence) {
		r.t.Fatalf("the commit must fail and say %q, ended well: %v\n%s", sentence, ok, out)
	}
}

func (r repository) replace(file, old, new string) {
	r.t.Helper()
	name := filepath.Join(r.dir, file)
	text := read(r.t, name)
	if !bytes.Contains(text, []byte(old)) {
		r.t.Fatalf("%s does not hold %q", file, old)
	}
	write(r.t, name, bytes.Replace(text, []byte(old), []byte(new), 1))
}

// hooks makes a git repository of this clone as it is on disk, and gives it with its revision.
func hooks(t *testing.T) (dir, revision string) {
	t.Helper()
	r := newRepository(t)
	list := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "*.go", "*.mod", "*.sum", "*.cue", "*.tmpl", "*.yaml", "review/page/*")
	list.Dir = ".."
	names, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(names), "\x00"), "\x00") {
		data, err := os.ReadFile(filepath.Join("..", name))
		if os.IsNotExist(err) {
			continue // removed, and not committed yet
		}
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(r.dir, name), data)
	}
	r.mustCommit()
	return r.dir, strings.TrimSpace(r.mustRun("git", "rev-parse", "HEAD"))
}

// preCommitConfig uses one hook of this clone.
func preCommitConfig(dir, revision, hook string) []byte {
	return []byte("repos:\n- repo: file://" + dir + "\n  rev: " + revision + "\n  hooks:\n  - id: " + hook + "\n    args: [mesh, -o, rendered]\n")
}

// TestPreCommit runs the hooks by the real pre-commit, in repositories with a mesh and its rendered tree.
func TestPreCommit(t *testing.T) {
	program := need(t, "pre-commit")
	dir, revision := hooks(t)
	cache := strings.TrimSpace(string(run(t, "go", "env", "GOMODCACHE")))
	// pre-commit gives go install a GOPATH of its own; the modules are here already.
	env := []string{"PRE_COMMIT_HOME=" + t.TempDir(), "GOMODCACHE=" + cache, "GOTOOLCHAIN=local", "GOFLAGS=-buildvcs=false"}
	start := func(t *testing.T, hook string) repository {
		r := newRepository(t, env...)
		r.mustRun(built.meshtopo, "init", "mesh")
		r.mustRun(built.meshtopo, "render", "mesh", "-o", "rendered")
		write(t, filepath.Join(r.dir, ".pre-commit-config.yaml"), preCommitConfig(dir, revision, hook))
		r.mustCommit()
		r.mustRun(program, "install")
		return r
	}
	t.Run("render", func(t *testing.T) {
		r := start(t, "meshtopo-render")
		r.replace("mesh/topology.yaml", "cluster: hangzhou, replicas: 2", "cluster: hangzhou, replicas: 3")
		r.mustNotCommit("files were modified by this hook")
		r.mustCommit()
		checkRendered(t, r)
		r.replace("mesh/topology.yaml", "name: api", "name: backend") // makes files that git does not know
		r.replace("mesh/topology.yaml", "calls: [api]", "calls: [backend]")
		r.mustNotCommit("the rendered tree was brought up to date: add it to the commit")
		r.mustCommit()
		checkRendered(t, r)
		write(t, filepath.Join(r.dir, "notes.txt"), []byte("untouched\n"))
		if out := r.mustCommit(); !strings.Contains(out, "(no files to check)Skipped") {
			t.Errorf("a commit that touches no file of the mesh must run nothing:\n%s", out)
		}
	})
	for _, hook := range []string{"meshtopo-check", "meshtopo-check-system"} {
		t.Run(hook, func(t *testing.T) {
			r := start(t, hook)
			r.replace("rendered/clusters/hangzhou/services/web.yaml", "replicas: 2", "replicas: 9")
			before := tree(t, filepath.Join(r.dir, "rendered"))
			r.mustNotCommit("spec.replicas: have 9, want 2 [edited by hand]\n  made by mesh/topology.yaml:19:")
			if diff := cmp.Diff(before, tree(t, filepath.Join(r.dir, "rendered"))); diff != "" {
				t.Errorf("a check must not write (-before +after):\n%s", diff)
			}
			r.mustRun(built.meshtopo, "render", "mesh", "-o", "rendered")
			r.replace("mesh/topology.yaml", "cluster: hangzhou, replicas: 2", "cluster: hangzhou, replicas: 3")
			r.mustNotCommit("spec.replicas: have 2, want 3 [stale]")
			r.mustRun(built.meshtopo, "render", "mesh", "-o", "rendered")
			r.mustCommit()
		})
	}
}

// checkRendered holds what is committed against a fresh render.
func checkRendered(t *testing.T, r repository) {
	t.Helper()
	if diff := cmp.Diff(tree(t, render(t, filepath.Join(r.dir, "mesh"))), tree(t, filepath.Join(r.dir, "rendered"))); diff != "" {
		t.Errorf("the hook did not repair the tree (-fresh +repaired):\n%s", diff)
	}
	if left := r.mustRun("git", "status", "--porcelain"); left != "" {
		t.Errorf("not committed:\n%s", left)
	}
}

// tree gives the files below a directory.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files[path[len(dir):]] = string(read(t, path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestExamplePreCommit runs the one command that the example documents.
func TestExamplePreCommit(t *testing.T) {
	need(t, "pre-commit")
	command := documented(t, "pre-commit")
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "PRE_COMMIT_HOME="+t.TempDir(), "GOMODCACHE="+strings.TrimSpace(string(run(t, "go", "env", "GOMODCACHE"))), "GOFLAGS=-buildvcs=false")
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("(no files to check)Skipped")) {
		t.Errorf("%v\n%s", err, out)
	}
}
