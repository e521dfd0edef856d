package diag

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

// Fingerprints gives every finding an identity: 32 hexadecimal digits that stay the same when lines move, when the finding is
// worded differently, and, if the finding was identified, when the elements of a list change places. It is made of the rule, the
// file and the named path. Findings that have all three in common are told apart by counting them in the order given.
func Fingerprints(findings []Finding) []string {
	list := make([]string, len(findings))
	seen := map[[3]string]int{}
	for i, f := range findings {
		path := f.Named
		if path == "" {
			path = f.Path
		}
		about := [3]string{f.Rule, f.Place.File, string(path)}
		seen[about]++
		list[i] = digest(about, seen[about])
	}
	return list
}

func digest(about [3]string, occurrence int) string {
	h := sha256.New()
	for _, part := range about { // the length goes first, so that no two lists of parts are one text
		h.Write([]byte(strconv.Itoa(len(part)) + ":" + part))
	}
	if occurrence > 1 {
		h.Write([]byte(strconv.Itoa(occurrence)))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
