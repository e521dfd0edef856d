package main

import (
	"os"
	"path/filepath"
	"syscall"
)

// place is a directory for everything that a benchmark writes.
type place struct {
	dir      string
	inMemory bool
}

// sharedMemory is Linux's file system in memory that every user can write to.
const sharedMemory = "/dev/shm"

// newPlace makes a directory in memory where there are as many bytes free as needed, else in the directory for temporary files.
// On a disk it is the file system that is measured: ext4 takes milliseconds to make a file soon after many were removed, since
// it looks for an inode that is not one of those.
func newPlace(needed int64) (place, error) {
	var free syscall.Statfs_t
	if syscall.Statfs(sharedMemory, &free) == nil && int64(free.Bavail)*int64(free.Bsize) >= needed {
		if dir, err := os.MkdirTemp(sharedMemory, "meshtopo-bench-"); err == nil {
			return place{dir: dir, inMemory: true}, nil
		}
	}
	dir, err := os.MkdirTemp("", "meshtopo-bench-")
	return place{dir: dir}, err
}

func (p place) String() string {
	if p.inMemory {
		return "in memory (" + sharedMemory + ")"
	}
	return "in the directory for temporary files: their times are the file system's"
}

// clear takes a tree out of the way: it is removed in memory, and set aside elsewhere.
func (p place) clear(tree string) error {
	if p.inMemory {
		return os.RemoveAll(tree)
	}
	aside, err := os.MkdirTemp(p.dir, "aside-")
	if err != nil {
		return err
	}
	if err := os.Rename(tree, filepath.Join(aside, "tree")); err != nil && !os.IsNotExist(err) {
		return err
	}
	return nil
}
