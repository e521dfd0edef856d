package mesh

import (
	"cmp"
	"strconv"
	"strings"
)

// DistributeSince is the first ASM version with mesh-wide distribution (the tutorial, step 5).
const DistributeSince = "1.22.6.66"

// Before says whether the control plane's version is older than another. Parts are compared as numbers, missing ones are 0.
func (c ControlPlane) Before(version string) bool {
	own, other := strings.Split(c.Version, "."), strings.Split(version, ".")
	for i := range max(len(own), len(other)) {
		if d := cmp.Compare(part(own, i), part(other, i)); d != 0 {
			return d < 0
		}
	}
	return false
}

func part(parts []string, i int) int {
	if i >= len(parts) {
		return 0
	}
	n, _ := strconv.Atoi(parts[i]) // the schema lets digits only through
	return n
}
