package review

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
)

// groups gathers changes of many targets: those that are the same but for the target are one.
type groups struct {
	byContent map[string]*Change
}

// add puts a difference to those of other targets.
func (g *groups) add(d *difference) {
	change := d.report()
	key := contentKey(change, d)
	if first := g.byContent[key]; first != nil {
		first.Targets = append(first.Targets, d.target)
		return
	}
	if g.byContent == nil {
		g.byContent = map[string]*Change{}
	}
	change.Targets = []string{d.target}
	g.byContent[key] = &change
}

// changes gives what was gathered, what is worse first.
func (g *groups) changes() []Change {
	all := make([]Change, 0, len(g.byContent))
	for _, c := range g.byContent {
		slices.Sort(c.Targets)
		all = append(all, *c)
	}
	slices.SortFunc(all, func(a, b Change) int {
		return cmp.Or(cmp.Compare(b.Risk, a.Risk), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Namespace, b.Namespace),
			cmp.Compare(a.Name, b.Name), cmp.Compare(a.APIVersion, b.APIVersion), slices.Compare(a.Targets, b.Targets))
	})
	return all
}

// report gives the form that a Report has, without targets.
func (d *difference) report() Change {
	c := Change{Kind: d.id.Kind, Namespace: d.id.Namespace, Name: d.id.Name, Was: d.was, Change: d.change, File: d.file, Fields: []Field{}}
	c.APIVersion = d.id.Version
	if d.id.Group != "" {
		c.APIVersion = d.id.Group + "/" + d.id.Version
	}
	c.Risk, c.Why = d.judge()
	for i := range d.fields {
		c.Fields = append(c.Fields, d.fields[i].field())
	}
	return c
}

// contentKey is the same for changes that are the same: as they are reported, and in the values that are too long to be.
func contentKey(c Change, d *difference) string {
	text, err := json.Marshal(c)
	if err != nil {
		panic(err) // it holds strings and JSON of our own
	}
	for i := range d.fields {
		f := &d.fields[i]
		if !f.hidden && c.Fields[i].Old == nil && c.Fields[i].New == nil {
			text = fmt.Appendf(text, " %x %x", digest(f.old), digest(f.new))
		}
	}
	return string(text)
}

// maxDigest bounds the JSON, in bytes, that is written out to tell two long values apart; longer ones, which aliases make, are told apart by
// their size.
const maxDigest = 64 << 20

func digest(v any) []byte {
	if n := jsonSize(v); n > maxDigest {
		return fmt.Append(nil, n)
	}
	sum := sha256.Sum256(encodeJSON(v))
	return sum[:]
}
