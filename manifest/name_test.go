package manifest

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestForms holds the forms against regular expressions that say the same.
func TestForms(t *testing.T) {
	for _, test := range []struct {
		name string
		form form
		want *regexp.Regexp
	}{
		{"group", anyGroup(), regexp.MustCompile(`^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?)?$`)},
		{"version", anyVersion(), regexp.MustCompile(`^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$`)},
		{"kind", anyKind(), regexp.MustCompile(`^[A-Za-z]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?$`)},
		{"namespace", anyNamespace(), regexp.MustCompile(`^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)?$`)},
		{"name", anyName(), regexp.MustCompile(`^[!-$&-.0-~]{1,253}$`)},
	} {
		t.Run(test.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				s := rapid.OneOf(
					rapid.StringMatching(`[-a-zA-Z0-9./%!~\n é]{0,8}`),
					rapid.StringMatching(test.want.String()),
					rapid.Map(rapid.IntRange(60, 260), func(n int) string { return strings.Repeat("a", n) }),
				).Draw(t, "s")
				if got, want := test.form.fits(s), test.want.MatchString(s); got != want {
					t.Errorf("%q: %v, want %v", s, got, want)
				}
			})
		})
	}
}
