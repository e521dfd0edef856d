// Command floor writes the files of an archive into a directory as meshtopo writes a tree, and does nothing else: for each target the index, each file as a
// temporary file that is renamed, the index again; as many targets side by side as there are processors. No renderer that leaves the same tree in the same order
// can be faster than that.
//
// Usage: floor ARCHIVE DIR. The archive is a tar file in which the files of a target follow one another.
package main

import (
	"archive/tar"
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"runtime"
	"strings"
	"sync"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: floor ARCHIVE DIR")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "floor:", err)
		os.Exit(1)
	}
}

// file is one file of a target; name is relative to the root.
type file struct {
	name string
	mode fs.FileMode
	data []byte
}

const indexName = "meshtopo.json"

func run(archive, dir string) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	targets := make(chan []file, 1)
	var writers sync.WaitGroup
	errs := make([]error, runtime.GOMAXPROCS(0))
	for i := range errs {
		writers.Go(func() {
			for t := range targets {
				if err := writeTarget(root, t); err != nil && errs[i] == nil {
					errs[i] = err
				}
			}
		})
	}
	err = read(bufio.NewReaderSize(f, 1<<20), targets)
	close(targets)
	writers.Wait()
	return errors.Join(append(errs, err)...)
}

// read sends the files of one target after another.
func read(archive io.Reader, targets chan<- []file) error {
	r := tar.NewReader(archive)
	var files []file
	target := ""
	for {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		data := make([]byte, h.Size)
		if _, err := io.ReadFull(r, data); err != nil {
			return err
		}
		if t := targetOf(h.Name); t != target {
			if len(files) > 0 {
				targets <- files
			}
			files, target = nil, t
		}
		files = append(files, file{name: h.Name, mode: fs.FileMode(h.Mode), data: data})
	}
	if len(files) > 0 {
		targets <- files
	}
	return nil
}

// targetOf gives the first two elements of a path.
func targetOf(name string) string {
	parts := strings.SplitN(name, "/", 3)
	return strings.Join(parts[:min(2, len(parts))], "/")
}

func writeTarget(root *os.Root, files []file) error {
	w := writer{dirs: map[string]*os.Root{".": root}}
	defer w.close()
	var index file
	for _, f := range files {
		if path.Base(f.name) == indexName {
			index = f
		}
	}
	if err := w.replace(index); err != nil {
		return err
	}
	for _, f := range files {
		if f.name == index.name {
			continue
		}
		if err := w.replace(f); err != nil {
			return err
		}
	}
	return w.replace(index)
}

type writer struct {
	dirs  map[string]*os.Root
	count int
}

func (w *writer) close() {
	for name, dir := range w.dirs {
		if name != "." {
			dir.Close()
		}
	}
}

func (w *writer) dir(name string) (*os.Root, error) {
	if dir := w.dirs[name]; dir != nil {
		return dir, nil
	}
	parent, err := w.dir(path.Dir(name))
	if err != nil {
		return nil, err
	}
	if err := parent.Mkdir(path.Base(name), 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	dir, err := parent.OpenRoot(path.Base(name))
	if err == nil {
		w.dirs[name] = dir
	}
	return dir, err
}

func (w *writer) replace(f file) error {
	dir, err := w.dir(path.Dir(f.name))
	if err != nil {
		return err
	}
	w.count++
	temporary := fmt.Sprintf(".meshtopo-%016x.tmp", w.count)
	out, err := dir.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, f.mode)
	if err != nil {
		return err
	}
	if _, err := out.Write(f.data); err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	return dir.Rename(temporary, path.Base(f.name))
}
