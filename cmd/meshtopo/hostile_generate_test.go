//go:build unix

package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// hostileGenerators make the cases of a family. They are seeded: the same number gives the same cases.
var hostileGenerators = map[string]func(n int) []hostileCase{"damage": damaged}

// noise is what damage puts in.
var noise = []string{"[", "{", "}", "- ", ": ", "&a ", "*a", "\t", "'", `"`, "\x00", "\u202e", "|\n", "---\n", "<<: ", "!!x ", "\n\n", "999999999999999999999", "-1", ".inf", "null", "~", "\xff"}

// damaged gives topologies that are shipped, each with one to four pieces cut out, doubled, moved or replaced.
func damaged(n int) []hostileCase {
	files, err := filepath.Glob("../../topologies/*/topology.yaml")
	if err != nil || len(files) == 0 {
		return nil
	}
	var cases []hostileCase
	for i := range n {
		r := rand.New(rand.NewPCG(uint64(i), 8))
		text, err := os.ReadFile(files[i%len(files)])
		if err != nil {
			return nil
		}
		value := string(text)
		for range 1 + r.IntN(4) {
			value = damage(r, value)
		}
		cases = append(cases, hostileCase{name: fmt.Sprintf("%s %d", filepath.Base(filepath.Dir(files[i%len(files)])), i), files: map[string]string{"topology.yaml": value}})
	}
	return cases
}

func damage(r *rand.Rand, text string) string {
	lines := strings.SplitAfter(text, "\n")
	i, j := r.IntN(len(lines)), r.IntN(len(lines))
	at := r.IntN(len(text))
	switch r.IntN(6) {
	case 0: // a line is gone
		lines[i] = ""
	case 1: // a line stands twice
		lines[i] += lines[i]
	case 2: // two lines change places
		lines[i], lines[j] = lines[j], lines[i]
	case 3: // the rest is gone
		return text[:at]
	case 4: // a character is another
		return text[:at] + noise[r.IntN(len(noise))] + text[min(at+1, len(text)):]
	default: // something comes in
		return text[:at] + noise[r.IntN(len(noise))] + text[at:]
	}
	return strings.Join(lines, "")
}
