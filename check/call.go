package check

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
)

// checkCalls holds calls against the services that they name, and each other.
func (c *checker) checkCalls() {
	for _, s := range c.order {
		calls := c.referencesOf("the call of")
		calls.fix = "remove one of the two, or write one with times"
		for j, call := range s.Calls {
			at := s.path.Key("calls").Index(j)
			callee := c.services[mesh.Qualified(call.Service, s.Namespace)]
			if callee == nil {
				continue // reported as an unknown reference
			}
			if call.Port != 0 {
				c.checkCallPort(callee, call.Port, at.Key("port"))
			}
			calls.add(callOf(callee, call), at)
		}
	}
}

func (c *checker) checkCallPort(s *service, port int, at diag.Path) {
	if slices.ContainsFunc(s.Ports, func(p mesh.Port) bool { return p.Port == port }) {
		return
	}
	var ports []string
	for _, p := range s.Ports {
		ports = append(ports, strconv.Itoa(p.Port))
	}
	c.add(diag.New(diag.CallPort, at, "service %s has no port %d", s.Name, port).
		WithFix("use port %s, or add port %d to the service", some(ports, "or"), port))
}

// callOf says what is called, in words that are the same for calls that are the same.
func callOf(callee *service, call mesh.CallSpec) string {
	port := call.Port
	if port == 0 {
		port = mesh.FirstPort(callee.Ports)
	}
	words := []string{"service " + callee.Name + " at port " + strconv.Itoa(port)}
	if call.Method != "" {
		words = append(words, "with method "+call.Method)
	}
	if call.Path != "" {
		words = append(words, "with path "+call.Path)
	}
	for _, name := range slices.SortedFunc(maps.Keys(call.Headers), compareFold) {
		words = append(words, fmt.Sprintf("with header %s: %q", strings.ToLower(name), call.Headers[name]))
	}
	if callee.Namespace != mesh.DefaultNamespace {
		words = append(words, "in namespace "+callee.Namespace)
	}
	return strings.Join(words, " ")
}

func compareFold(x, y string) int { return strings.Compare(strings.ToLower(x), strings.ToLower(y)) }
