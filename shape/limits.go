package shape

import (
	"math"
	"regexp"
	"unicode/utf8"
)

// limits are the bounds that the CustomResourceDefinitions set on a value and the descriptors do not carry.
type limits struct {
	number  *span  // of a number
	length  *span  // of a string, in characters
	count   *span  // of a list or map: its elements or entries
	keys    *span  // of a map with numeric keys: each key
	pattern string // of a string: a regular expression that must match
	milli   bool   // of a duration: at least 1ms
}

// span is a closed interval.
type span struct{ lo, hi float64 }

func (s *span) excludes(n float64) bool { return s != nil && (n < s.lo || n > s.hi) }

// bounds judges a number; v is the value as it was written.
func (c *checker) bounds(a at, n float64, v any) {
	s := a.limits.number
	switch {
	case !s.excludes(n):
	case s.hi == math.MaxFloat64:
		c.report(a, "", "%s must be at least %.0f, not %s", a.name, s.lo, describe(v))
	default:
		c.report(a, "", "%s must be from %.0f to %.0f, not %s", a.name, s.lo, s.hi, describe(v))
	}
}

// length judges the length of a string.
func (c *checker) length(a at, s string) {
	bound := a.limits.length
	if bound == nil {
		return
	}
	switch n := float64(utf8.RuneCountInString(s)); {
	case n < bound.lo && s == "":
		c.report(a, "", "%s must not be the empty string", a.name)
	case n < bound.lo:
		c.report(a, "", "%s must have at least %.0f characters, not %.0f", a.name, bound.lo, n)
	case n > bound.hi:
		c.report(a, "", "%s must have at most %.0f characters, not %.0f", a.name, bound.hi, n)
	}
}

// count judges the number of elements of a list or entries of a map.
func (c *checker) count(a at, n int, what string) {
	bound := a.limits.count
	if !bound.excludes(float64(n)) {
		return
	}
	if n == 0 {
		c.report(a, "", "%s must not be empty", a.name)
		return
	}
	if float64(n) < bound.lo {
		c.report(a, "", "%s must have at least %.0f %s, not %d", a.name, bound.lo, what, n)
		return
	}
	c.report(a, "", "%s must have at most %.0f %s, not %d", a.name, bound.hi, what, n)
}

// pattern judges a string by the CRD's regular expression. The expressions are few and on rare fields, so that they are
// compiled on use; one that does not compile is found by the test that matches every pattern.
func (c *checker) pattern(a at, s string) {
	if a.limits.pattern == "" {
		return
	}
	if ok, err := regexp.MatchString(a.limits.pattern, s); err == nil && !ok {
		c.report(a, "", "%s must match %s, not be %s", a.name, a.limits.pattern, quote(s))
	}
}
