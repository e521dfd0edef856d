package mesh

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"
)

// CallSpec is a call as written: the name of a service, or a mapping. Times 0 is once, port 0 the service's first.
type CallSpec struct {
	Service string            `json:"service"`
	Times   float64           `json:"times"`
	Port    int               `json:"port"`
	Path    string            `json:"path"`
	Method  string            `json:"method"`
	Headers map[string]string `json:"headers"`
	Mapping bool              `json:"-"` // it was written as a mapping
}

// UnmarshalJSON takes both forms of a call.
func (c *CallSpec) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte(`"`)) {
		*c = CallSpec{Times: 1}
		return decode(data, &c.Service)
	}
	type plain CallSpec
	c.Mapping = true
	return decode(data, (*plain)(c))
}

// Call is one kind of request that a service makes for each request that it serves.
type Call struct {
	Service *Service
	Times   float64 // requests for each one served; more than 0
	Port    int     // of the service
	Path    string  // "" when the topology does not say, as with Method
	Method  string
	Headers map[string]string // by name in lower case
}

// calls gives the calls of a service to services that there are, each once.
func calls(s ServiceSpec, byRef map[string]*Service) []Call {
	var list []Call
	for _, c := range s.Calls {
		if callee := byRef[Qualified(c.Service, s.Namespace)]; callee != nil {
			list = append(list, Call{
				Service: callee, Times: cmp.Or(c.Times, 1), Port: cmp.Or(c.Port, FirstPort(callee.Ports)),
				Path: c.Path, Method: c.Method, Headers: lowerNames(c.Headers),
			})
		}
	}
	slices.SortFunc(list, compareCalls)
	return slices.CompactFunc(list, func(x, y Call) bool { return compareCalls(x, y) == 0 })
}

func compareCalls(x, y Call) int {
	return cmp.Or(cmp.Compare(x.Service.Namespace, y.Service.Namespace), cmp.Compare(x.Service.Name, y.Service.Name), cmp.Compare(x.Port, y.Port),
		cmp.Compare(x.Path, y.Path), cmp.Compare(x.Method, y.Method), compareHeaders(x.Headers, y.Headers), cmp.Compare(x.Times, y.Times))
}

// FirstPort is the port of a service that a call goes to when it names none: the lowest of TCP, else the lowest; 0 without ports.
func FirstPort(ports []Port) int {
	lowest, udp := 0, 0
	for _, p := range ports {
		if p.Protocol == "UDP" {
			udp = lower(udp, p.Port)
		} else {
			lowest = lower(lowest, p.Port)
		}
	}
	return cmp.Or(lowest, udp)
}

// lower gives the lower of two ports; 0 is none.
func lower(x, y int) int {
	if x == 0 || y < x {
		return y
	}
	return x
}

// lowerNames gives headers by name in lower case, as HTTP/2 and Envoy have them. Of two that are one the later in the order of
// the written names counts.
func lowerNames(headers map[string]string) map[string]string {
	if len(headers) == 0 {
		return nil
	}
	lower := make(map[string]string, len(headers))
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		lower[strings.ToLower(name)] = headers[name]
	}
	return lower
}

func compareHeaders(x, y map[string]string) int { return slices.Compare(headerList(x), headerList(y)) }

// headerList gives names and values, by name.
func headerList(headers map[string]string) []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		list = append(list, name, headers[name])
	}
	return list
}
