package manifest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
)

// OwnerError is an output directory that holds targets of another topology. Nothing was written.
type OwnerError struct {
	Path     string // the index that says so, relative to the root
	Owner    string // the topology it names
	Topology string // the topology that was to be written
}

func (e *OwnerError) Error() string {
	return fmt.Sprintf("output directory belongs to topology %q (see %s), not to %q: choose another directory", e.Owner, e.Path, e.Topology)
}

// survey lists the targets that are in root, in order, also those of which an interrupted write only left temporary files.
// It reads the head of each index and nothing else of a target. A target of another topology is an *OwnerError.
func survey(root *os.Root, topology string) ([]string, error) {
	if topology == "" {
		return nil, errors.New("topology has no name")
	}
	candidates := []string{}
	for _, name := range []string{NetworkTarget, DeliveryTarget} {
		if info, err := root.Lstat(name); err == nil && info.IsDir() {
			candidates = append(candidates, name)
		}
	}
	for _, group := range []string{"mesh", "clusters"} {
		names, err := directories(root, group)
		if err != nil {
			return nil, err
		}
		candidates = append(candidates, names...)
	}
	var targets []string
	for _, target := range candidates {
		name := path.Join(target, IndexName)
		info, err := root.Lstat(name)
		if isAbsent(err) {
			if isAbandoned(root, target) {
				targets = append(targets, target)
			}
			continue
		}
		if err != nil {
			return nil, failed("stat", name, err)
		}
		if !info.Mode().IsRegular() {
			return nil, &IndexError{Path: name, Err: fmt.Errorf("it is %s", describe(info))}
		}
		head, err := ReadHead(root, name)
		if isAbsent(err) {
			continue // somebody who writes another part has just removed it
		}
		if err != nil {
			return nil, err
		}
		if head.Topology != topology {
			return nil, &OwnerError{Path: name, Owner: head.Topology, Topology: topology}
		}
		targets = append(targets, target)
	}
	return targets, nil
}

// directories lists the directories in group that can be targets; symbolic links cannot.
func directories(root *os.Root, group string) ([]string, error) {
	info, err := root.Lstat(group)
	if isAbsent(err) || err == nil && !info.IsDir() {
		return nil, nil // writing to it will complain
	}
	if err != nil {
		return nil, failed("stat", group, err)
	}
	entries, err := fs.ReadDir(root.FS(), group)
	if err != nil {
		return nil, failed("list", group, err)
	}
	var names []string
	for _, entry := range entries {
		if name := group + "/" + entry.Name(); entry.IsDir() && targetName.MatchString(name) {
			names = append(names, name)
		}
	}
	return names, nil
}

// isAbandoned tells whether a directory without index holds temporary files of ours. One that cannot be read is the user's.
func isAbandoned(root *os.Root, target string) bool {
	t := newTree(root, target, nil)
	defer t.close()
	names, err := t.temporaries(target)
	return err == nil && len(names) > 0
}
