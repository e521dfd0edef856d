package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/flow"
	"github.com/meshtopo/meshtopo/mesh"
	"github.com/meshtopo/meshtopo/simulate"
	"github.com/spf13/cobra"
)

// simulateFlags are the flags of simulate.
type simulateFlags struct {
	lose    []string
	mode    string
	sweep   int
	over    []string
	explain string
	format  string
}

// overPairs are the kinds of places that --sweep 2 loses when --over does not say: pairs of all kinds are too many to read.
var overPairs = []string{mesh.PlaceRegion, mesh.PlaceZone, mesh.PlaceCluster, mesh.PlaceGateway}

func (a *app) simulateCommand() *cobra.Command {
	var f simulateFlags
	c := &cobra.Command{
		Use:   "simulate TOPOLOGY",
		Short: "Say where traffic goes, while all is up or something is lost",
		Long: `Say where traffic goes, while all is up or something is lost.

The answer is reckoned from what would be rendered, after overlays: which endpoints clients prefer, what is ejected, what is dropped
and why, and how much of their capacity services use. Nothing is sent anywhere. The answer goes to stdout, findings to stderr.

A PLACE is region/R, zone/R/Z, cluster/C, gateway/G or gateway/G@cluster/C, link/R1-R2, mesh (the control plane), or service/S,
which can be narrowed (service/S@cluster/C, @region/R, @version/V) and be a part of its pods (2:service/S, 50%:service/S@region/R).

Exit status: 1 when there is an error among the findings, or when an expectation of the topology (spec.expect) does not hold. An
expectation is judged after the answer has been printed; with any other error nothing is simulated.`,
		Example: `  meshtopo simulate topologies/bookinfo-failover
  meshtopo simulate topologies/bookinfo-failover --lose region/cn-hangzhou
  meshtopo simulate topologies/bookinfo-failover --lose service/reviews@version/v1,service/reviews@version/v3 --mode failing
  meshtopo simulate topologies/bookinfo-failover --sweep 1 --format markdown
  meshtopo simulate topologies/bookinfo-failover --explain reviews@region/cn-hangzhou`,
		Args: cobra.ExactArgs(1),
	}
	flags := c.Flags()
	flags.StringSliceVar(&f.lose, "lose", nil, "a PLACE that is lost; several are lost at once")
	flags.StringVar(&f.mode, "mode", "", "what is lost is removed (its endpoints are gone) or failing (they answer with errors until ejected); default: removed for services, failing for regions, zones and clusters")
	flags.IntVar(&f.sweep, "sweep", 0, "try every loss of one place (1) or of two at once (2), and say which hurt most")
	flags.StringSliceVar(&f.over, "over", nil, "the kinds of places that --sweep loses: region, zone, cluster, gateway, service, version, link, mesh (default: all; of --sweep 2 the first four)")
	flags.StringVar(&f.explain, "explain", "", "say why requests to SERVICE, or to SERVICE@region/R from one region only, go where they go; * is every service")
	flags.StringVar(&f.format, "format", "text", "text, json or markdown")
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := f.check(c.Flags().Changed); err != nil {
			return err
		}
		return a.simulate(c, args, f)
	}
	return c
}

// check refuses flags that mean nothing, or not together.
func (f *simulateFlags) check(given func(flag string) bool) error {
	if err := oneOf("--format", f.format, "text", "json", "markdown"); err != nil {
		return err
	}
	if given("mode") {
		if err := oneOf("--mode", f.mode, mesh.ModeRemoved, mesh.ModeFailing); err != nil {
			return err
		}
	}
	for _, kind := range f.over {
		if err := oneOf("--over", kind, simulate.Kinds()...); err != nil {
			return err
		}
	}
	switch sweep := given("sweep"); {
	case sweep && f.sweep != 1 && f.sweep != 2:
		return fmt.Errorf("--sweep %d is not one of [1 2]", f.sweep)
	case sweep && given("lose"):
		return errors.New("--sweep chooses what is lost: leave out --lose")
	case sweep && given("explain"):
		return errors.New("--sweep and --explain are two questions: ask one")
	case given("lose") && len(f.lose) == 0:
		return errors.New("--lose is empty: name a place")
	case given("mode") && !sweep && len(f.lose) == 0:
		return errors.New("--mode says how something is lost: say what, with --lose or --sweep")
	case given("over") && len(f.over) == 0:
		return errors.New("--over is empty: name kinds of places")
	case given("over") && !sweep:
		return errors.New("--over is for --sweep only")
	case given("explain") && f.explain == "":
		return errors.New("--explain is empty: name a service, or * for every one")
	}
	return nil
}

