package main

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// scenario is one question to simulate whose answer stands in golden/<topology>/simulate/<name>.txt and .json.
type scenario struct {
	name  string
	flags []string
}

// scenariosOf gives what every example is asked (all up, and every single loss) and what its scenarios.txt adds: lines NAME: FLAGS.
func scenariosOf(t *testing.T, topology string) []scenario {
	t.Helper()
	list := []scenario{{name: "all-up"}, {name: "sweep", flags: []string{"--sweep", "1"}}}
	f, err := os.Open(filepath.Join(topology, "scenarios.txt"))
	if err != nil {
		t.Fatalf("every example has a scenarios.txt with questions to meshtopo simulate, lines NAME: FLAGS: %v", err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, flags, ok := strings.Cut(line, ":")
		if !ok || slices.ContainsFunc(list, func(s scenario) bool { return s.name == name }) {
			t.Fatalf("%s/scenarios.txt: %q is not NAME: FLAGS with a name of its own", topology, line)
		}
		list = append(list, scenario{name, strings.Fields(flags)})
	}
	return list
}

// simulateGolden adds the answers to the golden tree.
func simulateGolden(t *testing.T, topology string, tree map[string]string) {
	t.Helper()
	for _, s := range scenariosOf(t, topology) {
		for format, ext := range map[string]string{"text": ".txt", "json": ".json"} {
			args := append([]string{"simulate", "--quiet", topology, "--format", format}, s.flags...)
			status, answer, stderr := program(t, args...)
			if status != 0 {
				t.Fatalf("%v: exit %d\n%s", args, status, stderr)
			}
			tree["simulate/"+s.name+ext] = answer
		}
	}
}
