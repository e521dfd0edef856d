package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	foreignItems = 10_000
	// foreignLimit is how long a process may take that passes them on.
	foreignLimit = 2 * time.Second
)

// function times the KRM function on the tutorial's topology against kustomize on what it gives, and on many foreign items.
func (b *bench) function() error {
	source := filepath.Join(b.repository, "topologies", tutorialName)
	k, err := b.kustomizations(source, "function", false)
	if err != nil {
		return err
	}
	dir := filepath.Join(b.work.dir, "fn")
	text, err := os.ReadFile(filepath.Join(source, "topology.yaml"))
	if err != nil {
		return err
	}
	for name, content := range map[string]string{"topology.yaml": string(text), "list.yaml": resourceList("generate", ""), "many.yaml": resourceList("transform", foreign())} {
		if err := write(filepath.Join(dir, name), content); err != nil {
			return err
		}
	}
	fn := command{b.meshtopo, "fn", "--quiet"}
	contenders := []contender{
		{name: "meshtopo fn", dir: dir, stdin: filepath.Join(dir, "list.yaml"), commands: []command{fn}},
		{name: "kustomize build of what render gives, one kustomization", commands: []command{{b.kustomize, "build", k.all}}},
	}
	medians, err := race(b.runs, contenders)
	if err != nil {
		return err
	}
	many, err := race(5, []contender{{name: "many items", dir: dir, stdin: filepath.Join(dir, "many.yaml"), commands: []command{fn}}})
	if err != nil {
		return err
	}
	rows := [][]string{{"", "wall", "CPU", "peak RSS", "wall, kustomize = 1"}}
	for i, m := range append(medians, many...) {
		name := fmt.Sprintf("meshtopo fn, %d foreign items", foreignItems)
		if i < len(contenders) {
			name = contenders[i].name
		}
		rows = append(rows, []string{name, milliseconds(m.wall), milliseconds(m.cpu), mebibytes(m.peak), fmt.Sprintf("%.2f", ratio(m.wall, medians[1].wall))})
	}
	if err := b.table(fmt.Sprintf("fn: %s, medians of %d runs in turns", tutorialName, b.runs), rows); err != nil {
		return err
	}
	b.goal("fn is no slower than kustomize build of the rendered result", ratio(medians[0].wall, medians[1].wall), 1)
	b.goal(fmt.Sprintf("%d foreign items pass through (seconds)", foreignItems), many[0].wall.Seconds(), foreignLimit.Seconds())
	return nil
}

// resourceList is what a host sends, with items.
func resourceList(mode, items string) string {
	if items == "" {
		items = "items: []\n"
	}
	return "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n" + items +
		"functionConfig:\n  apiVersion: meshtopo.dev/v1alpha1\n  kind: MeshRender\n  metadata: {name: bench}\n  spec: {topology: topology.yaml, mode: " + mode + "}\n"
}

// foreign gives Deployments that are none of ours.
func foreign() string {
	var s strings.Builder
	s.WriteString("items:\n")
	for i := range foreignItems {
		fmt.Fprintf(&s, `- apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: d%[1]d
    annotations:
      internal.config.kubernetes.io/path: 'd/%[1]d.yaml'
      internal.config.kubernetes.io/index: '0'
  spec:
    replicas: 2
    selector:
      matchLabels:
        app: d%[1]d
    template:
      metadata:
        labels:
          app: d%[1]d
      spec:
        containers:
        - name: main
          image: registry.example.com/d:%[1]d
          ports:
          - containerPort: 8080
          resources:
            requests: {cpu: 100m, memory: 64Mi}
`, i)
	}
	return s.String()
}
