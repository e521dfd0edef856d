package render

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLostLists holds the JSON6902 form that is proposed for a list which a strategic-merge patch would replace.
func TestLostLists(t *testing.T) {
	const subsets = `{"subsets": [{"name": "v1", "labels": {"version": "v1"}}, {"name": "v2", "labels": {"version": "v2"}}]}`
	const failover = `{"failover": [{"from": "a", "to": "b"}, {"from": "b", "to": "a"}]}`
	for _, c := range []struct {
		name, object, patch string
		want                []string
	}{
		{"an element is added", subsets, `{"subsets": [{"name": "v3", "labels": {"version": "v3"}}]}`,
			[]string{`{op: add, path: /subsets/-, value: {"labels":{"version":"v3"},"name":"v3"}}`}},
		{"an element is changed", subsets, `{"subsets": [{"name": "v2", "trafficPolicy": {"tls": {"mode": "DISABLE"}}}]}`,
			[]string{`{op: replace, path: /subsets/1, value: {"labels":{"version":"v2"},"name":"v2","trafficPolicy":{"tls":{"mode":"DISABLE"}}}}`}},
		{"a row is changed", failover, `{"failover": [{"from": "a", "to": "c"}]}`, []string{`{op: replace, path: /failover/0, value: {"from":"a","to":"c"}}`}},
		{"the others are removed", failover, `{"failover": [{"from": "a", "to": "b"}]}`, []string{`{op: remove, path: /failover/1}`}},
		{"all are there", failover, `{"failover": [{"from": "b", "to": "a"}, {"from": "a", "to": "b"}]}`, nil},
		{"plain values", `{"hosts": ["x", "y"]}`, `{"hosts": ["z"]}`, []string{`{op: add, path: /hosts/-, value: "z"}`}},
		{"nothing stands there yet", `{}`, `{"hosts": ["z"]}`, nil},
		{"a key with a slash", `{"a/b": ["x"]}`, `{"a/b": ["y"]}`, []string{`{op: add, path: /a~1b/-, value: "y"}`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, lost := range lostLists(decoded(t, c.patch), decoded(t, c.object), "") {
				for _, line := range strings.Split(lost.json6902(map[string]any{}), "\n")[2:] {
					got = append(got, strings.TrimPrefix(line, "    - "))
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func decoded(t *testing.T, s string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		t.Fatal(err)
	}
	return v
}
