package check

import (
	"regexp"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
)

// checkMarkers holds the signs by which an answer tells who served it.
func (c *checker) checkMarkers() {
	if c.Probe == nil {
		return
	}
	at := specPath.Key("probe").Key("markers")
	if len(c.Probe.Markers) == 0 {
		c.add(diag.New(diag.ProbeMarker, at, "the probe has no marker, so no answer tells who served it").WithFix("add a marker, or remove probe"))
	}
	for i, m := range c.Probe.Markers {
		c.checkMarker(m, at.Index(i))
	}
}

func (c *checker) checkMarker(m mesh.MarkerSpec, at diag.Path) {
	if m.Version == "" && m.Region == "" {
		c.add(diag.New(diag.ProbeMarker, at, "the marker is the sign of neither a version nor a region").WithFix("add version, region or both"))
	}
	if _, err := regexp.Compile(m.Pattern); err != nil {
		c.add(diag.New(diag.ProbeMarker, at.Key("pattern"), "%q is not a regular expression of RE2: %s", m.Pattern, err).
			WithFix("correct the expression; backreferences and look-around are not in RE2"))
	}
	if m.Region != "" {
		c.knownRegion(diag.ProbeMarker, m.Region, at.Key("region"))
	}
	if s := c.knownService(diag.ProbeMarker, m.Service, at.Key("service")); s != nil && m.Version != "" {
		c.known(noVersion(diag.ProbeMarker, s, m.Version, at.Key("version")), "version", m.Version, s.versionNames())
	}
}
