package diag

import (
	"strconv"
	"strings"
)

// Path is a field path in a topology: spec.clusters[1].podCIDR. A key that is not a plain name stands in brackets and
// quotes: spec.clusters[0].labels["topology.istio.io/network"]. The empty path is the whole document.
type Path string

// Key is the path of a field below p.
func (p Path) Key(name string) Path {
	if !plainKey(name) {
		return p + Path("["+strconv.Quote(name)+"]")
	}
	if p == "" {
		return Path(name)
	}
	return p + "." + Path(name)
}

// Index is the path of a list element below p.
func (p Path) Index(i int) Path {
	return p + Path("["+strconv.Itoa(i)+"]")
}

// Join is the path that the relative path rel has below p.
func (p Path) Join(rel string) Path {
	if p == "" || rel == "" || strings.HasPrefix(rel, "[") {
		return p + Path(rel)
	}
	return p + "." + Path(rel)
}

// Named is the path of a list element that is known by its name, which does not change with the order of the list.
func (p Path) Named(name string) Path {
	return p + Path("[name="+name+"]")
}

// By is the path of a list element that is known by the value of one of its fields, or, with an empty field, by being that value.
func (p Path) By(field, value string) Path {
	if plainKey(value) {
		return p + Path("["+field+"="+value+"]")
	}
	return p + Path("["+field+"="+strconv.Quote(value)+"]")
}

// Step is one step of a path: a field or a list index.
type Step struct {
	Key     string
	Index   int
	IsIndex bool
}

// PathOf is the path of names (strings) and positions (ints), as readers of documents have them; what is neither is left out.
func PathOf(steps []any) Path {
	var p Path
	for _, s := range steps {
		switch s := s.(type) {
		case int:
			p = p.Index(s)
		case string:
			p = p.Key(s)
		}
	}
	return p
}

// Values gives the steps as PathOf takes them.
func (p Path) Values() []any {
	var list []any
	for _, s := range p.Steps() {
		if s.IsIndex {
			list = append(list, s.Index)
		} else {
			list = append(list, s.Key)
		}
	}
	return list
}

// Steps splits a path. A path that was not built by Key and Index yields the steps that can be read.
func (p Path) Steps() []Step {
	var steps []Step
	for rest := string(p); rest != ""; {
		var s Step
		s, rest = nextStep(rest)
		steps = append(steps, s)
	}
	return steps
}

func nextStep(s string) (Step, string) {
	s = strings.TrimPrefix(s, ".")
	if strings.HasPrefix(s, `["`) {
		if q, err := strconv.QuotedPrefix(s[1:]); err == nil {
			key, _ := strconv.Unquote(q)
			return Step{Key: key}, strings.TrimPrefix(s[1+len(q):], "]")
		}
	}
	if inner, after, ok := strings.Cut(s, "]"); ok && strings.HasPrefix(s, "[") {
		if i, err := strconv.Atoi(inner[1:]); err == nil {
			return Step{Index: i, IsIndex: true}, after
		}
		return Step{Key: inner[1:]}, after
	}
	end := strings.IndexAny(s[min(1, len(s)):], ".[")
	if end < 0 {
		return Step{Key: s}, ""
	}
	return Step{Key: s[:end+1]}, s[end+1:]
}

// Parent is the path without its last step; the parent of the empty path is the empty path.
func (p Path) Parent() Path {
	last := ""
	for rest := string(p); rest != ""; {
		last = rest
		_, rest = nextStep(rest)
	}
	return p[:len(p)-len(last)]
}

// Last is the name of the last field in the path, without indices: the word a sentence uses for it.
func (p Path) Last() string {
	name := ""
	for _, s := range p.Steps() {
		if !s.IsIndex {
			name = s.Key
		}
	}
	return name
}

func plainKey(s string) bool {
	for i, r := range s {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r != '-' && (r < '0' || r > '9')) {
			return false
		}
	}
	return s != ""
}
