package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

func scaleRows(results []scaleResult) [][]string {
	rows := [][]string{{"clusters", "objects", "files", "meshtopo", "CPU", "peak", "per object", "again", "floor", "kustomize", "helm", "kustomize / meshtopo", "helm / meshtopo", "meshtopo / floor"}}
	for _, r := range results {
		rows = append(rows, []string{
			fmt.Sprint(r.clusters), thousands(r.objects), thousands(r.files), seconds(r.meshtopo.wall), seconds(r.meshtopo.cpu), mebibytes(r.meshtopo.peak),
			fmt.Sprintf("%.1f us", perUnit(r.meshtopo.wall, r.objects)), seconds(r.again.wall), seconds(r.floor.wall), seconds(r.kustomizeTotal), seconds(r.helmTotal),
			fmt.Sprintf("%.0f", ratio(r.kustomizeTotal, r.meshtopo.wall)), fmt.Sprintf("%.0f", ratio(r.helmTotal, r.meshtopo.wall)), fmt.Sprintf("%.2f", ratio(r.meshtopo.wall, r.floor.wall)),
		})
	}
	return rows
}

// scaleGoals judges the results: what is asked, what was measured, and whether it is met.
func scaleGoals(results []scaleResult) [][3]string {
	verdict := func(met bool) string {
		if met {
			return "met"
		}
		return "missed"
	}
	middle, last := results[len(results)/2], results[len(results)-1]
	var goals [][3]string
	add := func(asked, measured string, met bool) {
		goals = append(goals, [3]string{asked, measured, verdict(met)})
	}
	k, h, f := ratio(middle.kustomizeTotal, middle.meshtopo.wall), ratio(middle.helmTotal, middle.meshtopo.wall), ratio(middle.meshtopo.wall, middle.floor.wall)
	add("100 times faster than a loop of `kustomize build`, 100 clusters", fmt.Sprintf("%.0f", k), k >= 100)
	add("10 times faster than a loop of `helm template`, 100 clusters", fmt.Sprintf("%.0f", h), h >= 10)
	add("at most twice the floor, 100 clusters", fmt.Sprintf("%.2f", f), f <= 2)
	most, least := results[0].meshtopo.peak, results[0].meshtopo.peak
	var perObject []float64
	for _, r := range results {
		most, least = max(most, r.meshtopo.peak), min(least, r.meshtopo.peak)
		perObject = append(perObject, perUnit(r.meshtopo.wall, r.objects))
	}
	add("peak memory under 300 MB", fmt.Sprintf("%.0f MB at most", float64(most)/1e6), most < 300e6)
	add("peak memory does not grow with the clusters", fmt.Sprintf("%.0f MB at least, %.1f times that at most", float64(least)/1e6, float64(most)/float64(least)), float64(most) <= 1.25*float64(least))
	add("time per object does not grow by more than 25 % from 10 to 1,000 clusters", fmt.Sprintf("%.2f of the smallest fleet's", worstGrowth(perObject)), worstGrowth(perObject) <= 1.25)
	add("time per object within 25 %, the start included, which weighs on a small fleet", fmt.Sprintf("greatest / least %.2f", spread(perObject)), spread(perObject) <= 1.25)
	busy := ratio(last.meshtopo.cpu, last.meshtopo.wall)
	add("both cores busy, 1,000 clusters", fmt.Sprintf("%.2f seconds of processor a second", busy), busy >= 1.5)
	add("a second render that changes nothing writes nothing", "inodes and times of all files stay", true) // scaleAgain fails otherwise
	return goals
}

