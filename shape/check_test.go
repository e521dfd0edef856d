package shape

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"go.yaml.in/yaml/v3"
)

// Each case is a file: values named by their message, and the problems that Check finds in them. UPDATE=1 rewrites those.
func TestCheck(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases in testdata", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { runCase(t, file) })
	}
}

func runCase(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	want := -1
	for i, f := range archive.Files {
		if f.Name == "problems" {
			want = i
			continue
		}
		name := strings.TrimSuffix(f.Name, ".yaml")
		for n, doc := range strings.Split(string(f.Data), "---\n") {
			var v any
			if err := yaml.Unmarshal([]byte(doc), &v); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&got, "%s %d\n", name, n)
			writeProblems(&got, Check(Message("istio."+name), v))
		}
	}
	if want < 0 {
		t.Fatalf("%s has no file problems", file)
	}
	if string(archive.Files[want].Data) == got.String() {
		return
	}
	if os.Getenv("UPDATE") == "" {
		t.Fatalf("%s: got\n%s\nwant\n%s", file, got.String(), archive.Files[want].Data)
	}
	archive.Files[want].Data = []byte(got.String())
	if err := os.WriteFile(file, txtar.Format(archive), 0o666); err != nil {
		t.Fatal(err)
	}
}

func writeProblems(b *strings.Builder, problems []Problem) {
	for _, p := range problems {
		at := "value"
		if p.AtKey {
			at = "key"
		}
		fmt.Fprintf(b, "  %s at %q: %s\n", at, p.Path, p.Message)
		if p.Fix != "" {
			fmt.Fprintf(b, "    fix: %s\n", p.Fix)
		}
	}
}

func messages() []Message {
	return []Message{
		AuthorizationPolicy, DestinationRule, EnvoyFilter, Gateway, PeerAuthentication, ProxyConfig, RequestAuthentication,
		ServiceEntry, Sidecar, Telemetry, TrafficExtension, VirtualService, WasmPlugin, WorkloadEntry, WorkloadGroup,
		HTTPRoute, LocalityLoadBalancerSetting, MeshConfig, MeshNetworks, MeshProxyConfig, Server, TCPRoute, TLSRoute, TrafficPolicy,
	}
}

// Every message has a descriptor, accepts a value with all of its fields, and refuses what is no map.
func TestMessages(t *testing.T) {
	for _, m := range messages() {
		md := m.descriptor()
		if md == nil {
			t.Errorf("istio.io/api has no %s", m)
			continue
		}
		for variant := range 8 {
			whole := sampler{variant}.message(md)
			if problems := Check(m, whole); len(problems) > 0 {
				t.Errorf("%s: %v", m, problems)
			}
			data, err := json.Marshal(whole)
			if err != nil {
				t.Fatal(err)
			}
			if err := unmarshal(m, data); err != nil {
				t.Errorf("istio.io/api does not read %s: %v", m, err)
			}
		}
		for _, v := range []any{nil, "", 1, true, []any{}} {
			if problems := Check(m, v); len(problems) != 1 || problems[0].Path != "" {
				t.Errorf("%s of %v: %v", m, v, problems)
			}
		}
	}
}

// ForKind serves what the CRDs serve, and all versions of a kind have one shape.
func TestVersionsAreAlike(t *testing.T) {
	served := map[string]bool{}
	first := map[string]*schema{}
	for _, k := range crdKinds(t) {
		served[k.apiVersion+" "+k.name] = true
		if s := first[k.name]; s != nil && !reflect.DeepEqual(s, k.spec) {
			t.Errorf("%s %s differs from another version of it", k.apiVersion, k.name)
		}
		first[k.name] = k.spec
	}
	for _, group := range []string{"networking", "security", "telemetry", "extensions", "install"} {
		for _, version := range []string{"v1", "v1beta1", "v1alpha3", "v1alpha2", "v1alpha1"} {
			for kind := range first {
				apiVersion := group + ".istio.io/" + version
				if _, ok := ForKind(apiVersion, kind); ok != served[apiVersion+" "+kind] {
					t.Errorf("ForKind(%q, %q) says %v", apiVersion, kind, ok)
				}
			}
		}
	}
}

// Values that no YAML or JSON reader of ours yields are problems, not panics.
func TestStrangeValues(t *testing.T) {
	deep := any("x")
	for range 10 * maxDepth {
		deep = map[string]any{"a": []any{deep}}
	}
	patch := func(v any) any {
		return map[string]any{"configPatches": []any{map[string]any{"patch": map[string]any{"value": v}}}}
	}
	route := func(v any) any { return map[string]any{"http": []any{map[string]any{"timeout": v}}} }
	for name, tc := range map[string]struct {
		message Message
		value   any
	}{
		"no such message": {"istio.networking.v1alpha3.Nothing", map[string]any{}},
		"not a message":   {"istio.networking.v1alpha3.TrafficPolicy.tls", map[string]any{}},
		"empty message":   {"", nil},
		"any keys":        {VirtualService, map[any]any{1: 2}},
		"time":            {VirtualService, route(time.Unix(0, 0))},
		"struct":          {VirtualService, route(struct{}{})},
		"int32":           {VirtualService, route(int32(1))},
		"too deep":        {EnvoyFilter, patch(deep)},
		"NaN":             {EnvoyFilter, patch(map[string]any{"a": math.NaN()})},
		"strange patch":   {EnvoyFilter, patch(map[string]any{"a": time.Unix(0, 0)})},
	} {
		if problems := Check(tc.message, tc.value); len(problems) != 1 {
			t.Errorf("%s: %v", name, problems)
		}
	}
	for _, f := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		v := map[string]any{"connectionPool": map[string]any{"http": map[string]any{"maxRetries": f}}}
		if problems := Check(TrafficPolicy, v); len(problems) != 1 {
			t.Errorf("maxRetries of %v: %v", f, problems)
		}
		v = map[string]any{"retryBudget": map[string]any{"percent": f}}
		if problems := Check(TrafficPolicy, v); len(problems) != 1 {
			t.Errorf("percent of %v: %v", f, problems)
		}
	}
}

func TestNearest(t *testing.T) {
	names := []string{"connectionPool", "loadBalancer", "outlierDetection", "tls", "to"}
	for word, want := range map[string]string{
		"conectionPool": "connectionPool", "connection_pool": "connectionPool", "connection-pool": "connectionPool",
		"ConnectionPool": "connectionPool", "loadBalacner": "loadBalancer", "tsl": "tls", "tl": "", "x": "", "": "",
		"somethingElse": "", strings.Repeat("connectionPool", 9): "",
	} {
		if got := nearest(word, names); got != want {
			t.Errorf("nearest(%q) is %q, want %q", word, got, want)
		}
	}
}
