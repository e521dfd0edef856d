package probe_test

import (
	"errors"
	"net/http"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/mesh"
	"github.com/meshtopo/meshtopo/probe"
)

var (
	page    = &mesh.Service{Name: "page", Namespace: mesh.DefaultNamespace}
	reviews = &mesh.Service{Name: "reviews", Namespace: "shop"}
)

func TestSigns(t *testing.T) {
	signs, err := probe.NewSigns([]mesh.Marker{
		{Service: reviews, Version: "v3", Pattern: `full stars.*red`},
		{Service: page, Region: "east", Header: "x-region", Pattern: `^east$`},
		{Service: reviews, Version: "v2", Pattern: `full.stars`},
		{Service: reviews, Version: "v3", Header: "X-Served-By", Pattern: `^reviews-v3-`},
		{Service: page, Version: "v1", Region: "west", Header: "X-Region", Pattern: `^$`},
	})
	if err != nil {
		t.Fatal(err)
	}
	// The classes of reviews are v3, v2, no sign and failed; those of page east, v1 in west, no sign and failed.
	for _, c := range []struct {
		name   string
		answer probe.Answer
		want   []int // reviews, page
	}{
		{"first marker", probe.Answer{Status: 200, Body: []byte("<!-- full stars: --> red")}, []int{0, 2}},
		{"second marker", probe.Answer{Status: 200, Body: []byte("<!-- full stars: --> black")}, []int{1, 2}},
		{"no marker", probe.Answer{Status: 200, Body: []byte("a play")}, []int{2, 2}},
		{"a marker of the same class", probe.Answer{Status: 200, Header: http.Header{"X-Served-By": {"x", "reviews-v3-a"}}}, []int{0, 2}},
		{"both services", probe.Answer{Status: 200, Header: http.Header{"X-Region": {"east"}}, Body: []byte("full stars")}, []int{1, 0}},
		{"an empty header is not one that is missing", probe.Answer{Status: 200, Header: http.Header{"X-Region": {""}}}, []int{2, 1}},
		{"status 499", probe.Answer{Status: 499, Body: []byte("full stars")}, []int{1, 2}},
		{"status 500", probe.Answer{Status: 500, Body: []byte("full stars")}, []int{3, 3}},
		{"broken off", probe.Answer{Status: 200, Body: []byte("full stars"), Err: errors.New("broken")}, []int{3, 3}},
		{"nothing", probe.Answer{Err: errors.New("refused")}, []int{3, 3}},
	} {
		if diff := cmp.Diff(c.want, signs.Read(&c.answer)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestSignsRefuse(t *testing.T) {
	_, err := probe.NewSigns([]mesh.Marker{{Service: reviews, Version: "v1", Pattern: "(?=a)"}})
	if err == nil || err.Error() != "marker of shop/reviews: error parsing regexp: invalid or unsupported Perl syntax: `(?=`" {
		t.Errorf("got error %v", err)
	}
}

// FuzzSigns holds what is read of any answer against the plain rule: the first marker that matches counts.
func FuzzSigns(f *testing.F) {
	f.Add("full.stars", "red|black", "<!-- full stars: --> red", "reviews-v1", 200)
	f.Add("^$", "a*", "", "", 503)
	f.Add("(", "\xff", "\x00\xff", "\r\n", -1)
	f.Fuzz(func(t *testing.T, first, second, body, header string, status int) {
		if len(first) > 1000 || len(second) > 1000 {
			return // the schema takes no longer one
		}
		markers := []mesh.Marker{
			{Service: page, Version: "v1", Pattern: first},
			{Service: page, Version: "v2", Header: "x", Pattern: second},
		}
		a := probe.Answer{Status: status, Header: http.Header{"X": {header}}, Body: []byte(body)}
		signs, err := probe.NewSigns(markers)
		one, bad1 := regexp.Compile(first)
		two, bad2 := regexp.Compile(second)
		if (err != nil) != (bad1 != nil || bad2 != nil) {
			t.Fatalf("error %v of patterns with errors %v and %v", err, bad1, bad2)
		}
		if err != nil {
			return
		}
		want := 2
		switch {
		case status >= 500:
			want = 3
		case one.MatchString(body):
			want = 0
		case two.MatchString(header):
			want = 1
		}
		if diff := cmp.Diff([]int{want}, signs.Read(&a)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
