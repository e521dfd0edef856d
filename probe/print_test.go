package probe

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestText(t *testing.T) {
	r := &Result{
		Topology: "shop", URL: "http://203.0.113.10/", Lost: []string{"region/a", "link/a-b"}, Mode: "failing", Requests: 100, Seen: 60, Redirects: 1, Confidence: 0.95,
		Failures: []Failure{{"strange \x1b[2J\nthing", 2}},
		Notes:    []string{"a note"},
		Services: []Service{
			{Service: "api", Classes: []Observed{
				{Class: Class{Kind: Signed, Version: "v1", Region: "a"}, Count: 59, Share: 59. / 60, Interval: Range{0.9, 0.99999}, Predicted: Range{0.00001, 0.5}},
				{Class: Class{Kind: Signed, Region: "b"}, Interval: Range{0, 0.0611}, Consistent: true},
				{Class: Class{Kind: Failed}, Count: 1, Share: 1. / 60, Interval: Range{0, 0.1}, Predicted: Range{0, 1}, Consistent: true},
			}},
			{Service: "web", Skipped: "twice", Classes: []Observed{{Class: Class{Kind: Unsigned}, Count: 60, Share: 1, Interval: Range{0.9, 1}, Consistent: true}}},
		},
	}
	const want = `shop: 60 of 100 requests to http://203.0.113.10/, taking it that region/a, link/a-b are lost (failing)
the answers differ from the prediction, and not by chance (confidence 95 %)
note: failed requests: strange \x1b[2J thing (2)
note: 1 redirect among the answers; none is followed
note: a note

api
  answered by  count  observed      interval    predicted
<red>  v1 in a         59    98.3 %  90 - >99.9 %  <0.1 - 50 %  differs<end>
  in b             0       0 %     0 - 6.1 %          0 %
  failed           1     1.7 %      0 - 10 %    0 - 100 %

web
  not judged: twice
  answered by  count  observed    interval  predicted
  no sign         60     100 %  90 - 100 %
`
	var b strings.Builder
	if err := Text(&b, r, true); err != nil {
		t.Fatal(err)
	}
	got := strings.NewReplacer("\x1b[31m", "<red>", "\x1b[0m", "<end>").Replace(b.String())
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The reasons that are told apart are bounded, since a peer can make the texts of errors all different.
func TestReasonsAreBounded(t *testing.T) {
	tally := newTally(&Signs{})
	for i := range 20 {
		tally.add(&Answer{Err: errors.New(strings.Repeat("x", i))}, nil, Options{})
	}
	failures := tally.failures()
	if len(failures) != maxReasons+1 || failures[0] != (Failure{"other failures", 20 - maxReasons}) {
		t.Errorf("got %v", failures)
	}
}
