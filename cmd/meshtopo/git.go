package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// commit is a commit of a git repository, of which files are read without touching the working tree or the index.
type commit struct {
	ctx  context.Context
	top  string           // the working tree's root
	id   string           // in full
	name string           // as the user wrote it
	size map[string]int64 // of files, in bytes
	link map[string]bool  // symbolic links, which are in size, too
}

// openCommit finds a revision in the repository that a directory is in; with mergeBase the commit where it and HEAD part.
func openCommit(ctx context.Context, dir, revision string, mergeBase bool) (*commit, error) {
	c := &commit{ctx: ctx, top: dir, name: revision}
	top, err := c.git("rev-parse", "--show-toplevel")
	if err != nil {
		return nil, fmt.Errorf("--base needs a git repository at %q: %w", dir, err)
	}
	c.top = strings.TrimSuffix(string(top), "\n")
	id, err := c.git("rev-parse", "--verify", "--quiet", "--end-of-options", revision+"^{commit}")
	if err != nil {
		return nil, c.missing(fmt.Sprintf("there is no commit %q", revision))
	}
	c.id = strings.TrimSpace(string(id))
	if mergeBase {
		id, err := c.git("merge-base", "HEAD", c.id)
		if err != nil {
			return nil, c.missing(fmt.Sprintf("no commit is known that both HEAD and %q come from", revision))
		}
		c.id = strings.TrimSpace(string(id))
	}
	return c, c.list()
}

// missing says that something is not in the repository; in a shallow clone, how to get it.
func (c *commit) missing(what string) error {
	shallow, err := c.git("rev-parse", "--is-shallow-repository")
	if err == nil && strings.TrimSpace(string(shallow)) == "true" {
		return fmt.Errorf("--base: %s in this clone, which is shallow: fetch more of the history, with git fetch --unshallow (in GitHub Actions actions/checkout with fetch-depth: 0, in GitLab GIT_DEPTH: 0)", what)
	}
	return fmt.Errorf("--base: %s in %q: see git log --oneline", what, c.top)
}

// command is a call of git that takes no lock, fetches nothing that is missing, and asks nobody.
func (c *commit) command(args ...string) *exec.Cmd {
	command := exec.CommandContext(c.ctx, "git", append([]string{"-C", c.top, "--no-pager", "--no-optional-locks", "--no-replace-objects", "--literal-pathspecs"}, args...)...)
	command.Env = append(os.Environ(), "GIT_NO_LAZY_FETCH=1", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C")
	return command
}

// git runs git and gives what it prints.
func (c *commit) git(args ...string) ([]byte, error) {
	command := c.command(args...)
	var out, complaint bytes.Buffer
	command.Stdout, command.Stderr = &out, &complaint
	err := command.Run()
	if err == nil {
		return out.Bytes(), nil
	}
	if errors.Is(err, exec.ErrNotFound) {
		return nil, errors.New("there is no program git")
	}
	if text := strings.TrimSpace(complaint.String()); text != "" {
		return nil, errors.New(strings.TrimPrefix(text, "fatal: "))
	}
	return nil, fmt.Errorf("git %s: %w", args[0], err)
}

// list notes the files of the commit. Submodules are none.
func (c *commit) list() error {
	out, err := c.git("ls-tree", "-r", "-z", "-l", "--full-tree", c.id)
	if err != nil {
		return fmt.Errorf("listing %s: %w", c.name, err)
	}
	c.size, c.link = map[string]int64{}, map[string]bool{}
	for _, entry := range strings.Split(string(out), "\x00") {
		meta, name, _ := strings.Cut(entry, "\t")
		fields := strings.Fields(meta)
		if len(fields) != 4 || fields[1] != "blob" {
			continue
		}
		if size, err := strconv.ParseInt(fields[3], 10, 64); err == nil && fs.ValidPath(name) && !strings.Contains(name, "\n") { // such a name cannot be asked for
			c.size[name] = size
			if fields[0] == "120000" {
				c.link[name] = true
			}
		}
	}
	return nil
}

// read gives files of the commit, one after the other.
func (c *commit) read(names []string, each func(name string, data []byte) error) error {
	if len(names) == 0 {
		return nil
	}
	var asked bytes.Buffer
	for _, name := range names {
		fmt.Fprintf(&asked, "%s:%s\n", c.id, name)
	}
	command := c.command("cat-file", "--batch")
	command.Stdin = &asked
	out, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return fmt.Errorf("running git: %w", err)
	}
	err = readBatch(bufio.NewReaderSize(out, 1<<16), names, each)
	if err != nil {
		_ = command.Process.Kill() // it may be writing still
	}
	if waited := command.Wait(); err == nil && waited != nil {
		err = waited
	}
	if err != nil {
		return fmt.Errorf("reading files of %s: %w", c.name, err)
	}
	return nil
}

// readBatch reads what git cat-file --batch prints: a line with hash, type and size, the bytes, and a line break for each file.
func readBatch(r *bufio.Reader, names []string, each func(name string, data []byte) error) error {
	for _, name := range names {
		head, err := r.ReadString('\n')
		if err != nil {
			return err
		}
		fields := strings.Fields(head)
		if len(fields) != 3 || fields[1] != "blob" {
			return fmt.Errorf("%q is not there", name)
		}
		size, err := strconv.Atoi(fields[2])
		if err != nil {
			return err
		}
		data := make([]byte, size+1)
		if _, err := io.ReadFull(r, data); err != nil {
			return err
		}
		if err := each(name, data[:size]); err != nil {
			return err
		}
	}
	return nil
}

// maxCheckedOut bounds, in bytes, a file that is written out: what a topology can name is smaller.
const maxCheckedOut = 8 << 20

// writeOut writes the files below a directory of the commit, as far as a topology can refer to them, to a directory that is empty. Those of
// skipped directories are left out.
func (c *commit) writeOut(below string, skipped map[string]bool, to *os.Root) error {
	var names []string
	for name, size := range c.size {
		if size <= maxCheckedOut && inside(below, name) && !skips(skipped, name) {
			names = append(names, name)
		}
	}
	return c.read(names, func(full string, data []byte) error {
		name := full
		if below != "." {
			name = strings.TrimPrefix(full, below+"/")
		}
		if err := to.MkdirAll(path.Dir(name), 0o777); err != nil {
			return err
		}
		if c.link[full] { // whoever follows it stays below the root
			return to.Symlink(string(data), name)
		}
		return to.WriteFile(name, data, 0o666)
	})
}

func inside(dir, name string) bool { return dir == "." || strings.HasPrefix(name, dir+"/") }

func skips(skipped map[string]bool, name string) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if skipped[dir] {
			return true
		}
	}
	return false
}

// pathOf gives a path of the machine as a path in the repository.
func (c *commit) pathOf(abs string) (string, error) {
	top, err := filepath.EvalSymlinks(c.top)
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(top, abs)
	if err != nil || !filepath.IsLocal(rel) {
		return "", fmt.Errorf("%q is not in the repository %q", abs, c.top)
	}
	return filepath.ToSlash(rel), nil
}
