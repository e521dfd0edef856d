package sandbox_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/meshtopo/meshtopo/sandbox"
)

// surroundings are what the job "reach" tries to get at.
type surroundings struct {
	TCP, UDP, Unix string // addresses where something listens
	Program        string // that ends with 0 when it is asked for no test
	Folder         string // holds the file "old"
}

// attempts are the ways out of a child. Each gives nil where it leads out.
func (s surroundings) attempts() map[string]func() error {
	in := func(name string) string { return filepath.Join(s.Folder, name) }
	dial := func(network, address string) func() error {
		return func() error {
			c, err := net.DialTimeout(network, address, 5*time.Second)
			if err != nil {
				return err
			}
			return c.Close()
		}
	}
	open := func(name string, flags int) func() error {
		return func() error {
			f, err := os.OpenFile(in(name), flags, 0o600)
			if err != nil {
				return err
			}
			return f.Close()
		}
	}
	all := map[string]func() error{
		"dial tcp": dial("tcp", s.TCP), "dial udp": dial("udp", s.UDP), "dial unix": dial("unix", s.Unix),
		"listen": func() error {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return err
			}
			return l.Close()
		},
		"program": func() error { return exec.Command(s.Program, "-test.run=^$").Run() },
		"create":  open("new", os.O_CREATE|os.O_RDONLY), "write": open("old", os.O_WRONLY), "read and write": open("old", os.O_RDWR),
		"append": open("old", os.O_APPEND|os.O_WRONLY), "empty": open("old", os.O_TRUNC|os.O_RDONLY),
		"truncate": func() error { return os.Truncate(in("old"), 1) },
		"mkdir":    func() error { return os.Mkdir(in("dir"), 0o700) },
		"symlink":  func() error { return os.Symlink("old", in("symlink")) },
		"link":     func() error { return os.Link(in("old"), in("link")) },
		"chmod":    func() error { return os.Chmod(in("old"), 0o640) },
		"chtimes":  func() error { return os.Chtimes(in("old"), time.Unix(1, 0), time.Unix(1, 0)) },
		"rename":   func() error { return os.Rename(in("renamed"), in("again")) },
		"remove":   func() error { return os.Remove(in("removed")) },
		"rmdir":    func() error { return os.Remove(in("empty")) },
	}
	for name, attempt := range s.systemAttempts() {
		all[name] = attempt
	}
	return all
}

// reach tries everything, and answers with what came of it.
func reach(request []byte) ([]byte, error) {
	var s surroundings
	if err := json.Unmarshal(request, &s); err != nil {
		return nil, err
	}
	results := map[string]string{}
	for name, attempt := range s.attempts() {
		results[name] = "it led out"
		if err := attempt(); errors.Is(err, os.ErrPermission) {
			results[name] = ""
		} else if err != nil {
			results[name] = err.Error()
		}
	}
	if text, err := os.ReadFile(filepath.Join(s.Folder, "old")); string(text) != "text" {
		results["read"] = fmt.Sprintf("%q %v", text, err)
	}
	return json.Marshal(results)
}

