package dataplane

import "testing"

// TestCompare holds counts against predictions that are right, a little off and wrong.
func TestCompare(t *testing.T) {
	near, far := Group{Region: "near", Version: "v1"}, Group{Region: "far", Version: "v1"}
	tally := Tally{
		{Endpoint: Endpoint{Place: Place{Region: "near"}, Version: "v1"}}: 4510,
		{Endpoint: Endpoint{Place: Place{Region: "far"}, Version: "v1"}}:  490,
	}
	tests := map[string]struct {
		shares Shares
		wrong  int
	}{
		"right":                    {Shares{near: 0.9, far: 0.1}, 0},
		"80 to 20":                 {Shares{near: 0.8, far: 0.2}, 2},
		"the other way round":      {Shares{near: 0.1, far: 0.9}, 2},
		"a region was left out":    {Shares{near: 1}, 2},
		"a region that got none":   {Shares{near: 0.9, far: 0.09, Group{Region: "third"}: 0.01}, 1},
		"the answers were errors":  {Shares{near: 0.9, Group{Region: "far", Version: "v1", Failed: true}: 0.1}, 2},
		"another version answered": {Shares{near: 0.9, Group{Region: "far", Version: "v2"}: 0.1}, 2},
	}
	for name, test := range tests {
		if wrong := (Flow{}).Compare(test.shares, tally).Wrong(); len(wrong) != test.wrong {
			t.Errorf("%s: %d rows are wrong, not %d: %v", name, len(wrong), test.wrong, wrong)
		}
	}
}
