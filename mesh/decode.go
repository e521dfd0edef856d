package mesh

import (
	"bytes"
	"encoding/json"
	"math"
)

// Decode makes a Spec of JSON that has passed the schema. Numbers inside Istio's shapes become int64, or float64 when they
// are not whole.
func Decode(data []byte) (*Spec, error) {
	var s Spec
	if err := decode(data, &s); err != nil {
		return nil, err
	}
	s.settleNumbers()
	return &s, nil
}

// decode keeps generic numbers as they are written.
func decode(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return d.Decode(into)
}

func (s *Spec) settleNumbers() {
	for i := range s.Spec.Services {
		v := &s.Spec.Services[i]
		settle(v.TrafficPolicy)
		settle(v.HTTP)
	}
	for i := range s.Spec.Routes {
		r := &s.Spec.Routes[i]
		settle(r.HTTP)
		settle(r.TCP)
		settle(r.TLS)
	}
	for i := range s.Spec.Components {
		settle(s.Spec.Components[i].Values)
	}
	for i := range s.Spec.Gateways {
		for j := range s.Spec.Gateways[i].Listeners {
			settle(s.Spec.Gateways[i].Listeners[j].Servers)
		}
	}
}

// settle replaces each json.Number below v by int64 or float64, in place where v is a map or a list.
func settle(v any) any {
	switch v := v.(type) {
	case json.Number:
		return number(v)
	case map[string]any:
		for k, e := range v {
			v[k] = settle(e)
		}
	case []any:
		for i, e := range v {
			v[i] = settle(e)
		}
	}
	return v
}

func number(n json.Number) any {
	if i, err := n.Int64(); err == nil {
		return i
	}
	f, _ := n.Float64()
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return int64(f)
	}
	return f
}

// UnmarshalJSON keeps what is not a field of GatewaySpec itself in Settings.
func (g *GatewaySpec) UnmarshalJSON(data []byte) error {
	type plain GatewaySpec
	if err := decode(data, (*plain)(g)); err != nil {
		return err
	}
	return keep(data, &g.Settings, "name", "namespace", "clusters", "annotations", "labels", "gatewayType", "overrides", "listeners")
}

// UnmarshalJSON keeps what is not a field of GatewayOverride itself in Settings.
func (o *GatewayOverride) UnmarshalJSON(data []byte) error {
	type plain GatewayOverride
	if err := decode(data, (*plain)(o)); err != nil {
		return err
	}
	return keep(data, &o.Settings, "cluster")
}

// keep decodes an object into rest, without the fields named.
func keep(data []byte, rest *map[string]any, fields ...string) error {
	if err := decode(data, rest); err != nil {
		return err
	}
	for _, f := range fields {
		delete(*rest, f)
	}
	settle(*rest)
	return nil
}
