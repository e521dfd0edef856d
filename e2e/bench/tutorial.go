package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const tutorialName = "bookinfo-failover"

// overlaySpec is what the topology with an overlay has more. The overlay is applied to both clusters, not to the mesh.
const overlaySpec = "  overlays:\n  - {path: ../../overlays/prod, targets: [clusters/*]}\n"

// tutorial times a render of the tutorial's topology against kustomize on what it gives.
func (b *bench) tutorial() error {
	topology := filepath.Join(b.repository, "topologies", tutorialName)
	k, err := b.kustomizations(topology, "plain", false)
	if err != nil {
		return err
	}
	return b.against("render", topology, k, 1, "no slower than kustomize build of the rendered result")
}

// overlay times the same with an overlay, against kustomize on the same base and patch.
func (b *bench) overlay() error {
	plain := filepath.Join(b.repository, "topologies", tutorialName)
	root := filepath.Join(b.work.dir, "overlaid")
	topology := filepath.Join(root, "topologies", tutorialName)
	text, err := os.ReadFile(filepath.Join(plain, "topology.yaml"))
	if err != nil {
		return err
	}
	if err := write(filepath.Join(topology, "topology.yaml"), string(text)+overlaySpec); err != nil {
		return err
	}
	if err := write(filepath.Join(root, ".meshtopo-root"), ""); err != nil {
		return err
	}
	if err := os.CopyFS(filepath.Join(root, "overlays"), os.DirFS(filepath.Join(b.repository, "overlays"))); err != nil {
		return err
	}
	k, err := b.kustomizations(plain, "patched", true)
	if err != nil {
		return err
	}
	return b.against("render with an overlay", topology, k, 2, "at most twice kustomize build of the same base and patch")
}

// kustomizations are directories for kustomize to build: each target by itself, and all in one.
type kustomizations struct {
	targets []string
	all     string
}

// kustomizations renders a topology and writes kustomizations around its targets, with the overlay on the clusters or without.
//
// One kustomization cannot list targets of two clusters as they are: both hold the same Namespace, and kustomize refuses two objects
// of one identity. So each target gets a namespace of its own there, which costs kustomize a little.
func (b *bench) kustomizations(topology, dir string, patched bool) (kustomizations, error) {
	root := filepath.Join(b.work.dir, dir)
	if _, err := (command{b.meshtopo, "render", "--quiet", topology, "-o", filepath.Join(root, "tree")}).run(nil); err != nil {
		return kustomizations{}, err
	}
	if err := os.CopyFS(filepath.Join(root, "overlays"), os.DirFS(filepath.Join(b.repository, "overlays"))); err != nil {
		return kustomizations{}, err
	}
	found, err := filepath.Glob(filepath.Join(root, "tree", "*", "*", "kustomization.yaml"))
	if err != nil || len(found) != 3 {
		return kustomizations{}, fmt.Errorf("%s renders %d targets with a kustomization, not 3 (%v)", topology, len(found), err)
	}
	k := kustomizations{all: filepath.Join(root, "all")}
	list := "resources:\n"
	for i, file := range found {
		target, err := filepath.Rel(root, filepath.Dir(file))
		if err != nil {
			return k, err
		}
		body := "resources: [../" + filepath.ToSlash(target) + "]\n"
		if patched && strings.Contains(target, "clusters") {
			body += "components: [../overlays/prod]\n"
		}
		alone, member := fmt.Sprintf("target-%d", i), fmt.Sprintf("member-%d", i)
		k.targets = append(k.targets, filepath.Join(root, alone))
		list += "- ../" + member + "\n"
		if err := write(filepath.Join(root, alone, "kustomization.yaml"), body); err != nil {
			return k, err
		}
		if err := write(filepath.Join(root, member, "kustomization.yaml"), body+"namespace: "+member+"\n"); err != nil {
			return k, err
		}
	}
	if !patched {
		// Nothing to add: the targets as they were rendered.
		for i, file := range found {
			k.targets[i] = filepath.Dir(file)
		}
	}
	return k, write(filepath.Join(k.all, "kustomization.yaml"), list)
}

// against times a render in three ways against kustomize in two, and judges the render into an empty directory.
func (b *bench) against(title, topology string, k kustomizations, limit float64, goal string) error {
	fresh, kept := filepath.Join(b.work.dir, "fresh"), filepath.Join(b.work.dir, "kept", title)
	render := command{b.meshtopo, "render", "--quiet", topology}
	var builds []command
	for _, t := range k.targets {
		builds = append(builds, command{b.kustomize, "build", t})
	}
	contenders := []contender{
		{name: "meshtopo render -o, empty directory", commands: []command{append(render, "-o", fresh)}, prepare: func() error { return b.work.clear(fresh) }},
		{name: "meshtopo render -o, nothing to change", commands: []command{append(render[:4:4], "-o", kept)}},
		{name: "meshtopo render --stdout", commands: []command{append(render[:4:4], "--stdout")}},
		{name: "kustomize build, all targets in one kustomization", commands: []command{{b.kustomize, "build", k.all}}},
		{name: fmt.Sprintf("kustomize build, %d processes, summed", len(builds)), commands: builds},
	}
	medians, err := race(b.runs, contenders)
	if err != nil {
		return err
	}
	one, sum := medians[3], medians[4]
	rows := [][]string{{"", "wall", "CPU", "peak RSS", "wall, one kustomization = 1", "wall, summed = 1"}}
	for i, c := range contenders {
		m := medians[i]
		rows = append(rows, []string{c.name, milliseconds(m.wall), milliseconds(m.cpu), mebibytes(m.peak),
			fmt.Sprintf("%.2f", ratio(m.wall, one.wall)), fmt.Sprintf("%.2f", ratio(m.wall, sum.wall))})
	}
	if err := b.table(fmt.Sprintf("%s: %s, medians of %d runs in turns", title, tutorialName, b.runs), rows); err != nil {
		return err
	}
	b.goal(goal+" (all targets in one kustomization)", ratio(medians[0].wall, one.wall), limit)
	b.goal(goal+" (a process a target, summed)", ratio(medians[0].wall, sum.wall), limit)
	return nil
}

func write(file, text string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(text), 0o666)
}
