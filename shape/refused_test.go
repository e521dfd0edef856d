package shape_test

import (
	"strings"
	"testing"

	"github.com/meshtopo/meshtopo/shape"
	"sigs.k8s.io/yaml"
)

// TestRefused holds a sentence for each of istiod's refusals. What is refused is held against istiod in e2e/istio/refused.
func TestRefused(t *testing.T) {
	for text, want := range map[string]string{
		`{}`:                         ": trafficPolicy is empty; istiod refuses it",
		`portLevelSettings: []`:      ": trafficPolicy is empty; istiod refuses it",
		`connectionPool: {}`:         "connectionPool: connectionPool is empty; istiod refuses it",
		`connectionPool: {http: {}}`: "",
		`tls: {mode: SIMPLE}`:        "",
		`tls: {mode: MUTUAL}`:        "tls: clientCertificate is missing, and mode MUTUAL needs it, or credentialName; tls: privateKey is missing, and mode MUTUAL needs it, or credentialName",
		`tunnel: {targetHost: "a b", targetPort: 80}`:                                      "tunnel.targetHost: targetHost is neither an IP address nor a DNS name",
		`connectionPool: {http: {http2KeepAlive: {interval: 1s}}}`:                         "connectionPool.http.http2KeepAlive: timeout is missing",
		`portLevelSettings: [{port: {number: 80}}]`:                                        "portLevelSettings[0]: the entry of portLevelSettings sets nothing; istiod refuses it",
		`loadBalancer: {consistentHash: {useSourceIp: true, maglev: {tableSize: 9}}}`:      "loadBalancer.consistentHash.maglev.tableSize: tableSize must be a prime number up to 5000010, not 9",
		`loadBalancer: {warmup: {duration: 1s, aggression: 0}}`:                            "loadBalancer.warmup.aggression: aggression must be greater than 0, not 0",
		`loadBalancer: {localityLbSetting: {distribute: [{from: a, to: {a: 60, b: 41}}]}}`: "loadBalancer.localityLbSetting.distribute[0].to: the weights add up to 101, not 100",
	} {
		var v any
		if err := yaml.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range shape.Judge(shape.TrafficPolicy, v) {
			got = append(got, p.Path+": "+p.Message)
		}
		if all := strings.Join(got, "; "); all != want {
			t.Errorf("%s:\ngot  %s\nwant %s", text, all, want)
		}
	}
}
