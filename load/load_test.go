package load_test

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/load"
	"github.com/rogpeppe/go-internal/txtar"
)

// here runs a job without a child process: tests read nothing that loops.
func here(_ context.Context, job string, request []byte) ([]byte, error) {
	return load.Jobs()[job](request)
}

// tree writes files below a new directory and opens it.
func tree(t testing.TB, files []txtar.File) *os.Root {
	dir := t.TempDir()
	for _, f := range files {
		name := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return open(t, dir)
}

func open(t testing.TB, dir string) *os.Root {
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root
}

// Each archive holds files and, in want, what is found in each of them that is named topology.*: place, rule, path, message,
// fix and related places; or the error. A file with nothing wrong is "ok".
func TestFindings(t *testing.T) {
	archives, _ := filepath.Glob("testdata/findings/*.txtar")
	if len(archives) == 0 {
		t.Fatal("no archives in testdata/findings")
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name, a)
		})
	}
}

func golden(t *testing.T, name string, a *txtar.Archive) {
	root := tree(t, a.Files)
	var got strings.Builder
	var kept []txtar.File
	want := ""
	for _, f := range a.Files {
		if f.Name == "want" {
			want = string(f.Data)
			continue
		}
		kept = append(kept, f)
		if strings.HasPrefix(path.Base(f.Name), "topology") {
			got.WriteString(show(f.Name, root))
		}
	}
	if got.String() == want {
		return
	}
	if os.Getenv("UPDATE") == "" {
		t.Errorf("found:\n%swant:\n%s", got.String(), want)
		return
	}
	a.Files = append(kept, txtar.File{Name: "want", Data: []byte(got.String())})
	if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
		t.Fatal(err)
	}
}

func show(file string, root *os.Root) string {
	top, err := load.File(context.Background(), file, load.Options{Root: root, Isolate: here})
	if err != nil {
		return fmt.Sprintf("%s: error: %s\n", file, err)
	}
	if len(top.Findings) == 0 {
		return file + ": ok\n"
	}
	var b strings.Builder
	for _, f := range top.Findings {
		fmt.Fprintf(&b, "%s %s %s: %s\n", showPlace(f.Place), f.Rule, f.Path, f.Message)
		for _, r := range f.Related {
			fmt.Fprintf(&b, "    %s %s\n", showPlace(r.Place), r.Message)
		}
		if f.Fix != "" {
			fmt.Fprintf(&b, "    fix: %s\n", f.Fix)
		}
	}
	return b.String()
}

func showPlace(p diag.Place) string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d+%d", p.File, p.Line, p.Column, p.Width)
}
