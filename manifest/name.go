package manifest

import "fmt"

// form is what the API server takes as a part of the URL of any object (k8s.io/apimachinery, pkg/api/validation/path and pkg/util/validation). It is no
// regular expression, since a fleet has a million objects: these took a tenth of the time of rendering one.
type form struct {
	first, inside, last func(byte) bool
	most                int  // bytes
	empty               bool // may be left out
}

func lower(c byte) bool  { return 'a' <= c && c <= 'z' }
func letter(c byte) bool { return lower(c) || 'A' <= c && c <= 'Z' }
func digit(c byte) bool  { return '0' <= c && c <= '9' }
func small(c byte) bool  { return lower(c) || digit(c) }

// Most kinds take less as a name; roles and certificate requests take this much: ASCII without blanks, % and /.
func named(c byte) bool { return '!' <= c && c <= '~' && c != '%' && c != '/' }

func (f form) fits(s string) bool {
	if s == "" {
		return f.empty
	}
	if len(s) > f.most || !f.first(s[0]) || !f.last(s[len(s)-1]) {
		return false
	}
	for i := range len(s) {
		if !f.inside(s[i]) {
			return false
		}
	}
	return true
}

// The forms of the parts of an identity.
func anyGroup() form {
	return form{small, func(c byte) bool { return small(c) || c == '-' || c == '.' }, small, 253, true}
}

func anyVersion() form {
	return form{lower, func(c byte) bool { return small(c) || c == '-' }, small, 63, false}
}

func anyKind() form {
	return form{letter, func(c byte) bool { return letter(c) || digit(c) || c == '-' }, func(c byte) bool { return letter(c) || digit(c) }, 63, false}
}

func anyNamespace() form {
	return form{small, func(c byte) bool { return small(c) || c == '-' }, small, 63, true}
}

func anyName() form { return form{named, named, named, 253, false} }

// Check says what of an identity no API server takes: such a part would name another object, or none.
func (id ID) Check() error {
	switch {
	case !anyGroup().fits(id.Group):
		return notTaken("group", id.Group)
	case !anyVersion().fits(id.Version):
		return notTaken("version", id.Version)
	case !anyKind().fits(id.Kind):
		return notTaken("kind", id.Kind)
	case !anyNamespace().fits(id.Namespace):
		return notTaken("namespace", id.Namespace)
	case !anyName().fits(id.Name), id.Name == ".", id.Name == "..":
		return notTaken("name", id.Name)
	}
	return nil
}

func notTaken(what, value string) error {
	return fmt.Errorf("no API server takes the %s %q", what, value)
}
