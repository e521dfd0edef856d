package manifest

import (
	"fmt"
	"path"
)

// Listed is what an index says of its target. A tree that is not on disk, such as one in version control, is read by it.
type Listed struct {
	Head
	Interrupted bool // the write of the target was not finished
	files       []entry
}

// ReadListed reads an index. Name is what an error calls it.
func ReadListed(name string, data []byte) (Listed, error) {
	if len(data) > maxIndexSize {
		return Listed{}, &IndexError{Path: name, Err: fmt.Errorf("larger than %d bytes", maxIndexSize)}
	}
	x, err := parseIndex(data)
	if err != nil {
		return Listed{}, &IndexError{Path: name, Err: err}
	}
	return Listed{Head: Head{Topology: x.Topology, Target: x.Target}, Interrupted: x.State == stateWriting, files: x.Files}, nil
}

// Paths gives the files of the target, relative to it, in the order of the index.
func (l Listed) Paths() []string {
	paths := make([]string, len(l.files))
	for i, e := range l.files {
		paths[i] = e.Path
	}
	return paths
}

// Load reads the files of the target. Read gets names relative to the target and gives nil for a file that is not there, which is left out.
// Edited are the files whose bytes are not those that the index was written with, missing ones included.
func (l Listed) Load(read func(name string) ([]byte, error)) (t Target, edited []string, err error) {
	t.Name = l.Target
	for _, e := range l.files {
		data, err := read(e.Path)
		if err != nil {
			return t, nil, fmt.Errorf("reading %s: %w", path.Join(l.Target, e.Path), err)
		}
		if data == nil || hashOf(data) != e.SHA256 {
			edited = append(edited, e.Path)
		}
		if data != nil {
			t.Files = append(t.Files, File{Path: e.Path, From: e.From, Data: data})
		}
	}
	return t, edited, nil
}
