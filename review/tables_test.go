package review

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDocument holds the tables of docs/review.md against those of the program. UPDATE=1 writes them.
func TestDocument(t *testing.T) {
	const file = "../docs/review.md"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for name, table := range map[string]string{"lists": listsTable(), "forces-new": forcesNewTable(), "levels": levelsTable(), "risk": riskTable()} {
		begin, end := "<!-- begin "+name+":", "<!-- end "+name+" -->\n"
		before, rest, found := strings.Cut(text, begin)
		head, rest, found2 := strings.Cut(rest, "-->\n")
		_, after, found3 := strings.Cut(rest, end)
		if !found || !found2 || !found3 {
			t.Fatalf("%s has no part between %q and %q", file, begin, end)
		}
		text = before + begin + head + "-->\n" + table + end + after
	}
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(data), text); diff != "" {
		t.Errorf("UPDATE=1 go test ./review rewrites it (-file +program):\n%s", diff)
	}
}

// code writes globs, each in its own backquotes.
func code(globs string) string {
	if globs == "" {
		return "any"
	}
	var all []string
	for _, glob := range strings.Fields(globs) {
		all = append(all, "`"+strings.TrimPrefix(glob, "/")+"`")
	}
	return strings.Join(all, " ")
}

func listsTable() string {
	var b strings.Builder
	b.WriteString("\n| kinds | lists | entries are matched by | order | source |\n|---|---|---|---|---|\n")
	for _, r := range listRules {
		by, order := "value", "means nothing"
		var names []string
		for _, key := range r.keys {
			names = append(names, "`"+strings.Join(key, "`+`")+"`")
		}
		if len(names) > 0 {
			by = strings.Join(names, ", else ")
		}
		switch {
		case r.ordered:
			order = "has meaning"
		case r.orderedIf != nil:
			order = "has meaning where values refer to others"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", code(r.kinds), code(r.paths), by, order, r.source)
	}
	return b.String() + "\n"
}

func forcesNewTable() string {
	var b strings.Builder
	b.WriteString("\n| resource | arguments |\n|---|---|\n")
	for _, f := range forcesNew {
		fmt.Fprintf(&b, "| `%s` | %s |\n", f.resource, code(f.arguments))
	}
	return b.String() + "\n"
}

func levelsTable() string {
	means := []string{
		None:     "nothing that runs or routes changes",
		Additive: "something is added that nothing depended on",
		Traffic:  "requests go elsewhere, or are treated otherwise",
		Identity: "who is who changes: names, accounts, selectors, policies, secrets",
		Removal:  "something that was there is gone",
		Outage:   "requests that were answered no longer are, or something must be made again",
	}
	var b strings.Builder
	b.WriteString("\n| risk | means |\n|---|---|\n")
	for i, name := range Risks() {
		fmt.Fprintf(&b, "| %s | %s |\n", name, means[i])
	}
	return b.String() + "\n"
}

func riskTable() string {
	var b strings.Builder
	b.WriteString("\n| object | kinds | fields | risk | why |\n|---|---|---|---|---|\n")
	row := func(change string, r riskRule) {
		kinds, fields := code(r.kinds), ""
		if r.names != "" {
			kinds += " named " + code(r.names)
		}
		if r.change == "" {
			fields = code(r.paths)
		}
		if r.field != "" {
			fields += " " + r.field
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", change, kinds, fields, r.risk, r.why)
	}
	forced := forcesNewRow
	forced.kinds, forced.paths = fileKind, "resource.*"
	row(Changed+", an argument of the table above", forced)
	for _, r := range riskRules {
		change := r.change
		if change == "" {
			change = Changed
		}
		row(change, r)
	}
	return b.String() + "\n"
}

// TestRiskRows asks that no row stands behind one that always fits first, and that every change has one.
func TestRiskRows(t *testing.T) {
	for i, r := range riskRules {
		if r.why == "" {
			t.Errorf("row %d has no reason", i)
		}
		for k := range i {
			if q := riskRules[k]; q.change == r.change && q.kinds == "" && q.names == "" && q.paths == "" && q.field == "" {
				t.Errorf("row %d is never reached: row %d fits all", i, k)
			}
		}
	}
	for _, change := range []string{Added, Removed, Renamed} {
		d := difference{change: change}
		if _, why := d.judge(); why == "" {
			t.Errorf("%s has no row", change)
		}
	}
}
