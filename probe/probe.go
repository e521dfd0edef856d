// Package probe holds what a live gateway answers against what a simulation predicts, and says whether the difference is chance.
//
// Signs reads from an answer who served it, by the markers of the topology (signs.go). Send sends the requests, each on a
// connection of its own, and counts (send.go). Predict turns the report of a simulation into a share for each count (predict.go),
// and Judge holds exact confidence intervals of what was seen against it (judge.go, interval.go). Text and JSON print the result.
//
// A class is answers that look alike as far as the markers of one service tell. An answer is in one class of each service.
//
// It is a stage: it imports diag, flow and mesh, and gets the report from whoever calls it.
package probe

// Kinds of Class.
const (
	Signed   = "signed"   // a marker says who served it
	Unsigned = "unsigned" // no marker of the service matches
	Failed   = "failed"   // no answer, or one with a status of 500 or more
)

// Class is answers that the markers of a service do not tell apart.
type Class struct {
	Kind    string `json:"kind"`
	Version string `json:"version,omitempty"` // what the marker says; "" when it says the region only, and when Kind is not Signed
	Region  string `json:"region,omitempty"`
}

// Range is from one share to another, both from 0 to 1. They are equal where one is known.
type Range struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Result is what was seen and what it means.
type Result struct {
	Topology   string    `json:"topology"`
	URL        string    `json:"url"`        // without a password
	Lost       []string  `json:"lost"`       // the places taken to be lost, in canonical spelling
	Mode       string    `json:"mode"`       // as in flow.Report
	Requests   int       `json:"requests"`   // that were to be sent
	Seen       int       `json:"seen"`       // that were answered, or failed
	Unanswered int       `json:"unanswered"` // of these, those without any answer
	Redirects  int       `json:"redirects"`  // answers that are redirects; none is followed
	Failures   []Failure `json:"failures"`   // the most frequent first
	Confidence float64   `json:"confidence"` // of the judgement: a mesh that is as predicted is said to agree with at least this probability
	Consistent bool      `json:"consistent"`
	Services   []Service `json:"services"` // in the order of the markers
	Notes      []string  `json:"notes"`    // what the reader should know of the prediction
}

// Failure is a way in which requests failed.
type Failure struct {
	Reason string `json:"reason"`
	Count  int    `json:"count"`
}

// Service is who answered for one service.
type Service struct {
	Service string     `json:"service"` // its name, or namespace/name outside the namespace default
	Skipped string     `json:"skipped"` // why it is not judged; "" when it is
	Classes []Observed `json:"classes"`
}

// Observed is the answers of one class.
type Observed struct {
	Class
	Count      int     `json:"count"`
	Share      float64 `json:"share"`     // of all that were seen
	Interval   Range   `json:"interval"`  // of the true share, see Judge
	Predicted  Range   `json:"predicted"` // no more than a range where it depends on what the model does not know
	Consistent bool    `json:"consistent"`
}

// Judged says whether any service could be judged.
func (r *Result) Judged() bool {
	for _, s := range r.Services {
		if s.Skipped == "" {
			return true
		}
	}
	return false
}