// scaleDocument writes docs/benchmarks.md and its plot.
func (b *bench) scaleDocument(results []scaleResult) error {
	var doc strings.Builder
	fmt.Fprintf(&doc, `# Benchmarks

`+"`make bench-fleet`"+` measures this and writes this page. It was measured on %d processors (%s/%s, %s), other work on the machine not excluded; files are written %s. Look at the
ratios: all programs ran in turns, in one run.

A fleet has clusters in %d regions, an istiod in each, and %d services, each with a DestinationRule and a VirtualService that every istiod reads, so 1,000 routing objects a cluster and a few
more. Every region has an overlay that patches one object, every cluster one that labels all. What varies among services is seeded.

![time by clusters](benchmarks.svg)

| clusters | objects | meshtopo | per object | peak memory | nothing to do | floor | kustomize | helm |
|---|---|---|---|---|---|---|---|---|
`, runtime.GOMAXPROCS(0), runtime.GOOS, runtime.GOARCH, runtime.Version(), strings.ReplaceAll(b.work.String(), sharedMemory, "`"+sharedMemory+"`"), scaleRegions, scaleServices)
	for _, r := range results {
		fmt.Fprintf(&doc, "| %s | %s | %s | %.1f us | %.0f MB | %s | %s | %s | %s |\n", thousands(r.clusters), thousands(r.objects), seconds(r.meshtopo.wall), perUnit(r.meshtopo.wall, r.objects), float64(r.meshtopo.peak)/1e6,
			seconds(r.again.wall), seconds(r.floor.wall), seconds(r.kustomizeTotal), seconds(r.helmTotal))
	}
	fmt.Fprintf(&doc, `
- **meshtopo**: one `+"`meshtopo render`"+` of everything, as a process, into an empty directory; the median of %d. Peak memory is that of its largest process.
- **nothing to do**: the same again over the tree. It reads and compares every file, and writes none: inodes and times of all files are compared.
- **floor**: a Go program that reads the finished files from one archive and writes them with the same system calls, on as many processors.
- **kustomize**: `+"`kustomize build`"+` %s of the same base, which is the tree without overlays, and the same two overlays, for each cluster. %d clusters were built and their time scaled to all.
- **helm**: `+"`helm template`"+` %s of a chart for the same objects, with a values file for each cluster; %d clusters, scaled.
- The objects of the sampled clusters, %d at %s clusters, were compared: all three programs give the same.

| goal | measured | |
|---|---|---|
`, scaleRuns, b.kustomizeVersion, scaleSample, b.helmVersion, scaleSample, results[len(results)/2].checked, thousands(results[len(results)/2].clusters))
	for _, g := range scaleGoals(results) {
		fmt.Fprintf(&doc, "| %s | %s | %s |\n", g[0], g[1], g[2])
	}
	doc.WriteString(scaleNotes)
	if err := os.WriteFile(filepath.Join(b.docs, "benchmarks.md"), []byte(doc.String()), 0o666); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(b.docs, "benchmarks.svg"), []byte(scalePlot(results)), 0o666)
}

// scaleNotes says what the table does not: where the time goes.
const scaleNotes = `
Why it is fast: kustomize's time grows with the square of the objects, and it is asked only about those that an overlay touches, once for all clusters that ask the same. Objects that
are the same in many clusters are rendered once, and a label that differs is put into the finished bytes. What is left is the files.

What stands in the way of one time per object for all fleets: the start. A profile of ` + "`" + `meshtopo validate` + "`" + ` of the fleet of 10 clusters (0.5 s of processor time) gives two fifths to reading the
topology, three quarters of that to CUE, two fifths to rendering the 1,000 routing objects that all clusters share, which is done once whatever the number of clusters, and the rest to the child
process and the collector. Memory: 128 MB is what the collector aims at, and what is in use for a fleet of 1,000 clusters is 40 MB, since a mesh, its plan and the list of its files are held as a whole; a target's files are not.

What it is not: a promise about your machine. An overlay that renames, adds objects or looks from one object at another goes through kustomize with whole targets, and takes
kustomize's time (ARCHITECTURE.md says which); with one of those, all targets that it touches are held in memory too.
`

func seconds(d time.Duration) string {
	switch s := d.Seconds(); {
	case s >= 100:
		return thousands(int(s+0.5)) + " s"
	case s >= 10:
		return fmt.Sprintf("%.1f s", s)
	default:
		return fmt.Sprintf("%.2f s", s)
	}
}

func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
