package simulate

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/flow"
	"github.com/meshtopo/meshtopo/mesh"
)

// tolerance is how many percentage points what is expected and what is found may differ: istiod rounds weights up.
const tolerance = 0.5

// Expect judges the expectations of the topology. Each that does not hold is a finding (MT501) at its place in spec.expect.
func (m *Model) Expect() []diag.Finding {
	var findings []diag.Finding
	for _, e := range m.mesh.Expect {
		if problem := m.Judge(e); problem != "" {
			findings = append(findings, m.broken(e, problem))
		}
	}
	return findings
}

// Judge says what keeps an expectation, of this mesh or of another one, from holding; "" when it holds.
func (m *Model) Judge(e mesh.Expectation) string {
	s := Scenario{Mode: e.Mode}
	for _, text := range e.Lost {
		p, err := m.mesh.Place(text)
		if err != nil {
			return err.Error() // a rule has refused it already
		}
		s.Lost = append(s.Lost, p)
	}
	to := m.serviceOf(e.Service)
	if to == nil {
		return "no Service " + e.Service.Name + " is rendered"
	}
	st := m.newState(s)
	seen := st.observe(to, e.From)
	return cmp.Or(seen.differs("", e.To, seen.regions), seen.differs("version ", e.Versions, seen.versions), seen.tooMany(e.MaxDropped), m.overload(e, s, to))
}

// observed is where the requests of some clients to a service go, in per cent.
type observed struct {
	regions, versions map[string]float64
	dropped           float64
	why               string
}

// observe adds up the requests to a service: as they flow, or, from one region, those of each client there alike, since clients
// that have nothing to send today may have tomorrow.
func (st *state) observe(to *service, region string) observed {
	o := observed{regions: map[string]float64{}, versions: map[string]float64{}}
	if region != "" {
		o.fromRegion(st, to, region)
		return o
	}
	t := st.push().tally()
	total := t.asked[to.ref()]
	if total == 0 {
		o.dropped, o.why = 100, "no request gets that far"
		return o
	}
	for _, key := range t.pairs() {
		if talk := t.talks[key]; talk.to == to {
			for i, h := range talk.hops {
				o.add(to.servers[i], (h.rps-h.errors)/total)
			}
		}
	}
	for _, d := range t.dropList() {
		if d.Service == to.ref() && d.Kind != flow.Answered {
			o.dropped += 100 * d.RPS / total
			o.why = d.Why
		}
	}
	return o
}

func (o *observed) add(to flow.Server, share float64) {
	o.regions[to.Region] += 100 * share
	o.versions[to.Version] += 100 * share
}

// fromRegion adds up what the clients of one region get, each by the number of its pods that are left.
func (o *observed) fromRegion(st *state, to *service, region string) {
	list := st.model.askers(to, region)
	if len(list) == 0 {
		list = st.model.strangers(to, region)
	}
	total := 0.0
	for _, a := range list {
		total += float64(a.pods(st)) * a.part
	}
	if total == 0 {
		o.dropped, o.why = 100, "no client is left in "+region
		return
	}
	for _, a := range list {
		o.addAsker(st, to, a, float64(a.pods(st))/total)
	}
}

func (o *observed) addAsker(st *state, to *service, a asker, weight float64) {
	if a.ways.kind == flow.Answered {
		return
	}
	if len(a.ways.way) == 0 {
		o.dropped, o.why = o.dropped+100*weight, a.ways.why
		return
	}
	if a.ways.aborted > 0 {
		o.dropped, o.why = o.dropped+100*weight*a.ways.aborted*a.part, "a route aborts "+percent(a.ways.aborted)
	}
	for _, w := range a.ways.way {
		part := weight * (1 - a.ways.aborted) * w.weight
		switch {
		case w.policy == nil:
			o.dropped, o.why = o.dropped+100*part, w.why
		case w.policy.service == to:
			o.addOutcome(st, st.outcome(w.policy, w.client), part)
		}
	}
}

func (o *observed) addOutcome(st *state, out *outcome, part float64) {
	s := out.policy.service
	to := func(g int) flow.Server { return s.servers[s.serverOf[g]] }
	st.eachGroup(out, func(g int, sent, errors float64) { o.add(to(g), part*(sent-errors)) })
	o.dropped += 100 * part * (out.lost + out.failed)
	if out.failed > 0 {
		o.why = out.policy.whyErrors(out)
	} else if out.lost > 0 {
		o.why = out.policy.whyLost(out)
	}
}

// differs compares shares in per cent with those expected.
func (o *observed) differs(what string, want, got map[string]float64) string {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if math.Abs(want[name]-got[name]) > tolerance {
			return fmt.Sprintf("%s %% go to %s%s and not %s %%%s", short(got[name]), what, name, short(want[name]), o.because(got))
		}
	}
	return ""
}

// because says where the requests went.
func (o *observed) because(got map[string]float64) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if got[name] > 0 {
			parts = append(parts, cmp.Or(name, "no version")+" "+short(got[name])+" %")
		}
	}
	text := ""
	if len(parts) > 1 {
		text = " (" + strings.Join(parts, ", ") + ")"
	}
	if o.dropped > tolerance {
		text += fmt.Sprintf("; %s %% get no good answer: %s", short(o.dropped), o.why)
	}
	return text
}

func (o *observed) tooMany(most *float64) string {
	if most == nil || o.dropped <= *most+1e-9 {
		return ""
	}
	return fmt.Sprintf("%s %% get no good answer, and %s %% may: %s", short(o.dropped), short(*most), o.why)
}

func short(percent float64) string { return strings.TrimSuffix(tenths(percent), ".0") }

// overload compares the utilization of the service with what is allowed.
func (m *Model) overload(e mesh.Expectation, s Scenario, to *service) string {
	if e.MaxUtilization == nil {
		return ""
	}
	for _, u := range m.Run(s).Utilization {
		if u.Service == to.ref() && 100*u.Utilization > *e.MaxUtilization+1e-9 {
			return fmt.Sprintf("version %s in cluster %s is at %s %% of its capacity, and %s %% is allowed", u.Version, u.Cluster, short(100*u.Utilization), short(*e.MaxUtilization))
		}
	}
	return ""
}

// broken is the finding about an expectation that does not hold.
func (m *Model) broken(e mesh.Expectation, problem string) diag.Finding {
	when := "while all is up"
	if len(e.Lost) > 0 {
		when = "with " + strings.Join(e.Lost, " and ") + " lost"
	}
	if e.Mode != "" {
		when += " (" + e.Mode + ")"
	}
	name, from := "", ""
	if e.Name != "" {
		name = " " + strconv.Quote(e.Name)
	}
	if e.From != "" {
		from = " from " + e.From
	}
	f := diag.New(diag.ExpectationFails, diag.Path("spec.expect").Index(e.Index), "expectation%s does not hold %s: of the requests%s to %s, %s", name, when, from, shortRef(e.Service.Namespace, e.Service.Name), problem)
	return f.WithFix("see what decides: meshtopo simulate TOPOLOGY%s --explain %s", loseFlags(e), shortRef(e.Service.Namespace, e.Service.Name))
}

func loseFlags(e mesh.Expectation) string {
	flags := ""
	for _, l := range e.Lost {
		flags += " --lose " + l
	}
	if e.Mode != "" {
		flags += " --mode " + e.Mode
	}
	return flags
}

// lostRegion says whether a region is lost whole, with the clients in it.
func (st *state) lostRegion(region string) bool { return slices.Contains(st.regions, region) }
