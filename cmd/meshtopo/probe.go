package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
	"github.com/meshtopo/meshtopo/probe"
	"github.com/meshtopo/meshtopo/simulate"
	"github.com/spf13/cobra"
)

// probeFlags are the flags of probe.
type probeFlags struct {
	url         string
	requests    int
	concurrency int
	timeout     time.Duration
	duration    time.Duration
	headers     []string
	lose        []string
	mode        string
	gateway     string
	region      string
	confidence  float64
	tolerate    float64
	format      string
}

// Bounds of what probe sends.
const (
	maxRequests    = 100_000
	maxConcurrency = 256
	maxTimeout     = 10 * time.Minute
	maxDuration    = 24 * time.Hour
)

func (a *app) probeCommand() *cobra.Command {
	var f probeFlags
	c := &cobra.Command{
		Use:   "probe TOPOLOGY --url URL",
		Short: "Send requests to a live gateway and compare who answers with the prediction",
		Long: `Send requests to a live gateway and compare who answers with the prediction.

The markers of the topology (spec.probe) tell from an answer which version or region served it. How many answers each served is
compared with what simulate predicts for requests like these: through this gateway, with this host, path and headers. --lose says
what is down at the moment, with the PLACES of simulate. The result goes to stdout, findings to stderr.

Each request opens a connection of its own. Proxies are not used and redirects are not followed. An interrupt ends the sending, and
what was seen is judged.

Exit status: 1 when the difference is not chance, or there is an error among the findings; 2 when nothing could be judged.`,
		Example: `  meshtopo probe topologies/bookinfo-hardened --url http://203.0.113.10 -n 1000
  meshtopo probe topologies/bookinfo-hardened --url http://203.0.113.10/productpage --lose service/reviews@cluster/ack-hangzhou
  meshtopo probe . --url https://203.0.113.10 --header 'Host: shop.example.com' --gateway ingressgateway --region cn-hangzhou`,
		Args: cobra.ExactArgs(1),
	}
	flags := c.Flags()
	flags.StringVar(&f.url, "url", "", "where to send requests, http or https (required); without a path, spec.probe.path is asked for")
	flags.IntVarP(&f.requests, "requests", "n", 100, "how many requests, 100000 at most")
	flags.IntVar(&f.concurrency, "concurrency", 8, "how many requests are under way at once, 256 at most")
	flags.DurationVar(&f.timeout, "timeout", 5*time.Second, "how long to wait for one answer")
	flags.DurationVar(&f.duration, "duration", 2*time.Minute, "how long to send at most; what was seen until then is judged")
	flags.StringArrayVar(&f.headers, "header", nil, "a header of the requests, 'NAME: VALUE'; can be given several times")
	flags.StringSliceVar(&f.lose, "lose", nil, "a PLACE that is down at the moment; several are down at once")
	flags.StringVar(&f.mode, "mode", "", "what is down is removed or failing, see simulate")
	flags.StringVar(&f.gateway, "gateway", "", "the gateway that the URL leads to; needed when there are several")
	flags.StringVar(&f.region, "region", "", "the region of that gateway; left out, requests are taken to be spread over all its clusters")
	flags.Float64Var(&f.confidence, "confidence", 0.999, "how sure to be before a difference is no chance, from 0.5 to 0.999999")
	flags.Float64Var(&f.tolerate, "tolerate-failures", 0, "per cent of the requests that may fail without being predicted to")
	flags.StringVar(&f.format, "format", "text", "text or json")
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := f.check(c.Flags().Changed); err != nil {
			return err
		}
		return a.probe(c.Context(), args, f)
	}
	return c
}

// check refuses flags that mean nothing.
func (f *probeFlags) check(given func(flag string) bool) error {
	if err := oneOf("--format", f.format, "text", "json"); err != nil {
		return err
	}
	if given("mode") {
		if err := oneOf("--mode", f.mode, mesh.ModeRemoved, mesh.ModeFailing); err != nil {
			return err
		}
	}
	return cmp.Or(
		within("--requests", f.requests, 1, maxRequests),
		within("--concurrency", f.concurrency, 1, maxConcurrency),
		within("--timeout", f.timeout, time.Millisecond, maxTimeout),
		within("--duration", f.duration, time.Millisecond, maxDuration),
		within("--confidence", f.confidence, 0.5, 0.999999),
		within("--tolerate-failures", f.tolerate, 0, 100),
	)
}

func within[T int | float64 | time.Duration](flag string, value, low, high T) error {
	if value >= low && value <= high {
		return nil
	}
	return fmt.Errorf("%s %v is not from %v to %v", flag, value, low, high)
}

