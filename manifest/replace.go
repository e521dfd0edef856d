package manifest

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"strings"
	"syscall"
)

// replace puts a file in place as a whole: temporary file, then rename.
func (t *tree) replace(file string, data []byte, executable bool) error {
	dir, base, err := t.parent(file, true)
	if err != nil {
		return err
	}
	full, temporary := path.Join(t.name, file), temporaryName()
	if err := t.create(dir, temporary, full, data, executable); err != nil {
		return err
	}
	err = t.run("rename", full, func() error { return dir.Rename(temporary, base) })
	if err != nil {
		_ = dir.Remove(temporary) // the first error counts
	}
	return err
}

func (t *tree) create(dir *os.Root, temporary, full string, data []byte, executable bool) error {
	mode := fs.FileMode(0o666)
	if executable {
		mode = 0o777
	}
	var f *os.File
	err := t.run("create", full, func() (err error) {
		f, err = dir.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		return err
	})
	if err != nil {
		return err
	}
	err = t.run("write", full, func() error { _, err := f.Write(data); return err })
	if closeErr := f.Close(); err == nil {
		err = failed("write", full, closeErr)
	}
	if err != nil {
		_ = dir.Remove(temporary) // the first error counts
	}
	return err
}

// remove removes a file and tells whether there was one; a directory in its place is an error.
func (t *tree) remove(file string) (bool, error) {
	info, err := t.lstat(file)
	if info == nil || err != nil {
		return false, err
	}
	full := path.Join(t.name, file)
	if info.IsDir() {
		return false, &blockedError{name: full, what: "a directory", want: "a file"}
	}
	dir, base, err := t.parent(file, false)
	if err != nil {
		return false, err
	}
	return true, t.run("remove", full, func() error { return dir.Remove(base) })
}

// removeIfEmpty removes a directory and those above it, up to and without the directory stop, as long as they are empty. Names are
// relative to the root.
func (t *tree) removeIfEmpty(name, stop string) error {
	for ; name != stop && name != "."; name = path.Dir(name) {
		parent, err := t.dir(path.Dir(name), false)
		if isAbsent(err) {
			continue
		}
		if err != nil {
			return err
		}
		if dir, found := t.dirs[name]; found {
			_ = dir.Close() // Windows does not remove an open directory
			delete(t.dirs, name)
		}
		err = t.run("remove", name, func() error { return parent.Remove(path.Base(name)) })
		if errors.Is(err, fs.ErrExist) || errors.Is(err, syscall.ENOTEMPTY) {
			return nil // not empty
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// temporaries lists what an interrupted write left in a directory, named relative to the root.
func (t *tree) temporaries(name string) ([]string, error) {
	dir, err := t.dir(name, false)
	if isAbsent(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	entries, err := fs.ReadDir(dir.FS(), ".")
	if err != nil {
		return nil, failed("read", name, err)
	}
	var names []string
	for _, entry := range entries {
		if isTemporary(entry.Name()) && !entry.IsDir() {
			names = append(names, entry.Name())
		}
	}
	return names, nil
}

func (t *tree) removeTemporaries(name string) error {
	names, err := t.temporaries(name)
	if err != nil || len(names) == 0 {
		return err
	}
	dir, err := t.dir(name, false)
	for _, base := range names {
		if err != nil {
			return err
		}
		err = t.run("remove", path.Join(name, base), func() error { return dir.Remove(base) })
	}
	return err
}

const temporaryPrefix, temporarySuffix = ".meshtopo-", ".tmp"

// temporaryName is random so that two writers never share a temporary file; it never shows in a result.
func temporaryName() string {
	return fmt.Sprintf("%s%016x%s", temporaryPrefix, rand.Uint64(), temporarySuffix)
}

func isTemporary(base string) bool {
	digits, found := strings.CutPrefix(base, temporaryPrefix)
	digits, ok := strings.CutSuffix(digits, temporarySuffix)
	_, err := hex.DecodeString(digits)
	return found && ok && len(digits) == 16 && err == nil
}
