package manifest

import (
	"fmt"
	"iter"
	"os"
	"path"
	"runtime"
	"slices"
)

// Summary counts what Write did.
type Summary struct {
	Targets        int // rendered
	Files          int // rendered, without the indexes
	Written        int // files created or replaced
	Removed        int // files removed, those of removed targets included
	ChangedTargets int // targets in which anything was written or removed
	RemovedTargets int // targets that left the topology
}

func (s *Summary) add(more Summary) {
	s.Targets += more.Targets
	s.Files += more.Files
	s.Written += more.Written
	s.Removed += more.Removed
	s.ChangedTargets += more.ChangedTargets
	s.RemovedTargets += more.RemovedTargets
}

// Write brings root to the state that the targets describe: it writes the files that differ and, with prune, removes files and
// targets that the topology no longer has. The package comment says how, and what an interruption leaves. Without prune,
// files that were not rendered stay listed, so that a later Write can remove them.
//
// Targets are written side by side. An *OwnerError (the directory is another topology's) comes before anything is written. ErrEmpty, an *IndexError, an
// *UnlistedError, an error of the iterator and trouble with a file stop the write at that target; targets before it are written, some after it may be, none is
// removed. The Summary says what was done.
func Write(root *os.Root, topology string, targets iter.Seq2[Target, error], prune bool) (Summary, error) {
	w := writer{root: root, topology: topology, prune: prune}
	err := w.write(targets)
	return w.summary, err
}

// WritePart writes some of a topology's targets as Write does, and prunes in them. Of the targets that are there and were not rendered, it removes those that
// are mine: the others are left to whoever writes the other parts, at the same time perhaps.
func WritePart(root *os.Root, topology string, targets iter.Seq2[Target, error], mine func(target string) bool) (Summary, error) {
	w := writer{root: root, topology: topology, prune: true, mine: mine}
	err := w.write(targets)
	return w.summary, err
}

// UnlistedError is a file that is in the way of a rendered one and is not ours, since no index lists it.
type UnlistedError struct{ Path string }

func (e *UnlistedError) Error() string {
	return fmt.Sprintf("file %q is not listed in %s and differs from what belongs there: move it away or delete it", e.Path, IndexName)
}

type writer struct {
	root     *os.Root
	topology string
	prune    bool
	mine     func(target string) bool // of a part: which targets that were not rendered are removed
	hook     hook
	summary  Summary
}

func (w *writer) write(targets iter.Seq2[Target, error]) error {
	present, err := survey(w.root, w.topology)
	if err != nil {
		return err
	}
	side := runtime.GOMAXPROCS(0)
	if w.hook != nil {
		side = 1 // a test counts the steps
	}
	rendered, done, err := eachTarget(targets, side, w.writeTarget)
	for _, s := range done {
		w.summary.add(s)
	}
	if err == nil {
		err = someTarget(rendered, w.mine)
	}
	if err != nil || !w.prune {
		return err
	}
	for _, name := range present {
		if !rendered[name] && (w.mine == nil || w.mine(name)) {
			if err := w.removeTarget(name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *writer) writeTarget(target Target) (Summary, error) {
	t := newTree(w.root, target.Name, w.hook)
	defer t.close()
	var done Summary
	p, err := w.plan(t, target)
	if err != nil {
		return done, err
	}
	done.Targets, done.Files = 1, len(target.Files)
	if p.isClean() {
		return done, nil
	}
	done.ChangedTargets = 1
	err = w.apply(t, p, &done)
	return done, err
}

// apply carries a plan out. The index tells the truth at every moment: it lists every file that may be there.
func (w *writer) apply(t *tree, p *plan, done *Summary) error {
	if err := t.removeTemporaries(t.name); err != nil {
		return err
	}
	if len(p.write)+len(p.remove) > 0 {
		if err := w.begin(t, p); err != nil {
			return err
		}
	}
	for _, e := range p.remove {
		if err := t.removeFile(e.Path, done); err != nil {
			return err
		}
	}
	for _, file := range p.write {
		if err := t.replace(file.Path, file.Data, file.Executable); err != nil {
			return err
		}
		done.Written++
	}
	if p.old != nil && p.old.State == stateWriting {
		if err := t.removeLeftovers(p.old.Files); err != nil {
			return err
		}
	}
	if slices.Equal(p.oldData, p.data) && len(p.write)+len(p.remove) == 0 {
		return nil
	}
	return t.replace(IndexName, p.data, false)
}

// begin marks the target as being written.
func (w *writer) begin(t *tree, p *plan) error {
	writing := *p.next
	writing.State = stateWriting
	if p.old != nil {
		listed := p.next.paths()
		for _, e := range p.old.Files {
			if !listed[e.Path] {
				writing.Files = append(writing.Files, e)
			}
		}
	}
	return t.replace(IndexName, writing.encode(), false)
}

// removeLeftovers removes the temporary files of an interrupted write, which can only be beside files that its index lists.
// Directories that held nothing else go too.
func (t *tree) removeLeftovers(files []entry) error {
	for _, dir := range parents(t.name, files) {
		if err := t.removeTemporaries(dir); err != nil {
			return err
		}
		if err := t.removeIfEmpty(dir, t.name); err != nil {
			return err
		}
	}
	return nil
}

// parents gives the directories, relative to the root, that hold the index and the files; deeper ones first.
func parents(target string, files []entry) []string {
	dirs := []string{target}
	for _, e := range files {
		dirs = append(dirs, path.Join(target, path.Dir(e.Path)))
	}
	slices.Sort(dirs)
	dirs = slices.Compact(dirs)
	slices.Reverse(dirs)
	return dirs
}

// removeFile removes a file and the directories in the target that it leaves empty.
func (t *tree) removeFile(file string, done *Summary) error {
	removed, err := t.remove(file)
	if err != nil {
		return err
	}
	if removed {
		done.Removed++
	}
	return t.removeIfEmpty(path.Join(t.name, path.Dir(file)), t.name)
}

// removeTarget removes the files of a target by its index, the index last, and the directories that leaves empty. Interrupted, it
// leaves an index that still lists all files, so Compare and the next Write see the rest.
func (w *writer) removeTarget(name string) error {
	t := newTree(w.root, name, w.hook)
	defer t.close()
	old, _, err := t.readIndex(w.topology)
	if err != nil {
		return err
	}
	if old == nil {
		old = &index{} // there are only temporary files
	} else {
		w.summary.RemovedTargets++
	}
	w.summary.ChangedTargets++
	for _, e := range old.Files {
		if err := t.removeFile(e.Path, &w.summary); err != nil {
			return err
		}
	}
	if err := t.removeLeftovers(old.Files); err != nil {
		return err
	}
	if _, err := t.remove(IndexName); err != nil {
		return err
	}
	if w.mine != nil {
		return t.removeIfEmpty(name, path.Dir(name)) // somebody may be making another target there
	}
	return t.removeIfEmpty(name, ".")
}
