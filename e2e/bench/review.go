package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const (
	reviewObjects = 20_000
	// reviewFaster is how many times faster than dyff a comparison is to be, and reviewSmaller how many times smaller in memory.
	reviewFaster, reviewSmaller = 10, 4
)

// review times the comparison of two files of 20,000 objects, 1 % of which changed, against dyff.
func (b *bench) review() error {
	dir := filepath.Join(b.work.dir, "review")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	old, now := filepath.Join(dir, "old.yaml"), filepath.Join(dir, "new.yaml")
	for name, limit := range map[string]int{old: 50, now: 60} {
		if err := os.WriteFile(name, []byte(rulesWith(limit)), 0o666); err != nil {
			return err
		}
	}
	// A difference is exit status 1 of meshtopo; with --fail-on outage there is none here. dyff says nothing by its status.
	samples, err := race(b.fleetRuns, []contender{
		{name: "dyff", commands: []command{{b.dyff, "between", "--omit-header", old, now}}},
		{name: "meshtopo", commands: []command{{b.meshtopo, "diff", "--fail-on", "outage", old, now}}},
	})
	if err != nil {
		return err
	}
	dyff, ours := samples[0], samples[1]
	if err := b.table(fmt.Sprintf("review: two files of %d objects, 1 %% changed", reviewObjects), [][]string{
		{"", "time", "CPU", "memory"},
		{"dyff between", milliseconds(dyff.wall), milliseconds(dyff.cpu), mebibytes(dyff.peak)},
		{"meshtopo diff", milliseconds(ours.wall), milliseconds(ours.cpu), mebibytes(ours.peak)},
	}); err != nil {
		return err
	}
	b.goal("time, of dyff's", ratio(ours.wall, dyff.wall), 1.0/reviewFaster)
	b.goal("memory, of dyff's", float64(ours.peak)/float64(dyff.peak), 1.0/reviewSmaller)
	return nil
}

// rulesWith is a file of DestinationRules, one in a hundred with another limit.
func rulesWith(limit int) string {
	var b strings.Builder
	for i := range reviewObjects {
		percent := 50
		if i%100 == 0 {
			percent = limit
		}
		fmt.Fprintf(&b, `---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  labels:
    app: svc-%[1]d
  name: svc-%[1]d
  namespace: ns-%[2]d
spec:
  host: svc-%[1]d.ns-%[2]d.svc.cluster.local
  subsets:
  - labels:
      version: v1
    name: v1
  - labels:
      version: v2
    name: v2
  trafficPolicy:
    outlierDetection:
      baseEjectionTime: 30s
      consecutive5xxErrors: 5
      interval: 10s
      maxEjectionPercent: %[3]d
`, i, i%50, percent)
	}
	return b.String()
}
