package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"runtime"
	"syscall"
)

// tree is the directory of one target. It opens each directory below the root once, one name at a time and never through a
// symbolic link, so that what is written to a target lies in that target. File names are relative to the target.
type tree struct {
	name string              // the target
	dirs map[string]*os.Root // by path relative to the root; "." is the caller's and stays open
	hook hook
	buf  []byte
}

// hook is called before each change of the disk with what is done ("create", "write", "rename", "remove", "mkdir") and to which path
// relative to the root. Tests stop or fail a write there; nil does nothing.
type hook func(step, name string) error

func newTree(root *os.Root, target string, h hook) *tree {
	return &tree{name: target, dirs: map[string]*os.Root{".": root}, hook: h}
}

func (t *tree) close() {
	for name, dir := range t.dirs {
		if name != "." {
			_ = dir.Close() // a directory handle; nothing is lost
		}
	}
}

// run makes a change unless the hook objects, and names what failed.
func (t *tree) run(step, name string, change func() error) error {
	var err error
	if t.hook != nil {
		err = t.hook(step, name)
	}
	if err == nil {
		err = change()
	}
	return failed(step, name, err)
}

// failed wraps an error with the whole path, of which errors of *os.Root only know the last part.
func failed(step, name string, err error) error {
	if err == nil {
		return nil
	}
	var pathErr *fs.PathError
	var linkErr *os.LinkError
	if errors.As(err, &pathErr) {
		err = pathErr.Err
	} else if errors.As(err, &linkErr) {
		err = linkErr.Err
	}
	return fmt.Errorf("%s %q: %w", step, name, err)
}

// isAbsent tells that a path does not lead to anything, because it or a directory above it is missing or is a file.
func isAbsent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// dir opens a directory by its path relative to the root; with create it makes what is missing.
func (t *tree) dir(name string, create bool) (*os.Root, error) {
	if dir, found := t.dirs[name]; found {
		return dir, nil
	}
	parent, err := t.dir(path.Dir(name), create)
	if err != nil {
		return nil, err
	}
	base := path.Base(name)
	info, err := parent.Lstat(base)
	if create && errors.Is(err, fs.ErrNotExist) {
		err = t.run("mkdir", name, func() error { return parent.Mkdir(base, 0o777) })
		if err != nil && !errors.Is(err, fs.ErrExist) { // another target's writer was faster
			return nil, err
		}
		info, err = parent.Lstat(base)
	}
	if err != nil {
		return nil, failed("open", name, err)
	}
	if !info.IsDir() {
		return nil, &blockedError{name: name, what: describe(info), want: "a directory"}
	}
	dir, err := parent.OpenRoot(base)
	if err != nil {
		return nil, failed("open", name, err)
	}
	t.dirs[name] = dir
	return dir, nil
}

// blockedError is something that stands where something else belongs.
type blockedError struct{ name, what, want string }

func (e *blockedError) Error() string {
	return fmt.Sprintf("%q is %s where %s belongs: move it away", e.name, e.what, e.want)
}

func describe(info fs.FileInfo) string {
	switch mode := info.Mode(); {
	case mode.IsDir():
		return "a directory"
	case mode.IsRegular():
		return "a file"
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	}
	return "a special file"
}

// parent gives the directory that holds a file of the target, and the file's name in it.
func (t *tree) parent(file string, create bool) (*os.Root, string, error) {
	full := path.Join(t.name, file)
	dir, err := t.dir(path.Dir(full), create)
	return dir, path.Base(full), err
}

// lstat gives nil for a file that is not there.
func (t *tree) lstat(file string) (fs.FileInfo, error) {
	dir, base, err := t.parent(file, false)
	if isAbsent(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	info, err := dir.Lstat(base)
	if isAbsent(err) {
		return nil, nil
	}
	return info, failed("stat", path.Join(t.name, file), err)
}

// open opens a regular file, and nothing that could block or lead elsewhere.
func (t *tree) open(file string) (*os.File, fs.FileInfo, error) {
	full := path.Join(t.name, file)
	dir, base, err := t.parent(file, false)
	if err != nil {
		return nil, nil, err
	}
	info, err := dir.Lstat(base)
	if err != nil {
		return nil, nil, failed("stat", full, err)
	}
	if !info.Mode().IsRegular() {
		return nil, nil, &blockedError{name: full, what: describe(info), want: "a file"}
	}
	f, err := dir.Open(base)
	return f, info, failed("open", full, err)
}

// read reads a regular file of at most limit bytes.
func (t *tree) read(file string, limit int64) ([]byte, error) {
	f, info, err := t.open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	full := path.Join(t.name, file)
	if info.Size() > limit {
		return nil, fmt.Errorf("read %q: larger than %d bytes", full, limit)
	}
	data, err := io.ReadAll(io.LimitReader(f, limit))
	return data, failed("read", full, err)
}

// holds tells whether a file on disk, of the size of data, has the bytes data.
func (t *tree) holds(file string, data []byte) (bool, error) {
	f, _, err := t.open(file)
	if err != nil {
		return false, err
	}
	defer f.Close()
	if t.buf == nil {
		t.buf = make([]byte, 1<<16)
	}
	for len(data) > 0 {
		n, err := io.ReadFull(f, t.buf[:min(len(t.buf), len(data))])
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return false, nil // it shrank meanwhile
		}
		if err != nil {
			return false, failed("read", path.Join(t.name, file), err)
		}
		if !bytes.Equal(t.buf[:n], data[:n]) {
			return false, nil
		}
		data = data[n:]
	}
	return true, nil
}

// isExecutable tells whether the mode is as wanted; Windows keeps no such bit.
func isExecutable(info fs.FileInfo, want bool) bool {
	return runtime.GOOS == "windows" || info.Mode().Perm()&0o100 != 0 == want
}
