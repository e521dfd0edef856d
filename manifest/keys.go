package manifest

import (
	"cmp"
	"slices"
	"unicode"
	"unicode/utf8"
)

// sortKeys puts keys in kustomize's order. That order is not transitive for odd mixtures of letters, digits and punctuation, so
// the keys are sorted bytewise first: then the result depends on the keys alone, not on the order of a Go map.
func sortKeys(keys []string) {
	slices.Sort(keys)
	if !slices.IsSortedFunc(keys, compareKeys) {
		slices.SortStableFunc(keys, compareKeys)
	}
}

// compareKeys orders as go.yaml.in/yaml/v2 does, which kustomize and sigs.k8s.io/yaml print with: at the first character that
// differs, letters by code point, others before letters, and runs of digits by their value.
func compareKeys(a, b string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	for i > 0 && i < len(a) && i < len(b) && !utf8.RuneStart(a[i]) {
		i--
	}
	if i == len(a) || i == len(b) {
		return cmp.Compare(len(a), len(b))
	}
	ra, _ := utf8.DecodeRuneInString(a[i:])
	rb, _ := utf8.DecodeRuneInString(b[i:])
	switch la, lb := unicode.IsLetter(ra), unicode.IsLetter(rb); {
	case la && lb:
		return cmp.Compare(ra, rb)
	case la:
		return 1
	case lb:
		return -1
	}
	return compareNumbers(a, b, i, ra, rb)
}

// compareNumbers orders keys that first differ at byte i, in ra and rb, neither a letter.
func compareNumbers(a, b string, i int, ra, rb rune) int {
	var start int64
	if (ra == '0' || rb == '0') && inNumber(a[:i]) {
		start = 1 // zeros count once a number has begun: 10 < 100
	}
	na, la := leadingNumber(a[i:], start)
	nb, lb := leadingNumber(b[i:], start)
	return cmp.Or(cmp.Compare(na, nb), cmp.Compare(la, lb), cmp.Compare(ra, rb))
}

// inNumber tells whether s ends in digits that are not all zeros.
func inNumber(s string) bool {
	for s != "" {
		r, size := utf8.DecodeLastRuneInString(s)
		if !unicode.IsDigit(r) {
			return false
		}
		if r != '0' {
			return true
		}
		s = s[:len(s)-size]
	}
	return false
}

// leadingNumber reads the digits that s starts with, after start, and counts them. Digits outside ASCII count with their code
// point and large numbers wrap, both as in the order that is followed here.
func leadingNumber(s string, start int64) (value int64, digits int) {
	value = start
	for _, r := range s {
		if !unicode.IsDigit(r) {
			break
		}
		value = value*10 + int64(r-'0')
		digits++
	}
	return value, digits
}
