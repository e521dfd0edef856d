package shape

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// trial is one value that both sides judge: a whole spec in which one place was changed.
type trial struct {
	field protoreflect.FieldDescriptor // of the place; nil for a field that the message does not have, and for a whole spec
	path  string
	name  string // the changed field's name, as written
	value any    // what stands there now; absent for a field that was taken away
}

type absent struct{}

// disagreement explains why the two sides may differ on a trial.
type disagreement struct {
	why     string
	accepts bool // what Check does; the CRD does the other thing
	when    func(trial) bool
}

func disagreements() []disagreement {
	return []disagreement{
		{"JSON names only; the CRD serves this old name beside the new one", false,
			func(t trial) bool { return t.name == "mirror_percent" || t.name == "jwks_uri" }},
		{"null is no value; the API server prunes it, or the CRD says nullable", false,
			func(t trial) bool { return holdsNull(t.value) }},
		{"integers have the range of their kind; the CRD has a format, which the API server does not enforce, or nothing", false,
			func(t trial) bool { return isInteger(t.field) && isNumber(t.value) }},
		{"durations that the CRD wants to be at least 1ms are whole milliseconds, as istiod demands", false,
			func(t trial) bool { return t.value == "1500us" && limitsOf(string(t.field.FullName())).milli }},
		{"durations are durations where 0s has a meaning, too; the CRD takes any string there", false,
			func(t trial) bool { return isDuration(t.field) && !limitsOf(string(t.field.FullName())).milli }},
	}
}

// Check and the CRDs of the same module give the same verdict on every valid spec, and on every spec in which one field has
// another value, another name, or is missing.
func TestAgainstCRDs(t *testing.T) {
	d := differ{t: t, explained: map[string]int{}, seen: map[string]bool{}}
	skipped := map[string]int{}
	checked := map[Message]bool{}
	for _, k := range crdKinds(t) {
		message, _ := ForKind(k.apiVersion, k.name)
		if checked[message] {
			continue // TestVersionsAreAlike
		}
		checked[message] = true
		k.spec.countSkipped(skipped)
		d.schema, d.message = k.spec, message
		for variant := range 5 {
			d.spec(message.descriptor(), sampler{variant}.message(message.descriptor()))
		}
	}
	t.Logf("%d verdicts compared, %d accepted by both; %d CEL rules not compared:", d.compared, d.accepted, len(skipped))
	for _, rule := range slices.Sorted(maps.Keys(skipped)) {
		t.Logf("  %3d x %s", skipped[rule], strings.ReplaceAll(rule, "\n", " "))
	}
	for _, e := range disagreements() {
		t.Logf("%d explained: %s", d.explained[e.why], e.why)
		if d.explained[e.why] == 0 {
			t.Errorf("explains nothing any more, so take it away: %s", e.why)
		}
	}
	if d.compared < 5000 || d.accepted < 500 {
		t.Errorf("only %d verdicts compared, %d accepted", d.compared, d.accepted)
	}
}

// differ changes one place of root after another and compares the verdicts.
type differ struct {
	t                  *testing.T
	schema             *schema
	message            Message
	root               map[string]any
	seen               map[string]bool // places and fields that were changed before, by message
	explained          map[string]int
	compared, accepted int
}

// spec compares the verdicts on a whole spec, then changes it. The changes are made in small specs, of the required fields and
// one more, to be quick.
func (d *differ) spec(md protoreflect.MessageDescriptor, whole map[string]any) {
	d.root = whole
	d.compare(trial{value: absent{}})
	d.add(md, "", whole)
	for _, name := range slices.Sorted(maps.Keys(whole)) {
		d.root = map[string]any{name: whole[name]}
		for _, required := range d.schema.Required {
			d.root[required] = whole[required]
		}
		d.object(md, "", d.root)
	}
}

// object changes each field of an object of the root, then goes into the fields.
func (d *differ) object(md protoreflect.MessageDescriptor, path string, m map[string]any) {
	d.add(md, path, m)
	for _, name := range slices.Sorted(maps.Keys(m)) {
		fd := md.Fields().ByJSONName(name)
		place := strings.TrimPrefix(path+"."+name, ".")
		if d.first(place) {
			values := mutations(fd)
			if !d.first(string(fd.FullName())) {
				values = []any{"?", -1} // the same field as at an earlier place
			}
			d.replace(fd, place, m, name, values)
		}
		sample := m[name]
		switch s := sample.(type) {
		case []any:
			if first, ok := s[0].(map[string]any); ok && plain(fd.Message()) {
				d.object(fd.Message(), place+"[0]", first)
			}
		case map[string]any:
			if fd.IsMap() {
				for key, value := range s {
					if value, ok := value.(map[string]any); ok {
						d.object(fd.MapValue().Message(), place+"."+key, value)
					}
				}
			} else if plain(fd.Message()) {
				d.object(fd.Message(), place, s)
			}
		}
	}
}

