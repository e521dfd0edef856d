package manifest

import (
	"fmt"
	"iter"
	"os"
	"path"
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

// Write brings root to the state that the targets describe: it writes the files that differ and, with prune, removes files and
// targets that the topology no longer has. The package comment says how, and what an interruption leaves. Without prune,
// files that were not rendered stay listed, so that a later Write can remove them.
//
// An *OwnerError (the directory is another topology's) comes before anything is written. ErrEmpty, an *IndexError, an *UnlistedError, an error
// of the iterator and trouble with a file stop the write at that target; targets before it stay written, none is removed.
// The Summary is good up to there.
func Write(root *os.Root, topology string, targets iter.Seq2[Target, error], prune bool) (Summary, error) {
	w := writer{root: root, topology: topology, prune: prune}
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
	hook     hook
	summary  Summary
}

func (w *writer) write(targets iter.Seq2[Target, error]) error {
	present, err := survey(w.root, w.topology)
	if err != nil {
		return err
	}
	rendered, err := eachTarget(targets, w.writeTarget)
	if err != nil || !w.prune {
		return err
	}
	for _, name := range present {
		if !rendered[name] {
			if err := w.removeTarget(name); err != nil {
				return err
			}
		}
	}
	return nil
}

// eachTarget calls do for each target, after looking it over, and gives the names of all.
func eachTarget(targets iter.Seq2[Target, error], do func(Target) error) (map[string]bool, error) {
	rendered := make(map[string]bool)
	for target, err := range targets {
		if err == nil {
			err = target.validate()
		}
		if err == nil && rendered[target.Name] {
			err = fmt.Errorf("target %q was rendered twice", target.Name)
		}
		if err == nil {
			err = do(target)
		}
		if err != nil {
			return rendered, err
		}
		rendered[target.Name] = true
	}
	if len(rendered) == 0 {
		return rendered, fmt.Errorf("no target: %w", ErrEmpty)
	}
	return rendered, nil
}

func (w *writer) writeTarget(target Target) error {
	t := newTree(w.root, target.Name, w.hook)
	defer t.close()
	p, err := w.plan(t, target)
	if err != nil {
		return err
	}
	w.summary.Targets++
	w.summary.Files += len(target.Files)
	if p.isClean() {
		return nil
	}
	w.summary.ChangedTargets++
	return w.apply(t, p)
}

// apply carries a plan out. The index tells the truth at every moment: it lists every file that may be there.
func (w *writer) apply(t *tree, p *plan) error {
	if err := t.removeTemporaries(t.name); err != nil {
		return err
	}
	if len(p.write)+len(p.remove) > 0 {
		if err := w.begin(t, p); err != nil {
			return err
		}
	}
	for _, e := range p.remove {
		if err := w.removeFile(t, e.Path); err != nil {
			return err
		}
	}
	for _, file := range p.write {
		if err := t.replace(file.Path, file.Data, file.Executable); err != nil {
			return err
		}
		w.summary.Written++
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
func (w *writer) removeFile(t *tree, file string) error {
	removed, err := t.remove(file)
	if err != nil {
		return err
	}
	if removed {
		w.summary.Removed++
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
		if err := w.removeFile(t, e.Path); err != nil {
			return err
		}
	}
	if err := t.removeLeftovers(old.Files); err != nil {
		return err
	}
	if _, err := t.remove(IndexName); err != nil {
		return err
	}
	return t.removeIfEmpty(name, ".")
}
