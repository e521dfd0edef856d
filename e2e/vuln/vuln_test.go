// Package vuln pins govulncheck, apart from the program's own module, whose versions it would change. vuln.sh is what make lint runs.
package vuln

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// run runs vuln.sh on the program of the test with a database and further variables of the environment.
func run(t *testing.T, env ...string) (status int, output string) {
	t.Helper()
	script, err := filepath.Abs("vuln.sh")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", script, "./...")
	cmd.Dir = filepath.Join("testdata", "program")
	cmd.Env = append(os.Environ(), env...)
	text, err := cmd.CombinedOutput()
	if failed := (*exec.ExitError)(nil); err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(text)
}

// database copies the database of the test; without its entry when it is to know nothing.
func database(t *testing.T, empty bool) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/db")); err != nil {
		t.Fatal(err)
	}
	if empty {
		if err := os.WriteFile(filepath.Join(dir, "index", "modules.json"), []byte("[]\n"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return "GOVULNDB=file://" + dir
}

// TestScan: what the database knows and the program calls is found and fails; what it does not know is not.
func TestScan(t *testing.T) {
	if status, out := run(t, database(t, false)); status != 3 || !strings.Contains(out, "GO-0000-0001") || !strings.Contains(out, "main.go") {
		t.Errorf("a known vulnerability: exit %d\n%s", status, out)
	}
	if status, out := run(t, database(t, true)); status != 0 || !strings.Contains(out, "No vulnerabilities found") {
		t.Errorf("none known: exit %d\n%s", status, out)
	}
}

// TestUnreachable: without the network that is said and passes, but a database that was named must be there.
func TestUnreachable(t *testing.T) {
	nowhere := []string{"HTTPS_PROXY=http://127.0.0.1:1", "GOVULNDB="}
	if status, out := run(t, nowhere...); status != 0 || !strings.Contains(out, "govulncheck: SKIPPED: ") {
		t.Errorf("no network: exit %d\n%s", status, out)
	}
	if status, out := run(t, "GOVULNDB=file://"+filepath.Join(t.TempDir(), "nowhere")); status == 0 || strings.Contains(out, "SKIPPED") {
		t.Errorf("no such database: exit %d\n%s", status, out)
	}
}
