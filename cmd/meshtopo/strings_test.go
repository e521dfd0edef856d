package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
	sigs "sigs.k8s.io/yaml"
)

// markerEnd ends markers, strings that no topology holds. What is rendered with a marker says where the string of a place belongs: with any other string there, the
// same must be rendered with that string for the marker, and nothing else may differ. So no table says what reaches which object.
const markerEnd = "0qmark"

// formsOf are what a place that holds a text may want a string to look like. The first is the string itself.
func formsOf(text, s string) []string {
	forms := []string{s}
	switch {
	case strings.HasPrefix(text, "https://"):
		forms = append(forms, "https://"+s+".example.com")
	case strings.HasPrefix(text, "/"):
		forms = append(forms, "/"+s)
	case strings.HasSuffix(text, "/*"):
		forms = append(forms, s+"/*")
	case strings.HasPrefix(text, "*."):
		forms = append(forms, "*."+s+".com")
	case strings.Contains(text, "."):
		forms = append(forms, s+".example.com")
	}
	return forms
}

// place is a string of a topology: a value, or a key that the user chose.
type place struct {
	steps []any
	key   bool
	text  string
}

func (p place) String() string {
	s := ""
	for _, step := range p.steps {
		s += fmt.Sprintf("/%v", step)
	}
	if p.key {
		s += " (key)"
	}
	return s
}

// kind is what a place has in common with those of other elements of lists.
func (p place) kind() string {
	kind := ""
	for i, step := range p.steps {
		switch step := step.(type) {
		case int:
			kind += "[]"
		case string:
			if p.key && i == len(p.steps)-1 {
				step = "KEY"
			}
			kind += "." + step
		}
	}
	return kind
}

// ownKeys are the fields whose keys are the user's.
var ownKeys = map[string]bool{
	"annotations": true, "labels": true, "matchLabels": true, "headers": true, "to": true, "versions": true, "values": true, "nodeSelector": true, "parameters": true,
	"serviceAnnotations": true, "serviceLabels": true, "podAnnotations": true, "podLabels": true, "limits": true, "requests": true,
}

// placesOf lists the strings of a value, in canonical order.
func placesOf(v any, steps []any, keysAreOwn bool) []place {
	steps = slices.Clip(steps)
	var all []place
	switch v := v.(type) {
	case string:
		all = append(all, place{steps: steps, text: v})
	case []any:
		for i, e := range v {
			all = append(all, placesOf(e, append(steps, i), false)...)
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if keysAreOwn {
				all = append(all, place{steps: append(steps, k), key: true, text: k})
			}
			all = append(all, placesOf(v[k], append(steps, k), ownKeys[k] && !keysAreOwn)...)
		}
	}
	return all
}

// withString gives a copy of a value with another string at a place.
func withString(v any, p place, s string) any {
	if len(p.steps) == 0 {
		return s
	}
	next := place{steps: p.steps[1:], key: p.key}
	switch v := v.(type) {
	case []any:
		list := slices.Clone(v)
		i := p.steps[0].(int)
		list[i] = withString(v[i], next, s)
		return list
	case map[string]any:
		fields := maps.Clone(v)
		k := p.steps[0].(string)
		if p.key && len(p.steps) == 1 {
			delete(fields, k)
			fields[s] = v[k]
		} else {
			fields[k] = withString(v[k], next, s)
		}
		return fields
	}
	panic("no such place")
}

// rename gives a copy of a value in which a name is another one everywhere, as a word of its own.
func rename(v any, word *regexp.Regexp, s string, keysAreOwn bool) any {
	replace := func(text string) string {
		return word.ReplaceAllStringFunc(text, func(m string) string {
			i := word.FindStringSubmatchIndex(m)
			return m[:i[2]] + s + m[i[3]:]
		})
	}
	switch v := v.(type) {
	case string:
		return replace(replace(v)) // neighbours share the character between them
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = rename(e, word, s, false)
		}
		return list
	case map[string]any:
		fields := map[string]any{}
		for k, e := range v {
			if keysAreOwn {
				fields[replace(k)] = rename(e, word, s, false)
			} else {
				fields[k] = rename(e, word, s, ownKeys[k])
			}
		}
		return fields
	}
	return v
}

