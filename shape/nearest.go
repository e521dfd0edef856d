package shape

import "strings"

// useName is the fix for an enum's value that is not among names: the one that was meant, or all.
func useName(name string, names []string) string {
	if near := nearest(name, names); near != "" {
		return "use " + near
	}
	return "use one of " + strings.Join(names, ", ")
}

// useField is the fix for a field that is not among names: the one that was meant, or none, with all names where that is no
// long list.
func useField(name string, names []string) string {
	const most = 20
	if near := nearest(name, names); near != "" {
		return "use " + near
	}
	if len(names) == 0 || len(names) > most {
		return "remove it"
	}
	return "remove it, or use one of " + strings.Join(names, ", ")
}

// nearest gives the candidate that was most likely meant by word, "" when none is near: one that differs only in case,
// hyphens and underscores, else the one with the smallest edit distance, at most a third of the word. Ties go to the earlier.
func nearest(word string, candidates []string) string {
	const longest = 64 // no name of istio.io/api is longer; the distance costs the product of the lengths
	if len(word) > longest {
		return ""
	}
	folded := fold(word)
	best, near := len(folded)/3+1, ""
	for _, c := range candidates {
		if d := distance(folded, fold(c)); d < best {
			best, near = d, c
		}
	}
	return near
}

// fold takes away what separates the words of a name in the styles people mix up: connection_pool, connection-pool.
func fold(name string) string {
	return strings.ToLower(strings.ReplaceAll(strings.ReplaceAll(name, "_", ""), "-", ""))
}

// distance is the number of bytes to insert, delete, replace or swap with their neighbour to turn a into b (optimal string
// alignment).
func distance(a, b string) int {
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			replace := last[j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			row[j] = min(replace, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
