package shape

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// Check never panics, ends, says the same twice, and accepts nothing that istio.io/api cannot read.
func FuzzVirtualService(f *testing.F) {
	for _, seed := range []string{
		`null`, `[]`, `{}`, `{"hosts": ["a"], "http": [{"route": [{"destination": {"host": "a", "subset": "v1", "port": {"number": 80}}, "weight": 100}]}]}`,
		`{"http": [{"match": [{"uri": {"prefix": "/", "exact": "/"}, "headers": {"x.y": {}}}], "timeout": "1m", "retries": {"attempts": 1.0}}]}`,
		`{"http": [{"fault": {"delay": {"fixedDelay": "1ms", "percentage": {"value": 1e-3}}, "abort": {"httpStatus": 1e40}}, "zzz": [[[[]]]]}]}`,
		`{"http": [{"directResponse": {"status": 200, "body": {"bytes": "YQ=="}}, "corsPolicy": {"allowCredentials": null, "maxAge": "9999999h"}}]}`,
		`{"tls": [{"match": [{"sniHosts": ["a"], "port": -1}]}], "tcp": {"": 0}, "exportTo": "."}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var v any
		if json.Unmarshal(data, &v) != nil {
			return
		}
		problems := Check(VirtualService, v)
		for _, p := range problems {
			if p.Message == "" || strings.Contains(p.Message+p.Fix+p.Path, "\n") {
				t.Errorf("%+v", p)
			}
		}
		if !reflect.DeepEqual(problems, Check(VirtualService, v)) {
			t.Error("two checks of one value differ")
		}
		if len(problems) > 0 {
			return
		}
		again, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if err := unmarshal(VirtualService, again); err != nil {
			t.Errorf("istio.io/api does not read what Check accepts: %v", err)
		}
	})
}

func BenchmarkDestinationRule(b *testing.B) {
	// The rule of one service with all of the tutorial's blocks and two subsets.
	policy := func() map[string]any {
		return map[string]any{
			"connectionPool":   map[string]any{"http": map[string]any{"maxRequestsPerConnection": 1}, "tcp": map[string]any{"maxConnections": 100}},
			"outlierDetection": map[string]any{"consecutive5xxErrors": 1, "interval": "1s", "baseEjectionTime": "1m", "maxEjectionPercent": 100},
			"loadBalancer": map[string]any{"simple": "ROUND_ROBIN", "localityLbSetting": map[string]any{
				"enabled":  true,
				"failover": []any{map[string]any{"from": "cn-hangzhou", "to": "cn-shanghai"}, map[string]any{"from": "cn-shanghai", "to": "cn-hangzhou"}},
			}},
		}
	}
	rule := map[string]any{
		"host":          "reviews.default.svc.cluster.local",
		"trafficPolicy": policy(),
		"subsets": []any{
			map[string]any{"name": "v1", "labels": map[string]any{"version": "v1"}},
			map[string]any{"name": "v2", "labels": map[string]any{"version": "v2"}, "trafficPolicy": policy()},
		},
	}
	b.ReportAllocs()
	for b.Loop() {
		if problems := Check(DestinationRule, rule); len(problems) > 0 {
			b.Fatal(problems)
		}
	}
}
