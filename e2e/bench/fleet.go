package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"text/template"
	"time"
)

// fleetServices run in every cluster of a fleet; its clusters are in fleetRegions regions.
const (
	fleetServices = 500
	fleetRegions  = 10
)

// fleetShape is what e2e/testdata/fleet.yaml.tmpl is executed with.
type fleetShape struct{ Regions, PerRegion, Services int }

// fleet times renders of growing fleets, printed and written. The time per object should stay what it is.
func (b *bench) fleet() error {
	sizes := []int{10, 100, 1000}
	var printed, written []contender
	var objects []int
	for _, n := range sizes {
		dir := filepath.Join(b.work.dir, fmt.Sprintf("fleet-%d", n))
		if err := b.writeFleet(dir, n); err != nil {
			return err
		}
		render := command{b.meshtopo, "render", "--quiet", dir}
		count, err := countObjects(append(render[:4:4], "--stdout"))
		if err != nil {
			return err
		}
		objects = append(objects, count)
		name := fmt.Sprintf("%d clusters", n)
		printed = append(printed, contender{name: name, commands: []command{append(render[:4:4], "--stdout")}})
		tree := filepath.Join(b.work.dir, "tree")
		if n < 1000 || b.writeAll {
			written = append(written, contender{name: name, commands: []command{append(render[:4:4], "-o", tree)}, prepare: func() error { return b.work.clear(tree) }})
		}
	}
	if err := b.perObject("fleet: render --stdout, discarded", printed, objects); err != nil {
		return err
	}
	if !b.writeAll {
		fmt.Fprintln(b.out, "\nnot measured: writing the tree of 1000 clusters, 502,000 files; MESHTOPO_BENCH_WRITE_ALL=1 measures it")
	}
	return b.perObject("fleet: render -o, empty directory", written, objects)
}

func (b *bench) writeFleet(dir string, clusters int) error {
	t, err := template.ParseFiles(filepath.Join(b.repository, "e2e", "testdata", "fleet.yaml.tmpl"))
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := t.Execute(&text, fleetShape{Regions: fleetRegions, PerRegion: clusters / fleetRegions, Services: fleetServices}); err != nil {
		return err
	}
	if err := write(filepath.Join(dir, ".meshtopo-root"), ""); err != nil {
		return err
	}
	return write(filepath.Join(dir, "topology.yaml"), text.String())
}

// perObject prints the time per object of fleets, and judges by how much it differs among them. Growth is what a quadratic step
// would show: the larger fleet's time per object over the smallest one's.
func (b *bench) perObject(title string, contenders []contender, objects []int) error {
	medians, err := race(b.fleetRuns, contenders)
	if err != nil {
		return err
	}
	rows := [][]string{{"", "objects", "wall", "CPU", "peak RSS", "wall per object", "CPU per object"}}
	var walls, cpus []float64
	for i, c := range contenders {
		m := medians[i]
		wall, cpu := perUnit(m.wall, objects[i]), perUnit(m.cpu, objects[i])
		walls, cpus = append(walls, wall), append(cpus, cpu)
		rows = append(rows, []string{c.name, fmt.Sprint(objects[i]), milliseconds(m.wall), milliseconds(m.cpu), mebibytes(m.peak),
			fmt.Sprintf("%.2f us", wall), fmt.Sprintf("%.2f us", cpu)})
	}
	last := len(contenders) - 1
	if last > 0 {
		extra := objects[last] - objects[0]
		rows = append(rows, []string{"each further object", "", "", "", "", fmt.Sprintf("%.2f us", perUnit(medians[last].wall-medians[0].wall, extra)),
			fmt.Sprintf("%.2f us", perUnit(medians[last].cpu-medians[0].cpu, extra))})
	}
	if err := b.table(fmt.Sprintf("%s, %d services, medians of %d runs in turns", title, fleetServices, b.fleetRuns), rows); err != nil {
		return err
	}
	b.goal("time per object does not grow by more than 25 % (wall, worst of the larger fleets / smallest fleet)", worstGrowth(walls), 1.25)
	b.goal("time per object does not grow by more than 25 % (CPU)", worstGrowth(cpus), 1.25)
	b.goal("time per object within 25 % (wall, greatest / least; the start and the control plane's own objects weigh on the smallest fleet)", spread(walls), 1.25)
	return nil
}

func perUnit(d time.Duration, n int) float64 { return float64(d.Nanoseconds()) / 1000 / float64(n) }

func worstGrowth(values []float64) float64 {
	worst := 0.0
	for _, v := range values[1:] {
		worst = max(worst, v/values[0])
	}
	return worst
}

func spread(values []float64) float64 {
	least, greatest := values[0], values[0]
	for _, v := range values {
		least, greatest = min(least, v), max(greatest, v)
	}
	return greatest / least
}

// countObjects counts the documents that a command prints: each starts with a line "---".
func countObjects(c command) (int, error) {
	w := counter{line: []byte("\n")}
	_, err := c.run(&w)
	if err == nil && w.documents == 0 {
		err = fmt.Errorf("%q prints no document", c)
	}
	return w.documents, err
}

// counter counts lines "---" in what is written to it.
type counter struct {
	documents int
	line      []byte // the last bytes seen, at most as many as the mark has, less one
}

func (c *counter) Write(p []byte) (int, error) {
	mark := []byte("\n---\n")
	seam := append(c.line, p[:min(len(p), len(mark)-1)]...)
	c.documents += bytes.Count(seam, mark) + bytes.Count(p, mark)
	if len(p) >= len(mark)-1 {
		c.line = append([]byte(nil), p[len(p)-len(mark)+1:]...)
	} else {
		c.line = append([]byte(nil), seam[max(0, len(seam)-len(mark)+1):]...)
	}
	return len(p), nil
}
