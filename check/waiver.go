package check

import (
	"cmp"
	"slices"
	"time"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
)

// Waivers silences what spec.waivers names, and knows which of them did. Findings come in several waves, those of overlays after
// those of check, so that what is unused is known at the end only. It has no clock.
type Waivers struct {
	list []mesh.WaiverSpec
	used []bool
	seen map[string][]diag.Path // the paths of findings that came by, by rule
}

// NewWaivers gives the waivers of a topology, and findings about those that are refused.
func NewWaivers(s *mesh.Spec) (*Waivers, []diag.Finding) {
	w := &Waivers{list: s.Spec.Waivers, used: make([]bool, len(s.Spec.Waivers)), seen: map[string][]diag.Path{}}
	var findings []diag.Finding
	first := map[mesh.WaiverSpec]int{}
	for i, v := range w.list {
		at := waiverPath(i)
		key := mesh.WaiverSpec{Rule: v.Rule, Path: v.Path}
		rule, known := ruleOf(v.Rule)
		switch other, twice := first[key]; {
		case !known:
			findings = append(findings, diag.New(diag.WaiverRefused, at.Key("rule"), "there is no rule %s", v.Rule).WithFix("correct the id, or remove the waiver"))
		case !rule.Waivable:
			findings = append(findings, diag.New(diag.WaiverRefused, at.Key("rule"), "rule %s (%s) cannot be waived", rule.ID, rule.Name).
				WithFix("mend what it finds, and remove the waiver"))
		case twice:
			findings = append(findings, diag.New(diag.WaiverRefused, at, "there is a waiver for %s at %s already", v.Rule, v.Path).
				WithFix("remove one of the two").WithRelated(waiverPath(other), "the first is here"))
		default:
			first[key] = i
		}
		if _, err := time.Parse(time.DateOnly, v.Expires); v.Expires != "" && err != nil {
			findings = append(findings, diag.New(diag.WaiverRefused, at.Key("expires"), "%s is not a day of the calendar", v.Expires).WithFix("write a day that there is: YYYY-MM-DD"))
		}
	}
	return w, findings
}

func waiverPath(i int) diag.Path { return specPath.Key("waivers").Index(i) }

func ruleOf(id string) (diag.Rule, bool) {
	rules := diag.Rules()
	i := slices.IndexFunc(rules, func(r diag.Rule) bool { return r.ID == id })
	if i < 0 {
		return diag.Rule{}, false
	}
	return rules[i], true
}

// Apply gives the findings that no waiver silences. A waiver names the path of a finding as it is or with list elements by name
// (Finding.Named).
func (w *Waivers) Apply(findings []diag.Finding) []diag.Finding {
	return slices.DeleteFunc(slices.Clone(findings), func(f diag.Finding) bool {
		if !diag.Lookup(f.Rule).Waivable {
			return false
		}
		w.seen[f.Rule] = append(w.seen[f.Rule], cmp.Or(f.Named, f.Path))
		silenced := false
		for i, v := range w.list {
			if v.Rule == f.Rule && (v.Path == string(f.Path) || v.Path == string(f.Named)) {
				w.used[i], silenced = true, true
			}
		}
		return silenced
	})
}

// Unused gives findings about the waivers that silenced nothing. It is for when all findings have been applied.
func (w *Waivers) Unused() []diag.Finding {
	var findings []diag.Finding
	for i, v := range w.list {
		if w.used[i] {
			continue
		}
		found := diag.New(diag.WaiverUnused, waiverPath(i), "the waiver silences nothing: %s finds nothing at %s", v.Rule, v.Path).WithFix("remove the waiver")
		if paths := w.seen[v.Rule]; len(paths) > 0 {
			found = found.WithFix("remove the waiver, or correct its path: %s finds something at %s", v.Rule, somePaths(paths))
		}
		findings = append(findings, found)
	}
	return findings
}

func somePaths(paths []diag.Path) string {
	var texts []string
	for _, p := range paths {
		texts = append(texts, string(p))
	}
	slices.Sort(texts)
	return some(slices.Compact(texts), "and")
}

// Expired gives findings about the waivers that expire on this day, YYYY-MM-DD, or have expired before.
func (w *Waivers) Expired(day string) []diag.Finding {
	var findings []diag.Finding
	for i, v := range w.list {
		if v.Expires != "" && v.Expires <= day {
			findings = append(findings, diag.New(diag.WaiverExpired, waiverPath(i).Key("expires"), "the waiver for %s at %s expired on %s: %s", v.Rule, v.Path, v.Expires, v.Reason).
				WithFix("mend what it silences and remove it, or write another day"))
		}
	}
	return findings
}
