// Command bench times meshtopo as a process, against kustomize on the same machine in the same minutes: what is to be compared
// runs in turns, and the medians are set in relation. bench.sh builds the programs and calls it; the table goes to stdout.
//
// It measures six things. render: the tutorial's topology against `kustomize build` of what was rendered. overlay: the same with
// an overlay against `kustomize build` of the same base and patch. fn: the same topology through the KRM function, and 10,000 foreign items. fleet: 500 services in 10, 100 and 1,000 clusters, time per
// object and its spread. scale, when asked for alone: whole fleets with overlays, against loops of kustomize and helm. diff: two trees of 20,000 objects of which 200 changed, against dyff.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"
)

// bench is one run: the programs, where to work, and how often to measure.
type bench struct {
	meshtopo, kustomize, dyff string // programs
	helm, floor               string // of the scale part
	kustomizeVersion          string
	helmVersion               string
	docs                      string // where the scale part writes its document; "" for nowhere
	repository                string // the repository's directory
	work                      place  // removed afterwards
	runs, fleetRuns           int
	writeAll                  bool // also write the tree of 1,000 clusters: 502,000 files, 2 GB
	out                       io.Writer
}

func main() {
	var b bench
	flag.StringVar(&b.meshtopo, "meshtopo", "meshtopo", "the meshtopo program")
	flag.StringVar(&b.kustomize, "kustomize", "kustomize", "the kustomize program")
	flag.StringVar(&b.dyff, "dyff", "dyff", "the dyff program")
	flag.StringVar(&b.helm, "helm", "helm", "the helm program")
	flag.StringVar(&b.floor, "floor", "floor", "the floor program")
	flag.StringVar(&b.kustomizeVersion, "kustomize-version", "", "the version that the document names")
	flag.StringVar(&b.helmVersion, "helm-version", "", "the version that the document names")
	flag.StringVar(&b.docs, "docs", "", "the directory for benchmarks.md and benchmarks.svg")
	only := flag.String("only", "", "measure this part alone: tutorial, overlay, function, fleet, diff or scale")
	flag.StringVar(&b.repository, "repository", "..", "the repository's directory")
	flag.IntVar(&b.runs, "runs", 31, "runs of small renders")
	flag.IntVar(&b.fleetRuns, "fleet-runs", 3, "runs of fleets")
	flag.Parse()
	b.writeAll = os.Getenv("MESHTOPO_BENCH_WRITE_ALL") == "1"
	b.out = os.Stdout
	if err := b.main(*only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (b *bench) main(only string) error {
	needed := int64(1 << 30)
	if b.writeAll || only == "scale" {
		needed = 6 << 30
	}
	var err error
	if b.work, err = newPlace(needed); err != nil {
		return err
	}
	defer os.RemoveAll(b.work.dir)
	fmt.Fprintf(b.out, "files are written %s\n", b.work)
	for _, path := range []*string{&b.meshtopo, &b.kustomize, &b.dyff, &b.helm, &b.floor, &b.repository} {
		if *path, err = filepath.Abs(*path); err != nil {
			return err
		}
	}
	parts := []struct {
		name string
		run  func() error
	}{{"scale", b.scale}, {"tutorial", b.tutorial}, {"overlay", b.overlay}, {"function", b.function}, {"fleet", b.fleet}, {"diff", b.diff}}
	known := only == ""
	for _, part := range parts {
		if only == "" && part.name != "scale" || only == part.name {
			known = true
			if err := part.run(); err != nil {
				return err
			}
		}
	}
	if !known {
		return fmt.Errorf("no part is called %q", only)
	}
	return nil
}

// table prints rows in columns.
func (b *bench) table(title string, rows [][]string) error {
	fmt.Fprintf(b.out, "\n%s\n", title)
	w := tabwriter.NewWriter(b.out, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		for _, cell := range row {
			fmt.Fprintf(w, "%s\t", cell)
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}

// goal prints whether a figure keeps its limit.
func (b *bench) goal(what string, figure, limit float64) {
	verdict := "met"
	if figure > limit {
		verdict = "missed"
	}
	fmt.Fprintf(b.out, "goal %s: %.3f of at most %.3f: %s\n", what, figure, limit, verdict)
}
