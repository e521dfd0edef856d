package manifest

import (
	"crypto/sha256"
	"encoding/hex"
)

// Why a file differs from the render, as the index tells, which holds the hash of every file as it was written.
const (
	Stale          = "stale"            // the file is as it was written: what it is made from changed, or the program did
	Edited         = "edited"           // the file is not as it was written, and what is rendered did not change
	EditedAndStale = "edited and stale" // both
)

// cause tells why a listed file differs from what is rendered. have is what is on disk, nil for a file that is gone; want is what is
// rendered, nil for a file that no longer is. It is "" where no index tells: none is there, an interrupted write left it, or it does
// not list the file, which is then new (Stale) if nothing is on disk.
func (x *index) cause(file string, have, want []byte) string {
	if x == nil || x.State == stateWriting {
		return ""
	}
	written, found := x.entry(file)
	switch {
	case !found && have == nil:
		return Stale
	case !found:
		return ""
	}
	edited := have == nil || hashOf(have) != written.SHA256
	stale := want == nil || hashOf(want) != written.SHA256
	switch {
	case edited && stale:
		return EditedAndStale
	case edited:
		return Edited
	case stale:
		return Stale
	}
	return Edited // only its mode differs
}

func (x *index) entry(file string) (entry, bool) {
	for _, e := range x.Files {
		if e.Path == file {
			return e, true
		}
	}
	return entry{}, false
}

func hashOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
