package shape

import (
	"strings"
	"testing"
)

func TestIsDuration(t *testing.T) {
	for _, c := range []struct {
		message Message
		path    string
		want    bool
	}{
		{DestinationRule, "trafficPolicy.outlierDetection.interval", true},
		{DestinationRule, "subsets.trafficPolicy.outlierDetection.baseEjectionTime", true},
		{DestinationRule, "subsets.labels.interval", false}, // a label of that name
		{DestinationRule, "trafficPolicy.outlierDetection", false},
		{DestinationRule, "host", false},
		{DestinationRule, "", false},
		{VirtualService, "http.timeout", true},
		{VirtualService, "http.timeout.seconds.more", false},
		{VirtualService, "http.no.such", false},
		{Message("no.such"), "http.timeout", false},
	} {
		var path []string
		if c.path != "" {
			path = strings.Split(c.path, ".")
		}
		if got := c.message.IsDuration(path...); got != c.want {
			t.Errorf("%s %s: %v, want %v", c.message, c.path, got, c.want)
		}
	}
}
