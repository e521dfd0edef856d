package review

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Ignore is what a repository silences: the entries of a file such as .meshtopo-ignore. It counts what each silenced.
type Ignore struct{ entries []ignoreEntry }

type ignoreEntry struct {
	target, kind, name, path string // globs
	until, reason            string
	expired                  bool
	fields                   int // silenced so far
}

const (
	ignoreForm   = "TARGET KIND/NAME PATH UNTIL REASON, such as: clusters/* Deployment/reviews-* spec.replicas 2027-03-31 the autoscaler sets it"
	maxIgnore    = 10_000 // entries, and errors of a file
	maxBadIgnore = 20
)

// ReadIgnore reads a file of what is silenced: one entry a line, of a target, a kind and name, a path of a field, the last day that the
// entry holds, and a reason. Targets, kinds, names and paths are globs in which * is any text and ? any character. A line
// that begins with # is a comment. today is YYYY-MM-DD. The error has one line for each bad line, with name and number.
func ReadIgnore(name string, data []byte, today string) (*Ignore, error) {
	if _, err := time.Parse(time.DateOnly, today); err != nil {
		return nil, fmt.Errorf("%q is not a day such as 2027-03-31", today)
	}
	ignore := new(Ignore)
	var bad []error
	number := 0
	for line := range strings.SplitSeq(strings.TrimPrefix(string(data), "\ufeff"), "\n") {
		number++
		if text := strings.TrimSpace(line); text == "" || text[0] == '#' {
			continue
		}
		entry, err := parseIgnore(line)
		switch {
		case err != nil:
			bad = append(bad, fmt.Errorf("%s:%d: %w", name, number, err))
		case len(ignore.entries) == maxIgnore:
			bad = append(bad, fmt.Errorf("%s:%d: more than %d entries", name, number, maxIgnore))
		default:
			entry.expired = entry.until < today
			ignore.entries = append(ignore.entries, entry)
		}
		if len(bad) == maxBadIgnore {
			break
		}
	}
	if bad != nil {
		return nil, errors.Join(bad...)
	}
	return ignore, nil
}

func parseIgnore(line string) (ignoreEntry, error) {
	words := strings.Fields(line)
	if len(words) < 4 {
		return ignoreEntry{}, fmt.Errorf("an entry has five parts: write %s", ignoreForm)
	}
	e := ignoreEntry{target: words[0], path: words[2], until: words[3], reason: strings.Join(words[4:], " ")}
	var both bool
	e.kind, e.name, both = strings.Cut(words[1], "/")
	if !both || e.kind == "" || e.name == "" {
		return e, fmt.Errorf("%.80q is not a kind and a name: write KIND/NAME, such as Deployment/reviews-* or */*", words[1])
	}
	if _, err := time.Parse(time.DateOnly, e.until); err != nil {
		return e, fmt.Errorf("%.80q is not a day: write the last day that the entry holds, such as 2027-03-31", e.until)
	}
	if e.reason == "" {
		return e, fmt.Errorf("the entry has no reason: write after the day why it is silenced")
	}
	return e, nil
}

// silence takes out of a difference what the entries silence, and counts it. It says whether anything is left. An entry silences the
// field of its path and what is in it; the path * alone silences whole objects.
func (ig *Ignore) silence(d *difference) bool {
	if ig == nil {
		return true
	}
	if d.change != Changed {
		for i := range ig.entries {
			if e := &ig.entries[i]; e.path == "*" && e.fits(d) {
				e.fields += max(1, len(d.fields))
				return false
			}
		}
	}
	left := d.fields[:0:0]
	for _, f := range d.fields {
		if !ig.field(d, f.path) {
			left = append(left, f)
		}
	}
	silenced := len(left) < len(d.fields)
	d.fields = left
	return d.change != Changed || !silenced || len(left) > 0
}

func (ig *Ignore) field(d *difference, path string) bool {
	for i := range ig.entries {
		if e := &ig.entries[i]; e.fits(d) && e.covers(path) {
			e.fields++
			return true
		}
	}
	return false
}

func (e *ignoreEntry) fits(d *difference) bool {
	return !e.expired && matchGlob(e.target, d.target) && matchGlob(e.kind, d.id.Kind) && matchGlob(e.name, d.id.Name)
}

func (e *ignoreEntry) covers(path string) bool {
	return matchGlob(e.path, path) || matchGlob(e.path+".*", path) || matchGlob(e.path+"[*", path)
}

// report lists all entries, in the order of the file.
func (ig *Ignore) report() []Ignored {
	if ig == nil {
		return nil
	}
	list := make([]Ignored, len(ig.entries))
	for i, e := range ig.entries {
		list[i] = Ignored{Entry: e.target + " " + e.kind + "/" + e.name + " " + e.path, Reason: e.reason, Until: e.until, Fields: e.fields}
		switch {
		case e.expired:
			list[i].Note = "expired: it silences nothing; remove it, or give it a later day"
		case e.fields == 0:
			list[i].Note = "it silenced nothing"
		}
	}
	return list
}
