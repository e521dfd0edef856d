package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Objects of the trees that are compared, and which of them changed: every hundredth.
const (
	diffObjects = 20_000
	diffEvery   = 100
	diffRuns    = 5
)

// diff compares two trees of objects with dyff and with meshtopo, once as one file each. For meshtopo it does the same as directories of one file
// an object, which dyff does not read.
func (b *bench) diff() error {
	dir := filepath.Join(b.work.dir, "diff")
	sides := [2]string{filepath.Join(dir, "old.yaml"), filepath.Join(dir, "new.yaml")}
	trees := [2]string{filepath.Join(dir, "old"), filepath.Join(dir, "new")}
	for i := range sides {
		if err := writeDiffSide(sides[i], trees[i], i == 1); err != nil {
			return err
		}
	}
	ours := func(old, new string) command { return command{b.meshtopo, "diff", old, new, "--format", "json"} }
	if err := checkDiff(ours(sides[0], sides[1])); err != nil {
		return err
	}
	contenders := []contender{
		{name: "dyff between, one file each", commands: []command{{b.dyff, "between", sides[0], sides[1]}}},
		{name: "meshtopo diff, one file each", commands: []command{ours(sides[0], sides[1])}, status: 1},
		{name: "meshtopo diff, a file an object", commands: []command{ours(trees[0], trees[1])}, status: 1},
	}
	medians, err := race(diffRuns, contenders)
	if err != nil {
		return err
	}
	rows := [][]string{{"", "wall", "CPU", "peak RSS"}}
	for i, c := range contenders {
		rows = append(rows, []string{c.name, milliseconds(medians[i].wall), milliseconds(medians[i].cpu), mebibytes(medians[i].peak)})
	}
	title := fmt.Sprintf("diff: %d objects of which %d changed, medians of %d runs in turns", diffObjects, diffObjects/diffEvery, diffRuns)
	if err := b.table(title, rows); err != nil {
		return err
	}
	b.goal("a tenth of dyff's time (wall, meshtopo / dyff)", ratio(medians[1].wall, medians[0].wall), 0.1)
	b.goal("a quarter of dyff's memory (peak RSS, meshtopo / dyff)", float64(medians[1].peak)/float64(medians[0].peak), 0.25)
	return nil
}

// checkDiff asks that what is timed finds what changed.
func checkDiff(c command) error {
	var out bytes.Buffer
	if _, err := c.runIn("", "", &out, 1); err != nil {
		return err
	}
	var report struct{ Objects []json.RawMessage }
	if err := json.Unmarshal(out.Bytes(), &report); err != nil {
		return fmt.Errorf("%q: %w", c, err)
	}
	if want := diffObjects / diffEvery; len(report.Objects) != want {
		return fmt.Errorf("%q finds %d changed objects, not %d", c, len(report.Objects), want)
	}
	return nil
}

// writeDiffSide writes the objects of one side into one file and into a tree.
func writeDiffSide(file, tree string, changed bool) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	for i := range diffObjects {
		text := diffObject(i, changed && i%diffEvery == 0)
		fmt.Fprintf(w, "---\n%s", text)
		if err := write(filepath.Join(tree, fmt.Sprintf("d%02d", i/500), fmt.Sprintf("o%05d.yaml", i)), text); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

// diffObject is one of five kinds of one service: its routes, subsets, ports, policy and pods. What changes is one number of it.
func diffObject(i int, changed bool) string {
	name, number := fmt.Sprintf("service-%05d", i/5), 10
	if changed {
		number = 30
	}
	head := func(apiVersion, kind string) string {
		return fmt.Sprintf("apiVersion: %s\nkind: %s\nmetadata:\n  labels:\n    app: %s\n    generation: \"%d\"\n  name: %s\n  namespace: shop-%d\nspec:\n", apiVersion, kind, name, number, name, i/5%17)
	}
	switch i % 5 {
	case 0:
		return head("networking.istio.io/v1", "VirtualService") + fmt.Sprintf(`  hosts:
  - %[1]s
  http:
  - route:
    - destination:
        host: %[1]s
        subset: v1
      weight: 90
    - destination:
        host: %[1]s
        subset: v2
      weight: %[2]d
`, name, number)
	case 1:
		return head("networking.istio.io/v1", "DestinationRule") + fmt.Sprintf(`  host: %s
  subsets:
  - labels:
      version: v1
    name: v1
  - labels:
      version: v2
    name: v2
  trafficPolicy:
    outlierDetection:
      baseEjectionTime: 60s
      consecutive5xxErrors: %d
      interval: 1m
`, name, number)
	case 2:
		return head("v1", "Service") + fmt.Sprintf("  ports:\n  - name: http\n    port: 9080\n    targetPort: %d\n  selector:\n    app: %s\n", 9070+number, name)
	case 3:
		return head("security.istio.io/v1", "AuthorizationPolicy") + fmt.Sprintf(`  rules:
  - from:
    - source:
        principals:
        - cluster.local/ns/default/sa/%[1]s
  selector:
    matchLabels:
      app: %[1]s
`, name)
	}
	return head("apps/v1", "Deployment") + fmt.Sprintf(`  replicas: %[2]d
  selector:
    matchLabels:
      app: %[1]s
  template:
    metadata:
      labels:
        app: %[1]s
    spec:
      containers:
      - env:
        - name: LOG_DIR
          value: /tmp/logs
        image: registry.example/%[1]s:1.19.1
        name: main
        ports:
        - containerPort: 9080
          protocol: TCP
        resources:
          limits:
            cpu: "2"
            memory: 512Mi
          requests:
            cpu: 100m
            memory: 128Mi
      serviceAccountName: %[1]s
`, name, number)
}
