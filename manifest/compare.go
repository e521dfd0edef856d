package manifest

import (
	"fmt"
	"iter"
	"os"
	"path"
	"runtime"
	"slices"
)

// maxCompared bounds, in bytes, a file on disk that is read to say where it differs.
const maxCompared = 64 << 20

// Compare tells how root differs from what Write would make of it; nothing is written. An empty result means that Write would
// do nothing. Differences come in the order of the targets and their files; targets that are no longer rendered (with
// prune) come last. Values of Secrets are never shown. Errors are those of Write.
func Compare(root *os.Root, topology string, targets iter.Seq2[Target, error], prune bool) ([]Difference, error) {
	return compare(root, topology, targets, prune, nil)
}

// ComparePart tells how root differs from what WritePart would make of it.
func ComparePart(root *os.Root, topology string, targets iter.Seq2[Target, error], mine func(target string) bool) ([]Difference, error) {
	return compare(root, topology, targets, true, mine)
}

func compare(root *os.Root, topology string, targets iter.Seq2[Target, error], prune bool, mine func(target string) bool) ([]Difference, error) {
	present, err := survey(root, topology)
	if err != nil {
		return nil, err
	}
	rendered, found, err := eachTarget(targets, runtime.GOMAXPROCS(0), func(target Target) ([]Difference, error) {
		t := newTree(root, target.Name, nil)
		defer t.close()
		c := comparison{tree: t, target: target, topology: topology, prune: prune}
		err := c.compare()
		return c.found, err
	})
	if err == nil {
		err = someTarget(rendered, mine)
	}
	if err != nil {
		return nil, err
	}
	all := slices.Concat(found...)
	for _, name := range present {
		if prune && !rendered[name] && (mine == nil || mine(name)) {
			all = append(all, Difference{Target: name, Kind: Unexpected})
		}
	}
	return all, nil
}

// comparison is of one target.
type comparison struct {
	tree     *tree
	target   Target
	topology string
	prune    bool
	old      *index // nil when there is none
	found    []Difference
}

func (c *comparison) add(d Difference) {
	d.Target = c.target.Name
	c.found = append(c.found, d)
}

func (c *comparison) compare() error {
	if _, err := c.tree.dir(c.target.Name, false); isAbsent(err) {
		c.add(Difference{Kind: Missing})
		return nil
	} else if err != nil {
		return err
	}
	old, oldData, err := c.tree.readIndex(c.topology)
	if err != nil {
		return err
	}
	c.old = old
	switch {
	case old == nil:
		c.add(Difference{File: IndexName, Kind: Missing})
	case old.State == stateWriting:
		c.add(Difference{File: IndexName, Kind: Incomplete})
	}
	for _, file := range c.target.Files {
		if err := c.compareFile(file); err != nil {
			return err
		}
	}
	next, stale, err := nextIndex(c.tree, c.topology, c.target, old, c.prune)
	if err != nil {
		return err
	}
	if c.prune {
		for _, e := range stale {
			cause, err := c.causeOfStale(e)
			if err != nil {
				return err
			}
			c.add(Difference{File: e.Path, Kind: Unexpected, Cause: cause, From: e.From})
		}
	}
	leftover, err := c.tree.temporaries(c.target.Name)
	if err != nil {
		return err
	}
	for _, name := range leftover {
		c.add(Difference{File: name, Kind: Unexpected, Note: "left by an interrupted render"})
	}
	// A changed file changes the index; that needs no telling.
	if len(c.found) == 0 {
		for _, d := range CompareFiles(IndexName, oldData, next.encode()) {
			c.add(d)
		}
	}
	return nil
}

func (c *comparison) compareFile(file File) error {
	before := len(c.found)
	have, err := c.differences(file)
	if err != nil || len(c.found) == before {
		return err
	}
	cause := c.old.cause(file.Path, have, file.Data)
	for i := range c.found[before:] {
		c.found[before+i].Cause, c.found[before+i].From = cause, file.From
	}
	return nil
}

// causeOfStale tells whether a file that is no longer rendered was edited before.
func (c *comparison) causeOfStale(e entry) (string, error) {
	info, err := c.tree.lstat(e.Path)
	if err != nil || info == nil || !info.Mode().IsRegular() || info.Size() > maxCompared {
		return "", err
	}
	have, err := c.tree.read(e.Path, maxCompared)
	if err != nil {
		return "", err
	}
	return c.old.cause(e.Path, have, nil), nil
}

// differences adds how a file differs, and gives what is on disk: nil for no file, and for one that is too large to read.
func (c *comparison) differences(file File) ([]byte, error) {
	info, err := c.tree.lstat(file.Path)
	if err != nil {
		return nil, err
	}
	if info == nil {
		c.add(Difference{File: file.Path, Kind: Missing})
		return nil, nil
	}
	if !info.Mode().IsRegular() {
		c.add(Difference{File: file.Path, Kind: Changed, Have: describe(info), Want: "a file"})
		return nil, nil
	}
	if !isExecutable(info, file.Executable) {
		d := Difference{File: file.Path, Field: "mode", Kind: Changed, Have: "not executable", Want: "executable"}
		if !file.Executable {
			d.Have, d.Want = d.Want, d.Have
		}
		c.add(d)
	}
	if info.Size() == int64(len(file.Data)) {
		if same, err := c.tree.holds(file.Path, file.Data); err != nil || same {
			return file.Data, err
		}
	}
	if info.Size() > maxCompared {
		c.add(Difference{File: file.Path, Kind: Changed, Have: fmt.Sprintf("%d bytes", info.Size()), Want: fmt.Sprintf("%d bytes", len(file.Data))})
		return nil, nil
	}
	have, err := c.tree.read(file.Path, maxCompared)
	if err != nil {
		return nil, err
	}
	for _, d := range CompareFiles(path.Base(file.Path), have, file.Data) {
		d.File = file.Path
		c.add(d)
	}
	return have, nil
}
