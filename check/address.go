package check

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
)

// checkNetworkAddresses holds the addresses of mesh.networks against what other networks reach, and against each other.
func (c *checker) checkNetworkAddresses() {
	type entry struct {
		network string
		at      diag.Path
	}
	first := map[string]entry{}
	for i, n := range c.Mesh.Networks {
		for j, g := range n.Gateways {
			at := specPath.Key("mesh").Key("networks").Index(i).Key("gateways").Index(j).Key("address")
			if problem := addressProblem(g.Address); problem != "" {
				c.noAddress(at, g.Address, problem)
				continue
			}
			if isOwnAddress(g.Address) {
				c.add(diag.New(diag.NoAddress, at, "%s leads every proxy of other networks to itself, and not to network %s", g.Address, n.Name).WithFix("write the address of the gateway"))
				continue
			}
			key := fmt.Sprintf("%s port %d", g.Address, g.Port)
			other, taken := first[key]
			if taken && other.network != n.Name {
				c.add(diag.New(diag.EastWestCollision, at, "%s is a gateway of network %s, too: requests of both networks end up at one of them", key, other.network).
					WithFix("write the address of the gateway of network %s", n.Name).WithRelated(other.at, "the other network's"))
			}
			if !taken {
				first[key] = entry{n.Name, at}
			}
		}
	}
}

// checkPilotAddress holds the address at which a remote finds its istiod against what there can be.
func (c *checker) checkPilotAddress(cl mesh.ClusterSpec, at diag.Path) {
	address, primary := cl.RemotePilotAddress, c.clusters[cl.Primary]
	if problem := addressProblem(address); problem != "" {
		c.noAddress(at, address, problem)
		return
	}
	if isOwnAddress(address) || slices.Contains([]string{"istiod.istio-system.svc", "istiod.istio-system.svc.cluster.local"}, address) {
		c.add(diag.New(diag.PilotAddress, at, "%s leads every proxy of cluster %s to itself, and not to the istiod of %s", address, cl.Name, primary.Name).
			WithFix("write the address of the east-west gateway of %s", primary.Name))
		return
	}
	i := slices.IndexFunc(c.Clusters, func(o mesh.ClusterSpec) bool { return o.RemotePilotAddress == address && o.Primary != "" })
	if other := c.Clusters[i]; other.Primary != cl.Primary {
		c.add(diag.New(diag.PilotAddress, at, "%s is where cluster %s finds the istiod of %s; the one of %s is elsewhere", address, other.Name, other.Primary, primary.Name).
			WithFix("write the address of the east-west gateway of %s", primary.Name).
			WithRelated(specPath.Key("clusters").Index(i).Key("remotePilotAddress"), "the same address"))
	}
}

func (c *checker) noAddress(at diag.Path, address, problem string) {
	c.add(diag.New(diag.NoAddress, at, "%s is %s", address, problem).WithFix("write an IP address or a DNS name, without a port"))
}

// addressProblem says what an address is that is neither an IP address nor a DNS name, whose last label is never a number.
func addressProblem(s string) string {
	if _, err := netip.ParseAddr(s); err == nil {
		return ""
	}
	if _, err := netip.ParseAddrPort(s); err == nil {
		return "an address and a port"
	}
	if strings.Contains(s, ":") {
		return "no IPv6 address"
	}
	last := s[strings.LastIndex(s, ".")+1:]
	if _, err := strconv.Atoi(last); err == nil {
		return "no IPv4 address"
	}
	return ""
}

// isOwnAddress says whether an address is that of the host itself, or of none.
func isOwnAddress(s string) bool {
	addr, err := netip.ParseAddr(s)
	return s == "localhost" || err == nil && (addr.IsLoopback() || addr.IsUnspecified() || addr.IsLinkLocalUnicast() || addr.IsMulticast())
}
