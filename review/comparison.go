package review

import "github.com/meshtopo/meshtopo/manifest"

// Comparison gathers how the objects of two sides differ, target by target. The zero value is ready.
type Comparison struct {
	Ignore *Ignore // what is silenced; nil for nothing
}

// Ignore is a file of what is silenced.
type Ignore struct{}

// Target compares one target. A side that does not have it is nil. Of files that are equal byte by byte nothing is parsed. Rendered is what
// the topology of the old side renders to now, for an old side that was read from a committed tree, else nil: a change that is there
// between old and rendered, and not between rendered and new, is of the version alone. The error names side, target, file and line of
// what cannot be read.
func (c *Comparison) Target(old, rendered, new *manifest.Target) error { return nil }

// Result gives what was found in all targets: the same change in many is one entry.
func (c *Comparison) Result() (targets []TargetDelta, changes, version []Change, ignored []Ignored) {
	return nil, nil, nil, nil
}
