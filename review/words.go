package review

import (
	"path"
	"strconv"
	"strings"
)

// How parts of a report are called, the same in every format. What is returned is not escaped.

// counted is a number of things: 1 object, 2 objects.
func counted(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return grouped(n) + " " + plural(word)
}

func plural(word string) string {
	if stem, found := strings.CutSuffix(word, "y"); found {
		return stem + "ies"
	}
	return word + "s"
}

// grouped is a number with a comma between thousands.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// listed joins names: a, b and c. Of more than most it says the first and how many more there are.
func listed(names []string, most int) string {
	if more := len(names) - most; more > 1 {
		return strings.Join(names[:most], ", ") + " and " + grouped(more) + " more"
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// placeName is a place as people say it: cn-hangzhou for region/cn-hangzhou, "cluster ack-hangzhou", "reviews in cn-hangzhou".
func placeName(place string) string {
	if name, fails := strings.CutSuffix(place, Failing); fails {
		return placeName(name) + " failing"
	}
	first, narrowings, _ := strings.Cut(place, "@")
	kind, name, _ := strings.Cut(first, "/")
	switch kind {
	case "region":
		name = strings.TrimSpace(name)
	case "zone", "cluster", "gateway":
		name = kind + " " + name
	case "link":
		name = "the link " + name
	case "service":
		if narrowings == "" {
			name = "service " + name
		}
	case "mesh":
		name = "the control plane"
	default:
		return place
	}
	version, where := "", ""
	for narrowings != "" {
		var one string
		one, narrowings, _ = strings.Cut(narrowings, "@")
		if what, value, _ := strings.Cut(one, "/"); what == "version" {
			version += " " + value
		} else {
			where += " in " + value
		}
	}
	return name + version + where
}

// placeNames says several places that are lost at once.
func placeNames(places []string) string {
	names := make([]string, len(places))
	for i, p := range places {
		names[i] = placeName(p)
	}
	return listed(names, maxNames)
}

// maxNames is how many names a sentence lists.
const maxNames = 3

// whenLost says when: "if cn-hangzhou is lost", or "" while all is up.
func whenLost(lost []string) string {
	switch len(lost) {
	case 0:
		return ""
	case 1:
		if name, fails := strings.CutSuffix(lost[0], Failing); fails {
			return "if " + placeName(name) + " fails"
		}
		return "if " + placeName(lost[0]) + " is lost"
	}
	return "if " + placeNames(lost) + " are lost"
}

// alikeNames says which other losses have the same result: "cluster ack-hangzhou, or zone cn-hangzhou/a, or 3 more".
func alikeNames(alike [][]string) string {
	var names []string
	for i, places := range alike {
		if i == maxNames && len(alike) > maxNames+1 {
			names = append(names, grouped(len(alike)-maxNames)+" more")
			break
		}
		names = append(names, placeNames(places))
	}
	return strings.Join(names, ", or ")
}

// objectName is what a change is of: "DestinationRule default/reviews", "file network/vpc.tf.json".
func (c *Change) objectName() string {
	if c.Kind == KindFile {
		return "file " + c.Name
	}
	return c.Kind + " " + slashed(c.Namespace, c.Name)
}

func slashed(namespace, name string) string {
	if namespace == "" {
		return name
	}
	return namespace + "/" + name
}

// verb says what happens to n things.
func verb(change string, n int) string {
	is := "is"
	if n != 1 {
		is = "are"
	}
	if change == Changed {
		if n == 1 {
			return "changes"
		}
		return "change"
	}
	return is + " " + change
}

// inTargets says where a change is: "in mesh/asm", "in 50 clusters: a, b, c and 47 more".
func inTargets(targets []string) string {
	if len(targets) < 2 {
		return manyTargets(targets)
	}
	where, _, _ := strings.Cut(manyTargets(targets), ":")
	names := make([]string, len(targets))
	for i, t := range targets {
		names[i] = t
		if strings.HasSuffix(where, "clusters") {
			names[i] = path.Base(t)
		}
	}
	return where + ": " + listed(names, maxNames)
}

// manyTargets counts targets: "in mesh/asm", "in 50 clusters", "in 3 targets".
func manyTargets(targets []string) string {
	switch {
	case len(targets) == 0, targets[0] == "." && len(targets) == 1:
		return "" // manifests that are in no target
	case len(targets) == 1:
		return "in " + targets[0]
	}
	for _, t := range targets {
		if path.Dir(t) != path.Dir(targets[0]) || path.Base(path.Dir(t)) != "clusters" {
			return "in " + counted(len(targets), "target")
		}
	}
	return "in " + counted(len(targets), "cluster")
}

// targetName is a target as people say it: "cluster ack-hangzhou", "target network".
func targetName(target string) string {
	switch dir := path.Base(path.Dir(target)); dir {
	case "clusters":
		return "cluster " + path.Base(target)
	case "mesh":
		return "mesh " + path.Base(target)
	}
	return "target " + target
}
