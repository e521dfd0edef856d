package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/review"
	"github.com/meshtopo/meshtopo/simulate"
	"github.com/spf13/cobra"
)

// diffFlags are the flags of diff.
type diffFlags struct {
	base      string
	mergeBase bool
	rendered  string
	over      []string
	format    string
	failOn    string
	ignore    string
	now       string
	marker    string
	write     []string // FORMAT=FILE
}

func (a *app) diffCommand() *cobra.Command {
	var f diffFlags
	c := &cobra.Command{
		Use:   "diff OLD NEW | diff --base REV TOPOLOGY...",
		Short: "Say what changed, in objects and in traffic",
		Long: `Say what changed between two sides, in objects and in what traffic does: while all is up, and for every single loss.

OLD and NEW are each a topology, a rendered directory, a directory of manifests or a file of manifests. With --base the old side of
each topology comes out of git, at revision REV: its objects from the tree that is committed there as rendered, when there is one,
else from the topology. Neither the working tree nor the index is touched. Traffic is compared where both sides have a topology.

What a line of the file .meshtopo-ignore at the root says is not reported: TARGET KIND/NAME PATH UNTIL REASON, with patterns. With
--base the file of the old side counts, so that a change cannot silence itself.

Exit status: 0 when nothing differs, 1 when something does (with --fail-on: when the risk is at or above it), 2 when there is trouble,
also with a topology that has errors.`,
		Example: `  meshtopo diff --base main topologies/bookinfo-failover
  meshtopo diff --base origin/main --merge-base --format markdown topologies/bookinfo-failover
  meshtopo diff --base HEAD --fail-on outage topologies/*
  meshtopo diff golden/bookinfo-failover topologies/bookinfo-failover
  meshtopo diff old.yaml new.yaml --format json`,
		Args: cobra.MinimumNArgs(1),
	}
	flags := c.Flags()
	flags.StringVar(&f.base, "base", "", "compare with this revision of the git repository")
	flags.BoolVar(&f.mergeBase, "merge-base", false, "with --base: compare with the commit where REV and HEAD part")
	flags.StringVar(&f.rendered, "rendered", "", "with --base: the rendered directory that old objects are read from (default: the first that holds the topology; \"none\" for none)")
	flags.StringSliceVar(&f.over, "over", nil, "the kinds of places whose loss is tried: region, zone, cluster, gateway, service, version, link, mesh (default: all)")
	flags.StringVar(&f.format, "format", "text", "text, json, markdown or html")
	flags.StringVar(&f.failOn, "fail-on", "", "the least risk that makes the exit status 1: none, additive, traffic, identity, removal or outage (default: any difference)")
	flags.StringVar(&f.ignore, "ignore", "", "the file of what is not reported (default: .meshtopo-ignore at the root)")
	flags.StringVar(&f.now, "now", "", "the day, YYYY-MM-DD, that entries of that file expire against (default: today, UTC)")
	flags.StringVar(&f.marker, "marker", "", "of markdown: a first line, invisible, by which a comment is found again")
	flags.StringArrayVar(&f.write, "write", nil, "write the report to a file, too: FORMAT=FILE, such as html=review.html; may be said several times")
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := f.check(c.Flags().Changed, args); err != nil {
			return err
		}
		return a.diff(c.Context(), args, f)
	}
	return c
}

func (f *diffFlags) check(given func(flag string) bool, args []string) error {
	if err := oneOf("--format", f.format, reportFormats...); err != nil {
		return err
	}
	for _, w := range f.write {
		format, file, found := strings.Cut(w, "=")
		if !found || file == "" {
			return fmt.Errorf("--write %q is not FORMAT=FILE", w)
		}
		if err := oneOf("--write", format, reportFormats...); err != nil {
			return err
		}
	}
	if given("fail-on") {
		if err := oneOf("--fail-on", f.failOn, review.Risks()...); err != nil {
			return err
		}
	}
	for _, kind := range f.over {
		if err := oneOf("--over", kind, simulate.Kinds()...); err != nil {
			return err
		}
	}
	switch {
	case given("base") && f.base == "":
		return errors.New("--base is empty: name a revision, such as main")
	case f.base == "" && (f.mergeBase || given("rendered")):
		return errors.New("--merge-base and --rendered are for --base only")
	case f.base == "" && len(args) != 2:
		return fmt.Errorf("compare OLD with NEW (two arguments, not %d), or topologies with a revision: --base REV", len(args))
	case given("marker") && !markerName.MatchString(f.marker):
		return fmt.Errorf("--marker %q is not a name of letters, digits, dots, dashes and underscores", f.marker)
	}
	return nil
}

var reportFormats = []string{"text", "json", "markdown", "html"}