// probe asks the model, sends the requests, and prints what is to be said of both.
func (a *app) probe(ctx context.Context, args []string, f probeFlags) error {
	target, err := f.target()
	if err != nil {
		return err
	}
	projects, err := a.openAll(ctx, args)
	if err != nil {
		return err
	}
	defer closeAll(projects)
	p := projects[0]
	if p.failed() {
		return a.refuse(p)
	}
	if p.mesh.Probe == nil {
		return fmt.Errorf("topology %s has no spec.probe, so nothing tells who served an answer: see meshtopo explain spec.probe", p.mesh.Name)
	}
	if target.url.Path == "" {
		target.setPath(p.mesh.Probe.Path)
	}
	q, err := f.question(p.mesh, target)
	if err != nil {
		return err
	}
	err = q.predict(p)
	if p.absorb(err) {
		return a.refuse(p)
	}
	if err != nil {
		return err
	}
	if err := a.print(a.err, p); err != nil {
		return fmt.Errorf("writing findings: %w", err)
	}
	return a.ask(ctx, q, f)
}

// question is what is asked of the live gateway, and what the model says to it.
type question struct {
	result      probe.Result // what is known before anything is sent
	signs       *probe.Signs
	options     probe.Options
	demand      mesh.Demand
	scenario    simulate.Scenario
	tolerate    float64 // a share
	predictions []probe.Prediction
}

func (f *probeFlags) question(m *mesh.Mesh, t *target) (*question, error) {
	lost, err := (&simulateFlags{lose: f.lose}).places(m)
	if err != nil {
		return nil, err
	}
	demand, err := f.demand(m)
	if err != nil {
		return nil, err
	}
	demand.Host, demand.Path, demand.Method, demand.Headers = t.hostname(), t.url.EscapedPath(), "GET", t.lowered()
	signs, err := probe.NewSigns(m.Probe.Markers)
	if err != nil {
		return nil, err
	}
	q := &question{signs: signs, demand: demand, scenario: simulate.Scenario{Lost: lost, Mode: f.mode}, tolerate: f.tolerate / 100}
	q.options = probe.Options{URL: t.url, Host: t.host, Header: t.header, Requests: f.requests, Concurrency: f.concurrency, Timeout: f.timeout}
	q.result = probe.Result{Topology: m.Name, URL: t.url.Redacted(), Mode: f.mode, Requests: f.requests, Lost: []string{}}
	for _, place := range lost {
		q.result.Lost = append(q.result.Lost, place.String())
	}
	return q, nil
}

// predict simulates one request per second like those that will be sent.
func (q *question) predict(p *project) error {
	asked := probe.Asking(p.mesh, q.demand)
	model, err := simulate.New(asked, p.rendering.Targets(""))
	if err != nil {
		return err
	}
	report := model.Run(q.scenario)
	q.predictions = q.signs.Predict(asked, report, q.tolerate)
	q.result.Notes = report.Notes
	return nil
}

// ask sends the requests, prints the result, and says what it means for the exit status.
func (a *app) ask(ctx context.Context, q *question, f probeFlags) error {
	limited, cancel := context.WithTimeout(ctx, f.duration)
	defer cancel()
	draw, hide := a.progress(false)
	q.options.Progress = draw
	tally := probe.Send(limited, q.signs, q.options)
	hide()
	r := tally.Judge(q.predictions, f.confidence)
	r.Topology, r.URL, r.Lost, r.Mode, r.Requests = q.result.Topology, q.result.URL, q.result.Lost, q.result.Mode, q.result.Requests
	r.Notes = append(r.Notes, q.result.Notes...)
	switch {
	case r.Seen == 0:
		return errors.New("no request came to an end in time, so nothing is known")
	case r.Unanswered == r.Seen:
		return fmt.Errorf("nothing answers at %s: %s", r.URL, r.Failures[0].Reason)
	}
	if err := a.printProbe(a.out, r, f.format); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return judged(ctx, r)
}

func (a *app) printProbe(w io.Writer, r *probe.Result, format string) error {
	if format == "json" {
		return probe.JSON(diag.InertJSON(w), r)
	}
	return probe.Text(w, r, a.colored(w))
}

// judged is what a result means for the exit status.
func judged(ctx context.Context, r *probe.Result) error {
	switch {
	case !r.Judged():
		return errors.New("no service with markers can be judged")
	case !r.Consistent:
		return errFindings
	case ctx.Err() != nil:
		return fmt.Errorf("interrupted after %d of %d requests", r.Seen, r.Requests)
	}
	return nil
}
