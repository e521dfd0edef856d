package check

import (
	"errors"
	"strconv"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
)

// checkExpect holds expectations against the services and regions that they name.
func (c *checker) checkExpect() {
	for i, e := range c.Expect {
		at := specPath.Key("expect").Index(i)
		c.checkLost(e.When, at.Key("when"))
		if len(e.To) == 0 && len(e.Versions) == 0 && e.MaxDropped == nil && e.MaxUtilization == nil {
			c.add(diag.New(diag.ExpectationReference, at, "the expectation asserts nothing").WithFix("add to, versions, maxDropped or maxUtilization"))
		}
		if e.From != "" {
			c.knownRegion(diag.ExpectationReference, e.From, at.Key("from"))
		}
		for _, region := range sortedKeys(e.To) {
			c.known(atKey(diag.New(diag.ExpectationReference, at.Key("to").Key(region), "there is no cluster in region %s", region)), "cluster in region", region, sortedKeys(c.regions))
		}
		c.checkPercentages(e.To, at.Key("to"))
		c.checkPercentages(e.Versions, at.Key("versions"))
		if s := c.knownService(diag.ExpectationReference, e.Service, at.Key("service")); s != nil {
			c.checkExpectedService(s, e, at)
		}
	}
}

func (c *checker) checkExpectedService(s *service, e mesh.ExpectSpec, at diag.Path) {
	for _, version := range sortedKeys(e.Versions) {
		c.known(atKey(noVersion(diag.ExpectationReference, s, version, at.Key("versions").Key(version))), "version", version, s.versionNames())
	}
	if e.MaxUtilization == nil {
		return
	}
	if len(c.Demand) == 0 {
		c.add(diag.New(diag.ExpectationReference, at.Key("maxUtilization"), "the utilisation of service %s is not known: the topology does not say what comes in", s.Name).
			WithFix("add spec.demand"))
	}
	for j, p := range s.Placements {
		if s.Capacity == 0 && p.Capacity == 0 {
			c.add(diag.New(diag.ExpectationReference, at.Key("maxUtilization"), "the utilisation of service %s is not known: its version %s has no capacity", s.Name, p.Version).
				WithFix("add capacity to the service, in requests per second and pod").WithRelated(s.path.Key("placements").Index(j), "it is placed here"))
			return
		}
	}
}

// versionNames gives the versions of a service, those without pods too.
func (s *service) versionNames() []string {
	versions := map[string]bool{}
	for _, p := range s.Placements {
		versions[p.Version] = true
	}
	return sortedKeys(versions)
}

// checkPercentages holds shares of one whole.
func (c *checker) checkPercentages(shares map[string]float64, at diag.Path) {
	sum := 0.0
	for _, name := range sortedKeys(shares) {
		sum += shares[name]
	}
	if sum > 100+1e-6 {
		c.add(atKey(diag.New(diag.ExpectationReference, at, "the percentages add up to %s", strconv.FormatFloat(sum, 'f', -1, 64)).WithFix("write 100 or less in all")))
	}
}

// knownService gives the service that a name, or namespace/name, stands for; nil when it has reported that there is none.
func (c *checker) knownService(rule, ref string, at diag.Path) *service {
	if s := c.services[mesh.Qualified(ref, mesh.DefaultNamespace)]; s != nil {
		return s
	}
	var names []string
	for _, name := range sortedKeys(c.services) {
		names = append(names, strings.TrimPrefix(name, mesh.DefaultNamespace+"/"))
	}
	short := strings.TrimPrefix(ref, mesh.DefaultNamespace+"/")
	c.known(diag.New(rule, at, "there is no service %s", short), "service", short, names)
	return nil
}

// knownRegion reports a region without a cluster.
func (c *checker) knownRegion(rule, region string, at diag.Path) {
	c.known(diag.New(rule, at, "there is no cluster in region %s", region), "cluster in region", region, sortedKeys(c.regions))
}

func noVersion(rule string, s *service, version string, at diag.Path) diag.Finding {
	return diag.New(rule, at, "service %s has no version %s", s.Name, version)
}

// checkLost holds what an expectation takes for lost.
func (c *checker) checkLost(when mesh.WhenSpec, at diag.Path) {
	places, endpoints := c.referencesOf("the place"), false
	for j, text := range when.Lost {
		place, err := c.meshOf().Place(text)
		if err != nil {
			c.add(lostPlace(err, at.Key("lost").Index(j)))
			endpoints = true // who knows
			continue
		}
		places.add(place.String(), at.Key("lost").Index(j))
		endpoints = endpoints || place.HasEndpoints()
	}
	switch {
	case when.Mode == "" || endpoints:
	case len(when.Lost) == 0:
		c.add(diag.New(diag.ExpectationPlace, at.Key("mode"), "mode is %s, and nothing is lost", when.Mode).WithFix("add lost, or remove mode"))
	default:
		c.add(diag.New(diag.ExpectationPlace, at.Key("mode"), "mode says what becomes of endpoints, and no endpoint is lost with %s", sentence(when.Lost)).WithFix("remove mode"))
	}
}

func lostPlace(err error, at diag.Path) diag.Finding {
	found := diag.New(diag.ExpectationPlace, at, "%s", err)
	var e *mesh.PlaceError
	if !errors.As(err, &e) {
		return found
	}
	found.Message = e.Problem
	if near, ok := diag.Nearest(e.Name, e.Known); ok && len(e.Name) > 2 {
		return found.WithFix("did you mean %s?", near)
	}
	if len(e.Known) > 0 {
		return found.WithFix("use %s", some(e.Known, "or"))
	}
	return found
}