// markerName keeps a marker inside the comment that it stands in.
var markerName = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$`)

// pair is an old and a new side. Old is nil for a topology that is new.
type pair struct {
	old, new *side
	prefix   string // of the names of targets, where there are several pairs
}

// diff compares and prints. Everything that a report says is known before the first byte of it is written.
func (a *app) diff(ctx context.Context, args []string, f diffFlags) error {
	day, err := today(f.now)
	if err != nil {
		return err
	}
	d := &differences{app: a, flags: f, report: &review.Report{}}
	defer d.close()
	if f.base == "" {
		err = d.openTwo(ctx, args[0], args[1])
	} else {
		err = d.openBase(ctx, args)
	}
	if err != nil {
		return err
	}
	if err := d.readIgnore(day); err != nil {
		return err
	}
	if err := d.compare(ctx); err != nil {
		return err
	}
	if err := d.writeFiles(); err != nil {
		return err
	}
	w := bufio.NewWriter(a.out)
	err = d.print(w, f.format)
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return d.status()
}

// writeFiles writes the reports of --write.
func (d *differences) writeFiles() error {
	for _, write := range d.flags.write {
		format, file, _ := strings.Cut(write, "=")
		var text bytes.Buffer
		if err := d.print(&text, format); err != nil {
			return fmt.Errorf("writing the report: %w", err)
		}
		if err := os.WriteFile(file, text.Bytes(), 0o666); err != nil {
			return fmt.Errorf("writing the report to %q: %w", file, cause(err))
		}
	}
	return nil
}

// differences is one run of diff.
type differences struct {
	app        *app
	flags      diffFlags
	pairs      []pair
	comparison review.Comparison
	report     *review.Report
	ignoreFile string // where it is looked for when no flag says
	ignoreText []byte // of the old side, with --base
	cleanup    []func()
	makers     map[*project]*maker
}

func (d *differences) close() {
	for _, p := range d.pairs {
		p.old.close()
		p.new.close()
	}
	for _, f := range d.cleanup {
		f()
	}
}

func (d *differences) openTwo(ctx context.Context, oldArg, newArg string) error {
	old, err := d.app.openSide(ctx, oldArg)
	if err != nil {
		return err
	}
	d.pairs = []pair{{old: old}}
	now, err := d.app.openSide(ctx, newArg)
	if err != nil {
		return err
	}
	d.pairs[0].new = now
	alignPlain(old, now)
	d.report.Old, d.report.New = old.about, now.about
	d.ignoreFile = ignoreName
	if now.project != nil {
		d.ignoreFile = filepath.Join(now.project.root.Name(), ignoreName)
	}
	return nil
}

// ignoreName is the file of what is not reported, at the root.
const ignoreName = ".meshtopo-ignore"

// readIgnore reads what is not reported: the file that a flag names, else the old side's with --base, else that at the root.
func (d *differences) readIgnore(day string) error {
	name, text := d.flags.ignore, d.ignoreText
	if name == "" && d.flags.base != "" {
		name = d.flags.base + ":" + ignoreName
	} else {
		file := name
		if file == "" {
			file = d.ignoreFile
		}
		var err error
		text, err = readIgnored(file, name != "")
		if os.IsNotExist(err) && name == "" {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading %q: %w", d.app.seen(file, file), cause(err))
		}
		name = d.app.seen(file, file)
	}
	ignore, err := review.ReadIgnore(name, text, day)
	d.comparison.Ignore = ignore
	return err
}

// readIgnored reads the file of what is not reported. One that nobody named is not looked for outside its directory, whatever link
// a stranger's change puts there.
func readIgnored(file string, named bool) ([]byte, error) {
	dir, base := filepath.Split(file)
	if named {
		return readSmall(os.DirFS(filepath.Clean(dir)), base)
	}
	root, err := os.OpenRoot(filepath.Clean(dir))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return readSmall(root.FS(), base)
}

// compare fills in the report.
func (d *differences) compare(ctx context.Context) error {
	for _, p := range d.pairs {
		if err := d.compareObjects(ctx, p); err != nil {
			return err
		}
	}
	r := d.report
	r.Targets, r.Objects, r.Version, r.Ignored = d.comparison.Result()
	if n := d.comparison.Stale(); n > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("the rendered tree at %s is not what the topology there renders to now: %d objects differ (another version of meshtopo, an edit, or a tree that was not rendered again)", d.flags.base, n))
	}
	if err := d.sources(ctx); err != nil {
		return err
	}
	for _, p := range d.pairs {
		if err := d.compareTraffic(ctx, p); err != nil {
			return err
		}
		for _, s := range []*side{p.old, p.new} {
			if s != nil {
				r.Notes = append(r.Notes, s.notes...)
			}
		}
	}
	r.Judge()
	r.Changed = !r.Same()
	return nil
}

// compareObjects compares the targets of two sides, one at a time.
func (d *differences) compareObjects(ctx context.Context, p pair) error {
	names := slices.Clone(p.new.names)
	if p.old != nil {
		names = append(names, p.old.names...)
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := d.compareTarget(p, name); err != nil {
			return err
		}
	}
	return nil
}
