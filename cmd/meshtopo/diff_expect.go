package main

import (
	"slices"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
	"github.com/meshtopo/meshtopo/review"
)

// expectations compares what the topologies expect with what they do.
func (t *traffic) expectations() {
	before := map[string]mesh.Expectation{}
	for _, e := range t.pair.old.project.mesh.Expect {
		before[e.String()] = e
	}
	for _, e := range t.pair.new.project.mesh.Expect {
		was, isOld := before[e.String()]
		delete(before, e.String())
		why := t.new.Judge(e)
		broken := isOld && t.old.Judge(was) != ""
		switch {
		case why == "" && broken:
			t.expect(e, review.Mended, "", t.pair.new)
		case why != "" && !isOld:
			t.expect(e, review.Unmet, why, t.pair.new)
		case why != "" && !broken:
			t.expect(e, review.Broken, why, t.pair.new)
		}
	}
	for _, e := range t.oldExpectations() {
		if _, gone := before[e.String()]; gone {
			t.withdrawn(e)
		}
	}
}

// oldExpectations gives the expectations of the old side, of the services of the new one where these are there.
func (t *traffic) oldExpectations() []mesh.Expectation {
	services := map[string]*mesh.Service{}
	for _, s := range t.pair.new.project.mesh.Services {
		services[s.Namespace+"/"+s.Name] = s
	}
	list := slices.Clone(t.pair.old.project.mesh.Expect)
	for i, e := range list {
		if s := services[e.Service.Namespace+"/"+e.Service.Name]; s != nil {
			list[i].Service = s
		}
	}
	return list
}

// withdrawn reports an expectation that is not in the new topology any more, and whether it would hold there.
func (t *traffic) withdrawn(e mesh.Expectation) {
	why := t.new.Judge(e)
	edited := e.Name != "" && slices.ContainsFunc(t.pair.new.project.mesh.Expect, func(n mesh.Expectation) bool { return n.Name == e.Name })
	switch {
	case edited && why == "":
		t.expect(e, review.Edited, "as it was it holds, too", t.pair.old)
		return
	case slices.ContainsFunc(t.pair.old.project.mesh.Expect, func(o mesh.Expectation) bool { return o.Index == e.Index && t.old.Judge(o) != "" }):
		why = "it did not hold before"
	case why != "":
		why = "it would not hold any more: " + why
	default:
		why = "it would hold still"
	}
	t.expect(e, review.Withdrawn, why, t.pair.old)
}

func (t *traffic) expect(e mesh.Expectation, change, why string, s *side) {
	text := e.String()
	if e.Name != "" {
		text = e.Name + ": " + text
	}
	risk := review.Outage
	switch {
	case change == review.Mended, change == review.Edited:
		risk = review.None
	case change == review.Withdrawn && why == "it would hold still", change == review.Withdrawn && why == "it did not hold before":
		risk = review.Removal
	}
	t.report.Expectations = append(t.report.Expectations, review.Expectation{
		Topology: t.name(), Expect: text, Change: change, Why: why, Risk: risk,
		Source: t.app.place(s.project, diag.Path("spec.expect").Index(e.Index)),
	})
}
