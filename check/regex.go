package check

import (
	"regexp"

	"github.com/meshtopo/meshtopo/diag"
)

// maxRegex is the longest regular expression, in bytes, that Envoy has been seen to take in a route (istio/istio#17411).
const maxRegex = 1024

// checkRegexes holds every regular expression in routes against RE2, which is what Envoy matches with and what Go's package
// regexp implements.
func (c *checker) checkRegexes() {
	for _, s := range c.order {
		c.checkRegex(s.HTTP, s.path.Key("http"))
	}
	for i, r := range c.Routes {
		c.checkRegex(r.HTTP, specPath.Key("routes").Index(i).Key("http"))
	}
}

// checkRegex looks for StringMatches, mappings with a text under regex, and for RegexRewrites.
func (c *checker) checkRegex(v any, at diag.Path) {
	switch v := v.(type) {
	case []any:
		for i, e := range v {
			c.checkRegex(e, at.Index(i))
		}
	case map[string]any:
		for _, key := range sortedKeys(v) {
			rewrite, _ := v[key].(map[string]any)
			if s, ok := v[key].(string); ok && key == "regex" {
				c.checkExpression(s, at.Key(key))
			} else if s, ok := rewrite["match"].(string); ok && key == "uriRegexRewrite" {
				c.checkExpression(s, at.Key(key).Key("match"))
			} else {
				c.checkRegex(v[key], at.Key(key))
			}
		}
	}
}

func (c *checker) checkExpression(s string, at diag.Path) {
	if len(s) > maxRegex {
		c.add(diag.New(diag.InvalidRegex, at, "the regular expression has %d bytes; Envoy takes %d", len(s), maxRegex).WithFix("write a shorter one, or several matches"))
		return
	}
	if _, err := regexp.Compile(s); err != nil {
		c.add(diag.New(diag.InvalidRegex, at, "%q is not a regular expression of RE2: %s", s, err).WithFix("correct the expression; backreferences and look-around are not in RE2"))
	}
}
