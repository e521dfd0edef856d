package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"time"

	"github.com/meshtopo/meshtopo/manifest"
)

// lockWait is how long a render or a check waits for another render of the same directory.
const lockWait = time.Minute

// openOutput opens the directory dir that a tree is written to, or compared with; out is what -o names, which is dir or above it. A link there would lead what is
// written to a place of the link's choosing, and repositories hold links: it is refused, and so is a way out of the project's root through any link, where dir is below that.
func (p *project) openOutput(out, dir string, create bool) (*os.Root, error) {
	for _, name := range []string{out, dir} {
		info, err := os.Lstat(filepath.Clean(name))
		switch {
		case err != nil: // it is not there yet, or opening it will tell
		case info.Mode()&fs.ModeSymlink != 0:
			return nil, fmt.Errorf("%q is a symbolic link: name the directory that it leads to", name)
		case !info.IsDir():
			return nil, fmt.Errorf("%q is not a directory", name)
		}
	}
	open, mkdir := os.OpenRoot, os.MkdirAll
	if name, ok := below(p.root.Name(), dir); ok {
		dir, open, mkdir = name, p.root.OpenRoot, p.root.MkdirAll
	}
	if create {
		if err := mkdir(dir, 0o777); err != nil {
			return nil, cause(err)
		}
	}
	root, err := open(dir)
	return root, cause(err)
}

// below gives the name of dir below root, which has no links in it, as it is spelled and without a look at the disk.
func below(root, dir string) (string, bool) {
	if !filepath.IsAbs(dir) {
		here, err := os.Getwd()
		if err == nil {
			here, err = filepath.EvalSymlinks(here)
		}
		if err != nil {
			return "", false
		}
		dir = filepath.Join(here, dir)
	}
	name, err := filepath.Rel(root, dir)
	return name, err == nil && filepath.IsLocal(name)
}

// lock waits for other renders of a directory, and says so. Shards may write side by side, and checks read side by side.
func (a *app) lock(ctx context.Context, root *os.Root, dir string, shared bool) (release func(), err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, lockWait, fmt.Errorf("%w: gave up after %v", manifest.ErrBusy, lockWait))
	defer cancel()
	return manifest.Lock(ctx, root, shared, func() {
		if !a.quiet {
			fmt.Fprintf(a.err, "waiting for another meshtopo that is at work in %q\n", dir)
		}
	})
}

// until gives targets until the run is interrupted, so that a write stops between two of them.
func until(ctx context.Context, targets iter.Seq2[manifest.Target, error]) iter.Seq2[manifest.Target, error] {
	return func(yield func(manifest.Target, error) bool) {
		for t, err := range targets {
			if ctx.Err() != nil {
				t, err = manifest.Target{}, errors.New("interrupted before all was written: run it again")
			}
			if !yield(t, err) || err != nil {
				return
			}
		}
	}
}
