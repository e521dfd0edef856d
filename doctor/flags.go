package doctor

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
)

// Flags of kustomize build. Without the first, functions are an error or are left out; without the second, kustomize leaves an exec
// function out and says nothing. Source: kustomize v5.8, run. kubectl kustomize has only the first. Source: kubectl v1.32, run.
const (
	flagPlugins = "--enable-alpha-plugins"
	flagExec    = "--enable-exec"
)

// flags holds what calls kustomize against the kustomizations that need flags.
func (s *surveyor) flags() {
	for _, c := range s.calls {
		if functions := s.called(c); len(functions) > 0 {
			s.judgeCall(c, functions)
		}
	}
	if functions := s.reached(slices.Sorted(maps.Keys(s.kustomizations))...); len(functions) > 0 {
		s.judgeArgo(functions)
	}
}

// called gives the functions in what a call builds. It runs in the directory of its file or in the root, and where it builds a directory that
// cannot be seen, in any that may be meant.
func (s *surveyor) called(c call) []function {
	if below, ok := strings.CutPrefix(c.dir, top); ok {
		return s.matching(path.Join(".", below))
	}
	if path.IsAbs(c.dir) {
		return nil
	}
	for _, from := range []string{path.Dir(c.place.File), "."} {
		if strings.HasPrefix(c.dir, unseen) {
			from = ""
		}
		if functions := s.matching(path.Join(from, c.dir)); len(functions) > 0 {
			return functions
		}
	}
	return nil
}

// matching gives the functions in a directory, or in all that a text with unseen parts may mean.
func (s *surveyor) matching(dir string) []function {
	if !strings.Contains(dir, unseen) {
		return s.reached(dir)
	}
	var parts []string
	for _, part := range strings.Split(dir, unseen) {
		parts = append(parts, regexp.QuoteMeta(part))
	}
	pattern, err := regexp.Compile("^(?s:" + strings.ReplaceAll(strings.Join(parts, ".*"), ".*/", "(?:.*/)?") + ")$")
	if err != nil {
		return nil // it is longer than regexp takes, and no directory is called so
	}
	var dirs []string
	for _, d := range slices.Sorted(maps.Keys(s.kustomizations)) {
		if pattern.MatchString(d) {
			dirs = append(dirs, d)
		}
	}
	return s.reached(dirs...)
}

// reached gives the functions of ours that builds of directories come to.
func (s *surveyor) reached(dirs ...string) []function {
	var functions []function
	seen := map[string]bool{}
	for len(dirs) > 0 {
		dir := dirs[0]
		dirs = dirs[1:]
		k := s.kustomizations[dir]
		if k == nil || seen[dir] {
			continue
		}
		seen[dir] = true
		functions = append(functions, k.functions...)
		dirs = append(dirs, k.bases...)
	}
	return functions
}

// lacking gives the flags that functions need and that are not set, and the first function that needs one.
func lacking(functions []function, flags []string) (absent []string, by function) {
	exec := slices.IndexFunc(functions, func(f function) bool { return f.exec })
	by = functions[0]
	if !isSet(flags, flagPlugins) {
		absent = append(absent, flagPlugins)
	}
	if exec >= 0 && !isSet(flags, flagExec) {
		absent, by = append(absent, flagExec), functions[exec]
	}
	return absent, by
}

// judgeCall adds a finding when a call cannot run the functions of what it builds: a warning where not all of the call can be seen.
func (s *surveyor) judgeCall(c call, functions []function) {
	absent, by := lacking(functions, c.flags)
	if len(absent) == 0 && c.with != byKubectl {
		return
	}
	severity, lacks, cannot, why := diag.Error, "lacks", "cannot", ""
	if depends := c.dependsOn(); depends != "" {
		severity, lacks, cannot, why = diag.Warning, "may lack", "could not", ": that depends on "+depends
	}
	f := diag.New(diag.FunctionFlags, "", "the call of kustomize %s %s, which the function in %s needs%s", lacks, strings.Join(absent, " "), by.file, why).
		WithFix("add %s", strings.Join(absent, " "))
	if c.with == byKubectl || c.with == byKubectlKustomize && by.exec {
		needs, _ := lacking(functions, nil)
		f = diag.New(diag.FunctionFlags, "", "kubectl %s run the function in %s%s", cannot, by.file, why).
			WithFix("call kustomize build %s and give its output to kubectl apply -f -", strings.Join(needs, " "))
	}
	f.Related = []diag.Related{{Place: by.place, Message: "the function is used here"}}
	s.add(f, c.place, severity)
}

// dependsOn is what nobody sees of a call without running it, "" for nothing.
func (c call) dependsOn() string {
	switch {
	case c.asks != "":
		return c.asks + ", of which this file does not tell the value"
	case strings.Contains(c.dir, unseen):
		return "the directory where it runs, which this file does not tell"
	}
	return ""
}
