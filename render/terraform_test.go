package render

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// unescapeTemplate reads a string of Terraform's JSON syntax as HCL's template language says, without our code: "$${" and
// "%%{" are text, and "${" and "%{" begin something.
func unescapeTemplate(s string) (text string, interpolated bool) {
	var b strings.Builder
	for i := 0; i < len(s); {
		switch rest := s[i:]; {
		case strings.HasPrefix(rest, "$${"), strings.HasPrefix(rest, "%%{"):
			b.WriteString(rest[1:3])
			i += 3
		case strings.HasPrefix(rest, "${"), strings.HasPrefix(rest, "%{"):
			return "", true
		default:
			b.WriteByte(s[i])
			i++
		}
	}
	return b.String(), false
}

func FuzzTerraformText(f *testing.F) {
	for _, s := range []string{"", "${", "$${", "$$${", "%{", "%%{if true}", "a${file(\"/etc/passwd\")}b", "$", "%{$", "${${", "\x00\xff${"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, interpolated := unescapeTemplate(terraformText(s))
		if interpolated || got != s {
			t.Errorf("%q becomes %q, which is read as %q (interpolated: %v)", s, terraformText(s), got, interpolated)
		}
	})
}

// TestTerraformNames: different lists of DNS labels have different names, and every name is one.
func TestTerraformNames(t *testing.T) {
	label := rapid.StringMatching(`[a-c01]([-a0]{0,2}[a0])?`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.SliceOfN(label, 1, 3).Draw(t, "a"), rapid.SliceOfN(label, 1, 3).Draw(t, "b")
		x, y := terraformName(a...), terraformName(b...)
		if (x == y) != slices.Equal(a, b) {
			t.Errorf("%q is %s, %q is %s", a, x, b, y)
		}
		if c := x[0]; c >= '0' && c <= '9' || c == '-' {
			t.Errorf("%s begins with %c", x, c)
		}
	})
}

// TestTerraformKinds: a value that Terraform's JSON syntax has no form for is an error, not something else.
func TestTerraformKinds(t *testing.T) {
	for _, v := range []any{1.5, []int{1}, struct{}{}, map[string]string{}} {
		if got, err := terraformValue(block{"a": []any{v}}); err == nil {
			t.Errorf("%T becomes %v", v, got)
		}
	}
}
