package diag

import "strings"

// Nearest gives the candidate that the user most likely meant by word: the one that differs only in case, or the one with the
// smallest edit distance, at most a third of the word's length and one, and less than all of it. ok is false when none is near, or when word is itself
// a candidate. Ties go to the earlier candidate.
func Nearest(word string, candidates []string) (near string, ok bool) {
	if len(word) > 80 {
		return "", false
	}
	best := len(word)/3 + 1
	for _, c := range candidates {
		switch {
		case c == word:
			return "", false
		case strings.EqualFold(c, word):
			near, best, ok = c, 0, true
		case len(c) > 80:
			continue
		}
		if d := distance(word, c); d <= best && d < len(word) && (!ok || d < best) {
			near, best, ok = c, d, true
		}
	}
	return near, ok
}

// distance is the Levenshtein distance of two short strings, in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
