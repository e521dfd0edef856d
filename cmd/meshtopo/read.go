package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// maxSmall is the size, in bytes, of files of a repository that are read beside topologies.
const maxSmall = 8 << 20

// readSmall reads a regular file of at most 8 MiB. A pipe would wait, a device would not end, and a stranger's repository can hold both.
func readSmall(files fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(files, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxSmall {
		return nil, fmt.Errorf("not a regular file of at most %d MiB", maxSmall>>20)
	}
	return fs.ReadFile(files, name)
}

// inside refuses a file or directory outside --root, and a link in a repository that leads out of it: it may have come with a
// stranger's change, and what it leads to would be printed.
func (a *app) inside(arg string, info fs.FileInfo) error {
	switch mode := info.Mode(); {
	case mode&fs.ModeDevice != 0 && !isNullDevice(info):
		return errors.New("it is a device, and no file or pipe")
	case mode&fs.ModeSocket != 0:
		return errors.New("it is a socket, and no file or pipe")
	case !mode.IsDir() && !mode.IsRegular():
		return nil // a pipe of the shell's, or nothing
	}
	abs, err := filepath.Abs(arg)
	if err != nil {
		return err
	}
	root, err := a.rootOf(filepath.Dir(abs))
	if err != nil || a.root == "" && !isMarked(root) {
		return err
	}
	real, err := filepath.EvalSymlinks(arg) // as it was written: what .. means behind a link is up to the link
	if err == nil {
		real, err = filepath.Abs(real)
	}
	if err != nil {
		return err
	}
	if root, err = filepath.EvalSymlinks(root); err != nil {
		return err
	}
	if relative, err := filepath.Rel(root, real); err != nil || !filepath.IsLocal(relative) {
		return errors.New("it is outside the root")
	}
	return nil
}

// isNullDevice knows the device that stands for nothing, which may be a side.
func isNullDevice(info fs.FileInfo) bool {
	null, err := os.Stat(os.DevNull)
	return err == nil && os.SameFile(null, info)
}

// isMarked says whether a directory is marked as a root.
func isMarked(dir string) bool {
	for _, mark := range []string{".git", ".meshtopo-root"} {
		if _, err := os.Lstat(filepath.Join(dir, mark)); err == nil {
			return true
		}
	}
	return false
}
