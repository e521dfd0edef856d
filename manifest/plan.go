package manifest

import (
	"path"
	"slices"
)

// plan is what has to be done in a target.
type plan struct {
	old     *index // nil when there is none
	oldData []byte
	next    *index
	data    []byte // next, encoded
	write   []File
	remove  []entry

	// Temporary files in the target's directory itself: what is left of an interrupted begin, which the index does not show.
	leftover bool
}

func (p *plan) isClean() bool {
	return len(p.write)+len(p.remove) == 0 && !p.leftover && slices.Equal(p.oldData, p.data)
}

// plan reads the target's index and files and changes nothing.
func (w *writer) plan(t *tree, target Target) (*plan, error) {
	p := &plan{}
	var err error
	if p.old, p.oldData, err = t.readIndex(w.topology); err != nil {
		return nil, err
	}
	var stale []entry
	if p.next, stale, err = nextIndex(t, w.topology, target, p.old, w.prune); err != nil {
		return nil, err
	}
	p.data = p.next.encode()
	if w.prune {
		p.remove = stale
	}
	if _, err := t.dir(t.name, false); isAbsent(err) {
		p.write = target.Files // nothing is there that a file could be compared with
		return p, nil
	}
	leftover, err := t.temporaries(t.name)
	if err != nil {
		return nil, err
	}
	p.leftover = len(leftover) > 0
	listed := p.old.paths()
	for _, file := range target.Files {
		same, exists, err := t.status(file)
		if err != nil {
			return nil, err
		}
		if same {
			continue
		}
		if exists && !listed[file.Path] {
			return nil, &UnlistedError{Path: path.Join(t.name, file.Path)}
		}
		p.write = append(p.write, file)
	}
	return p, nil
}

// status compares a file with the disk: whether it is as it should be, and whether anything is there.
func (t *tree) status(file File) (same, exists bool, err error) {
	info, err := t.lstat(file.Path)
	if err != nil || info == nil {
		return false, false, err
	}
	if info.IsDir() {
		return false, true, &blockedError{name: path.Join(t.name, file.Path), what: "a directory", want: "a file"}
	}
	if !info.Mode().IsRegular() || info.Size() != int64(len(file.Data)) || !isExecutable(info, file.Executable) {
		return false, true, nil
	}
	same, err = t.holds(file.Path, file.Data)
	return same, true, err
}

func (x *index) paths() map[string]bool {
	if x == nil {
		return nil
	}
	paths := make(map[string]bool, len(x.Files))
	for _, e := range x.Files {
		paths[e.Path] = true
	}
	return paths
}

// nextIndex gives the index of the target as rendered, and the entries of the old one that were not rendered. Without prune those that
// are still on disk stay in the index.
func nextIndex(t *tree, topology string, target Target, old *index, prune bool) (*index, []entry, error) {
	next := &index{Topology: topology, Target: target.Name, Files: make([]entry, 0, len(target.Files))}
	rendered := make(map[string]bool, len(target.Files))
	for _, file := range target.Files {
		next.Files = append(next.Files, newEntry(file))
		rendered[file.Path] = true
	}
	if old == nil {
		return next, nil, nil
	}
	var stale []entry
	for _, e := range old.Files {
		if rendered[e.Path] {
			continue
		}
		info, err := t.lstat(e.Path)
		if err != nil {
			return nil, nil, err
		}
		if info != nil {
			stale = append(stale, e)
		}
	}
	if !prune {
		next.Files = append(next.Files, stale...)
	}
	return next, stale, nil
}