// simulate prints what is wrong, then the answer, then the expectations that do not hold.
func (a *app) simulate(c *cobra.Command, args []string, f simulateFlags) error {
	projects, err := a.openAll(c.Context(), args)
	if err != nil {
		return err
	}
	defer closeAll(projects)
	p := projects[0]
	if p.failed() {
		return a.refuse(p)
	}
	lost, err := f.places(p.mesh)
	if err != nil {
		return err
	}
	model, err := simulate.New(p.mesh, p.rendering.Targets(""))
	if p.absorb(err) {
		return a.refuse(p)
	}
	if err != nil {
		return err
	}
	if err := a.print(a.err, p); err != nil {
		return fmt.Errorf("writing findings: %w", err)
	}
	w := bufio.NewWriter(a.out)
	s := simulation{app: a, project: p, model: model, flags: f, scenario: simulate.Scenario{Lost: lost, Mode: f.mode}, out: w}
	if err := errors.Join(s.answer(c.Context()), w.Flush()); err != nil {
		return err
	}
	return a.expect(c.Context(), p, model)
}

// refuse prints the findings of a topology with errors, of which nothing else is said.
func (a *app) refuse(p *project) error {
	if err := a.print(a.err, p); err != nil {
		return fmt.Errorf("writing findings: %w", err)
	}
	return errFindings
}

// places reads --lose.
func (f *simulateFlags) places(m *mesh.Mesh) ([]mesh.Place, error) {
	var places []mesh.Place
	for _, text := range f.lose {
		place, err := m.Place(text)
		if err != nil {
			return nil, fmt.Errorf("--lose: %w", placeHint(err))
		}
		if !slices.Contains(places, place) {
			places = append(places, place)
		}
	}
	return places, nil
}

// placeHint adds to the error of a name that leads nowhere the one that may be meant.
func placeHint(err error) error {
	var e *mesh.PlaceError
	if !errors.As(err, &e) {
		return err
	}
	if near, ok := diag.Nearest(e.Name, e.Known); ok {
		return fmt.Errorf("%w; did you mean %s?", err, near)
	}
	return err
}

// expect prints the expectations of the topology that do not hold.
func (a *app) expect(ctx context.Context, p *project, model *simulate.Model) error {
	judged := *p
	judged.findings = nil
	broken, err := p.broken(ctx, model)
	if err != nil {
		return err
	}
	judged.add(broken)
	if len(judged.findings) == 0 {
		return nil
	}
	if err := a.print(a.err, &judged); err != nil {
		return fmt.Errorf("writing findings: %w", err)
	}
	if judged.failed() {
		return errFindings
	}
	return nil
}

// lineWidth is where sentences are broken in text. It does not depend on the terminal, so that equal questions have equal answers.
const lineWidth = 100

// flowText says how text is printed.
func (a *app) flowText() flow.TextOptions {
	return flow.TextOptions{Color: a.colored(a.out), Width: lineWidth}
}

// printFlow prints a result in the format that was asked for.
func printFlow[T any](a *app, w io.Writer, v T, format string, text func(io.Writer, T, flow.TextOptions) error, markdown func(io.Writer, T) error) error {
	switch format {
	case "json":
		return flow.JSON(diag.InertJSON(w), v)
	case "markdown":
		return markdown(w, v)
	default:
		return text(w, v, a.flowText())
	}
}
