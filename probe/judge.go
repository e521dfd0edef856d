package probe

// Judge holds what was seen against the predictions. A class differs when its interval and its prediction have no share in common. A
// mesh that is as predicted is said to agree with at least the given confidence, from 0 to 1: what is left of it is divided evenly
// among the predictions that chance has a part in (Bonferroni's correction), and for each between the two ends of the interval. Of
// a share that is predicted to be 0 or 1 one answer decides.
func (t *Tally) Judge(predictions []Prediction, confidence float64) *Result {
	r := &Result{
		Seen: t.seen, Unanswered: t.unanswered, Redirects: t.redirects, Failures: t.failures(), Confidence: confidence, Consistent: true,
		Lost: []string{}, Services: []Service{}, Notes: []string{},
	}
	miss := (1 - confidence) / 2 / float64(max(1, open(predictions)))
	for i, of := range t.signs.services {
		s := Service{Service: of.ref, Skipped: predictions[i].Skipped}
		for c, class := range of.classes {
			o := Observed{Class: class, Count: t.counts[i][c], Interval: interval(t.counts[i][c], t.seen, miss), Consistent: true}
			if t.seen > 0 {
				o.Share = float64(o.Count) / float64(t.seen)
			}
			if s.Skipped == "" {
				o.Predicted = predictions[i].Classes[c]
				o.Consistent = o.agrees(t.seen)
			}
			r.Consistent = r.Consistent && o.Consistent
			s.Classes = append(s.Classes, o)
		}
		r.Services = append(r.Services, s)
	}
	return r
}

// open counts the predictions that chance has a part in.
func open(predictions []Prediction) int {
	n := 0
	for _, p := range predictions {
		for _, c := range p.Classes {
			if c.High > 0 && c.Low < 1 {
				n++
			}
		}
	}
	return n
}

// agrees says whether the interval and the prediction have a share in common. No chance makes something of what is never.
func (o *Observed) agrees(seen int) bool {
	if o.Predicted.High == 0 && o.Count > 0 || o.Predicted.Low == 1 && o.Count < seen {
		return false
	}
	return o.Interval.Low <= o.Predicted.High && o.Predicted.Low <= o.Interval.High
}