// newSurroundings makes what a job tries to get at; reached tells how often something came in from outside.
func newSurroundings(t *testing.T) (s surroundings, reached func() int) {
	t.Helper()
	s = surroundings{Program: os.Args[0], Folder: t.TempDir()}
	for _, name := range []string{"old", "renamed", "removed"} {
		if err := os.WriteFile(filepath.Join(s.Folder, name), []byte("text"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(s.Folder, "empty"), 0o700); err != nil {
		t.Fatal(err)
	}
	accepted := make(chan struct{}, 100)
	serve := func(network, address string) string {
		l, err := net.Listen(network, address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				accepted <- struct{}{}
				c.Close()
			}
		}()
		return l.Addr().String()
	}
	s.TCP, s.Unix = serve("tcp", "127.0.0.1:0"), serve("unix", filepath.Join(s.Folder, "socket"))
	s.UDP = s.TCP // nobody need listen
	return s, func() int {
		time.Sleep(100 * time.Millisecond) // what is under way arrives
		return len(accepted)
	}
}

// TestSealed: a child gets at no socket, no program and no file but by reading, whether or not it is asked for sealed; the same
// attempts succeed outside.
func TestSealed(t *testing.T) {
	t.Parallel()
	outside, reached := newSurroundings(t)
	for name, attempt := range outside.attempts() {
		if err := attempt(); err != nil {
			t.Errorf("%s outside of a child: %v", name, err)
		}
	}
	if n := reached(); n != 2 {
		t.Errorf("%d connections from outside of a child", n)
	}
	if !canSeal {
		t.Skip("a child cannot be sealed on this system; TestUnsealable says what comes of that")
	}
	for _, sealed := range []bool{false, true} {
		s, reached := newSurroundings(t)
		request, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		before := listing(t, s.Folder)
		limits := sandbox.DefaultLimits()
		limits.Sealed = sealed
		answer, err := sandbox.Run(t.Context(), "reach", request, limits)
		if err != nil {
			t.Fatal(err)
		}
		var results map[string]string
		if err := json.Unmarshal(answer, &results); err != nil {
			t.Fatal(err)
		}
		if len(results) != len(s.attempts()) {
			t.Errorf("%d results of %d attempts: %v", len(results), len(s.attempts()), results)
		}
		for name, result := range results {
			if result != "" {
				t.Errorf("sealed %v: %s: %s", sealed, name, result)
			}
		}
		if n := reached(); n > 0 {
			t.Errorf("%d connections came out of a child", n)
		}
		if after := listing(t, s.Folder); after != before {
			t.Errorf("the folder was changed:\n%s\n%s", before, after)
		}
		t.Logf("%d attempts, all refused", len(results))
	}
}

// TestUnsealable: where the system refuses the filter, a job that asks for it is not run, and another is.
func TestUnsealable(t *testing.T) {
	t.Parallel()
	for job, want := range map[string]string{
		"unsealable echo":        "x|<nil>",
		"unsealable sealed echo": "|running echo: this system cannot keep a child from the network, from programs and from changing files: ",
	} {
		cmd := exec.Command(os.Args[0], "x")
		cmd.Env = []string{outerEnv + "=" + job}
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.HasPrefix(string(out), want) {
			t.Errorf("%s: %s %v, want %s", job, out, err, want)
		}
	}
}

// below reads a file below a folder that it opened, and by its path.
func below(request []byte) ([]byte, error) {
	root, err := os.OpenRoot(string(request))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	if err := sandbox.SealFiles(); err != nil {
		return nil, err
	}
	inside, err := root.ReadFile("old")
	if err != nil {
		return nil, err
	}
	outside, err := os.ReadFile(filepath.Join(string(request), "old"))
	refused := errors.Is(err, os.ErrPermission)
	return fmt.Appendf(nil, "below %q, by its path %q, refused %v", inside, outside, refused), nil
}

// TestSealFiles: a job that said what it reads from reads nothing else, even what is there; outside of a child saying so does nothing.
func TestSealFiles(t *testing.T) {
	t.Parallel()
	s, _ := newSurroundings(t)
	if got, err := below([]byte(s.Folder)); err != nil || string(got) != `below "text", by its path "text", refused false` {
		t.Errorf("outside of a child: %s %v", got, err)
	}
	want := `below "text", by its path "", refused true`
	if !canSeal {
		want = `below "text", by its path "text", refused false`
	}
	if got, err := run(t, "below", s.Folder); err != nil || got != want {
		t.Errorf("%s %v, want %s", got, err, want)
	}
}

// listing tells what is in a folder.
func listing(t *testing.T, folder string) string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&b, e.Name(), info.Mode(), info.Size(), info.ModTime())
	}
	return b.String()
}