func wordOf(text string) *regexp.Regexp {
	return regexp.MustCompile(`(?:^|[^-a-zA-Z0-9])(` + regexp.QuoteMeta(text) + `)(?:$|[^-a-zA-Z0-9])`)
}

// prober puts strings into the places of one topology.
type prober struct {
	root   *os.Root
	plain  map[string]any
	places []place
	names  []string // sorted: all strings that are names
	known  map[string]*reference
}

var name = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,50}[a-z0-9])?$`)

// marker gives a marker that stands among the names of the topology where the string would stand, since names decide the order of many things.
func (b *prober) marker(s string) string {
	i, found := slices.BinarySearch(b.names, s)
	if found {
		i++
	}
	if i == 0 {
		return markerEnd
	}
	return b.names[i-1] + "-" + markerEnd
}

// newProber leaves components and overlays out: what they make of a string is the user's. Nor is what is only asked of a mesh rendered.
func newProber(tb testing.TB, root *os.Root, plain map[string]any) *prober {
	spec := plain["spec"].(map[string]any)
	for _, field := range []string{"components", "overlays", "waivers", "expect", "probe", "demand"} {
		delete(spec, field)
	}
	b := &prober{root: root, plain: plain, places: placesOf(plain, nil, false), known: map[string]*reference{}}
	for _, p := range b.places {
		if name.MatchString(p.text) {
			b.names = append(b.names, p.text)
		}
	}
	slices.Sort(b.names)
	b.names = slices.Compact(b.names)
	return b
}

// with renders the topology with a string at a place; where that alone is refused and the string is a name, with the name changed everywhere.
func (b *prober) with(tb testing.TB, p place, s string, everywhere bool) tried {
	tb.Helper()
	value := withString(b.plain, p, s)
	if everywhere {
		value = rename(b.plain, wordOf(p.text), s, false)
	}
	text, err := json.Marshal(value)
	if err != nil {
		tb.Fatal(err)
	}
	return try(tb, b.root, writeIn(tb, b.root, "topologies/fuzz/t.json", text))
}

// reference is a place with the form that it takes, and what is rendered with a marker in it.
type reference struct {
	place
	marker     string
	form       int // of formsOf
	everywhere bool
	trees      [2]any          // to each reader of YAML
	reached    bool            // whether the string is rendered anywhere
	strings    map[string]bool // all that are rendered
}

// reference gives what a place renders with a marker; nil when it takes no other string.
func (b *prober) reference(tb testing.TB, p place, marker string) *reference {
	tb.Helper()
	key := p.String() + " " + marker
	r, ok := b.known[key]
	if !ok {
		r = b.newReference(tb, p, marker)
		b.known[key] = r
	}
	return r
}

func (b *prober) newReference(tb testing.TB, p place, marker string) *reference {
	tb.Helper()
	for _, everywhere := range []bool{false, true} {
		if everywhere && !name.MatchString(p.text) {
			break
		}
		for form, text := range formsOf(p.text, marker) {
			result := b.with(tb, p, text, everywhere)
			if result.files == nil {
				continue
			}
			r := &reference{place: p, marker: marker, form: form, everywhere: everywhere}
			for name, data := range result.files {
				r.reached = r.reached || strings.Contains(name+string(data), marker)
			}
			for i, reader := range readers {
				r.trees[i] = treeOf(tb, result.files, reader, marker)
			}
			r.strings = stringsIn(r.trees[0], map[string]bool{})
			return r
		}
	}
	return nil
}

// readers are what the files are read with.
var readers = []func([]byte, any) error{yaml.Unmarshal, func(text []byte, into any) error { return sigs.UnmarshalStrict(text, into) }}

// survives puts a string into the place and says whether the topology was taken. What is rendered must be the reference with the string for the marker.
func (b *prober) survives(tb testing.TB, r *reference, s string) bool {
	tb.Helper()
	result := b.with(tb, r.place, formsOf(r.text, s)[r.form], r.everywhere)
	if result.files == nil {
		return false
	}
	for i, reader := range readers {
		want, got := canonical(r.trees[i], r.marker, s), canonical(treeOf(tb, result.files, reader, s), "", "")
		if !reflect.DeepEqual(want, got) {
			tb.Fatalf("%v with %q (form %q, everywhere %v), reader %d:\n%s", r.place, s, formsOf(r.text, r.marker)[r.form], r.everywhere, i, firstDifference(pretty(want), pretty(got)))
		}
	}
	return true
}

func pretty(v any) string {
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return fmt.Sprintf("%#v", v)
	}
	return string(text)
}

// treeOf reads all files: documents of YAML, Terraform's JSON as Terraform reads it, other JSON, and scripts as they are.
func treeOf(tb testing.TB, files map[string][]byte, reader func([]byte, any) error, s string) any {
	tb.Helper()
	tree := map[string]any{}
	for name, data := range files {
		var value any = string(data)
		var err error
		switch {
		case strings.HasSuffix(name, ".tf.json"):
			if err = json.Unmarshal(data, &value); err == nil {
				value = terraformRead(value, s)
			}
		case strings.HasSuffix(name, ".json"):
			err = json.Unmarshal(data, &value)
		case strings.HasSuffix(name, ".yaml"):
			var documents []any
			documents, err = yamlDocuments(data, reader)
			value = documents
		}
		if err != nil {
			tb.Fatalf("%s: %v\n%s", name, err, data)
		}
		tree[name] = value
	}
	return tree
}

// terraformRead gives strings as Terraform reads them: what begins an expression is marked with what no topology can hold, so that it is told from text. Of the string that is
// tried it takes off what is set before names that Alibaba Cloud or Terraform would refuse: "_" and "vpc-".
func terraformRead(v any, s string) any {
	switch v := v.(type) {
	case string:
		text := strings.NewReplacer("$${", "${", "%%{", "%{", "${", "\x00<", "%{", "\x00<").Replace(v)
		if text == "vpc-"+s && (len(s) < 2 || s[0] < 'a') {
			return s
		}
		if s != "" && s[0] >= '0' && s[0] <= '9' {
			text = regexp.MustCompile(`(^|[^A-Za-z0-9_-])_`+regexp.QuoteMeta(s)).ReplaceAllString(text, "${1}"+strings.ReplaceAll(s, "$", "$$"))
		}
		return text
	case []any:
		for i, e := range v {
			v[i] = terraformRead(e, s)
		}
	case map[string]any:
		fields := map[string]any{}
		for k, e := range v {
			fields[terraformRead(k, s).(string)] = terraformRead(e, s)
		}
		return fields
	}
	return v
}

// canonical gives a value with another string for old, JSON inside strings decoded, and lists in one order, since names decide the order of many.
func canonical(v any, old, s string) any {
	replace := func(text string) string {
		if old == "" {
			return text
		}
		return strings.ReplaceAll(text, old, s)
	}
	switch v := v.(type) {
	case string:
		var inner any
		if strings.HasPrefix(v, "{") && json.Unmarshal([]byte(v), &inner) == nil {
			return map[string]any{"JSON in a string": canonical(inner, old, s)}
		}
		return replace(v)
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = canonical(e, old, s)
		}
		slices.SortFunc(list, func(a, b any) int { return strings.Compare(fmt.Sprintf("%#v", a), fmt.Sprintf("%#v", b)) })
		return list
	case map[string]any:
		fields := map[string]any{}
		for k, e := range v {
			fields[replace(k)] = canonical(e, old, s)
		}
		return fields
	case map[any]any:
		panic(fmt.Sprintf("a key that is no string: %v", v))
	}
	return v
}

// fitted gives a string as it is, and as a label value, a DNS label and a domain: what a place refuses in one form it may take in another.
func fitted(s string) []string {
	keep := func(allowed string) string {
		return strings.Trim(strings.Map(func(c rune) rune {
			if strings.ContainsRune(allowed, c) {
				return c
			}
			return -1
		}, s), "-._")
	}
	const lower = "abcdefghijklmnopqrstuvwxyz0123456789"
	all := []string{s}
	for _, allowed := range []string{lower + "ABCDEFGHIJKLMNOPQRSTUVWXYZ-._", lower + "-"} {
		if t := keep(allowed); t != "" && !slices.Contains(all, t) {
			all = append(all, t)
		}
	}
	return all
}

// stringsIn notes all strings and keys of a value.
func stringsIn(v any, into map[string]bool) map[string]bool {
	switch v := v.(type) {
	case string:
		into[v] = true
	case []any:
		for _, e := range v {
			stringsIn(e, into)
		}
	case map[string]any:
		for k, e := range v {
			into[k] = true
			stringsIn(e, into)
		}
	}
	return into
}

// mayTry says whether a string can be told from what is rendered already.
func (r *reference) mayTry(s string) bool {
	return s != "" && utf8.ValidString(s) && !r.strings[formsOf(r.text, s)[r.form]] && !strings.Contains(s, markerEnd)
}

// try puts a string into a place, as it is or as it fits, and gives how many of these were taken and survived.
func (b *prober) try(tb testing.TB, p place, s string) (survived int) {
	for _, s := range fitted(s) {
		r := b.reference(tb, p, b.marker(s))
		if r != nil && r.reached && r.mayTry(s) && b.survives(tb, r, s) {
			survived++
		}
	}
	return survived
}

// hostile are strings that readers of YAML, JSON, HCL and the shell have misread.
var hostile = []string{
	"no", "0777", "1e3", "12:30:45", "2024-01-01", "~", "null", "0x1F", ".inf", "1_000", "+1", "9007199254740993", "=", "<<", "y",
	"a: b", "a #b", "- a", "'a'\"b\"", "{a: b}", "[a", "*a", "&a", "!a", "%a", "@a", "`a`", "|", ">-", "? a", ": a", "#", " a ", "a\\b",
	"\n---\nkind: Secret\n", "a\nb", "a\n\n  b\n", "\ttab", "a\tb", "...", "---", "é", "\u2028", "\u0085", "😀", "\ufeffa", "\x7f",
	"${file(\"/etc/passwd\")}", "%{if true}", "$${x}", "%%{x}", "$(id)", "`id`", "; id", "a'b", "{{ .Values.x }}", "{{.}}", "$x", "${x:=y}", "<script>", "&amp;",
}

// probers gives one for every shipped topology; those of the other provider and of deliveries, whose names are not bound to images, come before the bookinfo ones. A gateway of
// the last has every setting that holds strings.
func probers(tb testing.TB, root *os.Root) []*prober {
	tb.Helper()
	var all []*prober
	for _, dir := range slices.Backward(subdirectories(tb, topologiesDir)) {
		plain := plainTopology(tb, dir)
		if dir == "bookinfo-failover" {
			gateways := plain["spec"].(map[string]any)["gateways"].([]any)
			maps.Copy(gateways[0].(map[string]any), fieldsIn(tb, []byte(settings)))
		}
		all = append(all, newProber(tb, root, plain))
	}
	return all
}

// settings are those of a gateway that hold strings.
const settings = `{
	"annotations": {"example.com/a": "b"}, "labels": {"a": "b"}, "loadBalancerClass": "a", "loadBalancerIP": "192.0.2.1",
	"serviceAnnotations": {"example.com/a": "b"}, "serviceLabels": {"a": "b"}, "podAnnotations": {"example.com/a": "b"}, "podLabels": {"a": "b"}, "nodeSelector": {"a": "b"},
	"sds": {"enabled": true, "image": "a", "resources": {"limits": {"cpu": "1"}}}, "resources": {"limits": {"cpu": "1"}, "requests": {"memory": "1Gi"}},
	"env": [{"name": "A", "value": "b"}, {"name": "B", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}}, {"name": "C", "valueFrom": {"fieldRef": {"fieldPath": "a"}}}],
	"applicationPorts": "80", "requestedNetworkView": "a",
	"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}]}]}},
		"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "a", "labelSelector": {"matchLabels": {"a": "b"}}, "namespaces": ["c"]}]}},
	"tolerations": [{"key": "a", "operator": "Equal", "value": "b"}],
	"secretVolumes": [{"name": "a", "secretName": "b", "mountPath": "/c"}], "configVolumes": [{"name": "a2", "configMapName": "b", "mountPath": "/d"}],
	"kernel": {"enabled": true, "parameters": {"net.core.somaxconn": "1"}}, "compression": {"enabled": true, "content_type": ["text/html"], "gzip": {"compression_level": "a"}},
	"lifecycle": {"postStart": {"exec": {"command": ["a"]}}, "preStop": {"httpGet": {"path": "/a", "port": "b", "host": "c", "httpHeaders": [{"name": "d", "value": "e"}]}}}
}`

// bound are the kinds of strings that are one of a few words, a number with a unit or an address range, or that nothing is rendered from: of these there is no other to be put there.
var bound = regexp.MustCompile(`^\.(apiVersion|kind|spec\.(provider|workloads|traffic\.scope|delivery\.(type|repoURL)|mesh\.(version|caCerts|dataPlane|remoteSecrets|install)` +
	`|network\..*\.cidr|clusters\[\]\.(serviceCIDR|podCIDR|cni|zones\[\]|labels\..*)` +
	`|services\[\]\.(trafficDistribution|trafficPolicy\..*\.(connectTimeout|interval|baseEjectionTime))` +
	`|gateways\[\]\.(rollingMax.*|gatewayType|serviceType|externalTrafficPolicy|dnsPolicy|kernel\.parameters\.KEY|.*\.(operator|protocol|cpu|memory))))$`)

// stringSample says that make test tries every so many-th kind of place.
const stringSample = 6

// TestEveryString puts hostile strings into the places of the shipped topologies: with THOROUGH=1 one into a place of every kind, and else into a sample of them.
func TestEveryString(t *testing.T) {
	t.Parallel()
	root := fuzzRoot(t)
	numbers, kinds, reached, strings := map[string]int{}, map[string]int{}, map[string]bool{}, 0
	for _, b := range probers(t, root) {
		for i, p := range b.places {
			kind := p.kind()
			if reached[kind] || kinds[kind] > 2 {
				continue
			}
			if _, seen := numbers[kind]; !seen {
				numbers[kind] = len(numbers)
			}
			if !thorough() && numbers[kind]%stringSample != 0 {
				continue
			}
			kinds[kind]++
			r := b.reference(t, p, b.marker("z"))
			if r == nil || !r.reached {
				continue
			}
			reached[kind] = true
			strings += b.try(t, p, hostile[3*i%len(hostile)])
		}
	}
	fmt.Printf("measured: %d kinds of strings in the shipped topologies; %d can be another one that is rendered; %d hostile strings put there survived\n", len(kinds), len(reached), strings)
	for kind := range kinds {
		if !reached[kind] && !bound.MatchString(kind) {
			t.Errorf("%s holds a string, and no other string there is rendered", kind)
		}
	}
}

// FuzzStrings does it with any string.
func FuzzStrings(f *testing.F) {
	root := fuzzRoot(f)
	all := probers(f, root)
	for i := 0; i < len(hostile); i += 6 { // TestEveryString tries them all
		f.Add(uint8(i), uint16(7*i), hostile[i])
	}
	f.Fuzz(func(t *testing.T, topology uint8, number uint16, s string) {
		b := all[int(topology)%len(all)]
		p := b.places[int(number)%len(b.places)]
		b.try(t, p, s)
	})
}