func plain(md protoreflect.MessageDescriptor) bool {
	return md.ParentFile().Package() != "google.protobuf"
}

// first says whether the message's place, or field, is met for the first time.
func (d *differ) first(place string) bool {
	key := string(d.message) + " " + place
	first := !d.seen[key]
	d.seen[key] = true
	return first
}

// replace tries other values in a field, other elements in a list, other values in a map, and no field at all.
func (d *differ) replace(fd protoreflect.FieldDescriptor, place string, m map[string]any, name string, values []any) {
	sample := m[name]
	for _, value := range values {
		m[name] = value
		d.compare(trial{field: fd, path: place, name: name, value: value})
		switch s := sample.(type) {
		case []any:
			m[name] = []any{s[0], value}
			d.compare(trial{field: fd, path: place + "[1]", name: name, value: value})
		case map[string]any:
			if fd.IsMap() {
				key := slices.Sorted(maps.Keys(s))[0]
				m[name] = map[string]any{key: value}
				d.compare(trial{field: fd, path: place + "." + key, name: name, value: value})
			}
		}
	}
	delete(m, name)
	d.compare(trial{field: fd, path: place, name: name, value: absent{}})
	m[name] = sample
}

// add tries fields that the object does not have yet: unknown ones, protobuf's names, other members of a oneof.
func (d *differ) add(md protoreflect.MessageDescriptor, path string, m map[string]any) {
	place := func(name string) string { return strings.TrimPrefix(path+"."+name, ".") }
	names := map[string]protoreflect.FieldDescriptor{"zzz": nil, "": nil, "x.y": nil}
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		names[fd.JSONName()], names[fd.JSONName()+"s"], names[string(fd.Name())] = fd, fd, fd
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if _, ok := m[name]; ok || !d.first("+"+place(name)) {
			continue
		}
		fd := names[name]
		m[name] = any("a")
		if fd != nil {
			m[name] = sampler{}.field(fd)
		}
		d.compare(trial{field: fd, path: place(name), name: name, value: m[name]})
		delete(m, name)
	}
}

func (d *differ) compare(c trial) {
	problems := Check(d.message, d.root)
	refusal := d.schema.refusal(d.root)
	d.compared++
	accepts := len(problems) == 0
	if accepts == (refusal == "") {
		if accepts {
			d.accepted++
			d.decode(c.path)
		}
		return
	}
	for _, e := range disagreements() {
		if c.field != nil && e.accepts == accepts && e.when(c) {
			d.explained[e.why]++
			return
		}
	}
	d.t.Errorf("%s %s = %.60v: Check %v, CRD %q", d.message, c.path, c.value, problems, refusal)
}

// decode has istio.io/api's own unmarshaller read a spec that both sides accept, as istiod would. It demands no fields, so that
// the changed one is enough.
func (d *differ) decode(path string) {
	spec := d.root
	if top, _, _ := strings.Cut(strings.ReplaceAll(path, "[", "."), "."); spec[top] != nil {
		spec = map[string]any{top: spec[top]}
	}
	data, err := json.Marshal(spec)
	if err != nil {
		d.t.Fatal(err)
	}
	if err := unmarshal(d.message, data); err != nil {
		d.t.Errorf("istio.io/api does not read an accepted %s: %v", d.message, err)
	}
}

func unmarshal(message Message, data []byte) error {
	mt, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(message))
	if err != nil {
		return err
	}
	return json.Unmarshal(data, mt.New().Interface())
}

func isInteger(fd protoreflect.FieldDescriptor) bool {
	if fd.IsMap() {
		fd = fd.MapValue()
	}
	return strings.Contains(kindName(fd), "int")
}

func isDuration(fd protoreflect.FieldDescriptor) bool { return kindName(fd) == "duration" }

func isNumber(v any) bool {
	_, ok := asFloat(v)
	return ok
}

func holdsNull(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case []any:
		return slices.ContainsFunc(v, holdsNull)
	case map[string]any:
		return slices.ContainsFunc(slices.Collect(maps.Values(v)), holdsNull)
	}
	return false
}

// countSkipped counts the CEL rules that refusal does not judge.
func (s *schema) countSkipped(n map[string]int) {
	if s == nil {
		return
	}
	for _, rule := range s.Validations {
		if !slices.Contains([]string{ruleMilli, rulePort, rulePortKeys}, rule.Rule) {
			n[rule.Rule]++
		}
	}
	for _, sub := range s.Properties {
		sub.countSkipped(n)
	}
	s.Items.countSkipped(n)
	s.AdditionalProperties.countSkipped(n)
}
