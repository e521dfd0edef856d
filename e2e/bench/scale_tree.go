package main

import (
	"archive/tar"
	"bufio"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// pack puts the files of a tree into a tar file for floor, and counts objects and files.
func pack(tree, archive string) (objects, files int, err error) {
	out, err := os.Create(archive)
	if err != nil {
		return 0, 0, err
	}
	defer out.Close()
	buffer := bufio.NewWriterSize(out, 1<<20)
	w := tar.NewWriter(buffer)
	err = filepath.WalkDir(tree, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(tree, name)
		if err != nil {
			return err
		}
		files++
		objects += countIn(relative, string(data))
		if err := w.WriteHeader(&tar.Header{Name: filepath.ToSlash(relative), Size: int64(len(data)), Mode: int64(info.Mode().Perm())}); err != nil {
			return err
		}
		_, err = w.Write(data)
		return err
	})
	if err == nil {
		err = w.Close()
	}
	if err == nil {
		err = buffer.Flush()
	}
	return objects, files, err
}

// countIn counts the objects of a file of a tree. What installs Istio holds no objects, nor does the kustomization.
func countIn(name, text string) int {
	if filepath.Ext(name) != ".yaml" || filepath.Base(name) == "kustomization.yaml" || strings.Contains(name, "/install/") {
		return 0
	}
	return strings.Count("\n"+text, "\napiVersion: ")
}

// stamps gives a hash of the names, inodes and times of everything in a tree.
func stamps(tree string) (string, error) {
	h := sha256.New()
	err := filepath.WalkDir(tree, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		stat, _ := info.Sys().(*syscall.Stat_t)
		fmt.Fprintln(h, name, info.ModTime().UnixNano(), stat.Ino, stat.Ctim)
		return nil
	})
	return fmt.Sprintf("%x", h.Sum(nil)), err
}
