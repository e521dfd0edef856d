package check

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/meshtopo/meshtopo/diag"
)

// plan finds free addresses to propose. What it has proposed is taken, so that no two proposals clash.
type plan struct {
	hosts    []netip.Prefix // of pods, Services and vSwitches, by address, outer ranges first
	vpcs     []netip.Prefix // the same of VPCs
	proposed map[diag.Path]netip.Prefix
}

// Addresses are proposed from private ranges only: pods from the first, Services from the second, as ASM's address plan
// recommends, and from the others when these are full.
const (
	pool10  = "10.0.0.0/8"
	pool172 = "172.16.0.0/12"
	pool192 = "192.168.0.0/16"
)

func (c *checker) newPlan() *plan {
	p := &plan{proposed: map[diag.Path]netip.Prefix{}}
	for _, cl := range c.Clusters {
		p.hosts = appendRange(appendRange(p.hosts, cl.PodCIDR), cl.ServiceCIDR)
	}
	if c.Network != nil {
		for _, v := range c.Network.VSwitches {
			p.hosts = appendRange(p.hosts, v.CIDR)
		}
		for _, v := range c.Network.VPCs {
			p.vpcs = appendRange(p.vpcs, v.CIDR)
		}
	}
	slices.SortFunc(p.hosts, byAddress)
	slices.SortFunc(p.vpcs, byAddress)
	return p
}

func appendRange(list []netip.Prefix, s string) []netip.Prefix {
	if r, ok := prefix(s); ok {
		return append(list, r)
	}
	return list
}

func byAddress(x, y netip.Prefix) int {
	return cmp.Or(x.Addr().Compare(y.Addr()), cmp.Compare(x.Bits(), y.Bits()))
}

// outside proposes for the field at path a range as long as old that is outside all VPCs: " such as 10.3.0.0/16", or "".
func (p *plan) outside(path diag.Path, old string, pools ...string) string {
	for _, pool := range pools {
		if s := p.propose(path, old, pool, p.hosts, p.vpcs); s != "" {
			return s
		}
	}
	return ""
}

// inside proposes a range as long as old inside a VPC.
func (p *plan) inside(path diag.Path, old, vpc string) string {
	return p.propose(path, old, vpc, p.hosts, nil)
}

func (p *plan) propose(path diag.Path, old, pool string, hosts, vpcs []netip.Prefix) string {
	if r, ok := p.proposed[path]; ok {
		return " such as " + r.String()
	}
	was, ok1 := prefix(old)
	within, ok2 := prefix(pool)
	if !ok1 || !ok2 || was.Bits() < within.Bits() {
		return ""
	}
	r := netip.PrefixFrom(within.Addr(), was.Bits())
	for moved := true; moved; { // past one list may be into the other
		start := r
		for _, taken := range [][]netip.Prefix{hosts, vpcs} {
			r = past(r, taken)
		}
		moved = r != start
	}
	if !r.IsValid() || !within.Contains(r.Addr()) {
		return ""
	}
	p.proposed[path] = r
	at, _ := slices.BinarySearchFunc(p.hosts, r, byAddress)
	p.hosts = slices.Insert(p.hosts, at, r)
	return " such as " + r.String()
}

// past gives the first range from r on, as long as r, that overlaps no taken one; taken is sorted by address, so that one pass
// is enough. It is the zero Prefix when the addresses end before.
func past(r netip.Prefix, taken []netip.Prefix) netip.Prefix {
	for _, t := range taken {
		if r.IsValid() && r.Overlaps(t) {
			r = after(t, r.Bits())
		}
	}
	return r
}

// after gives the first range of a length that begins behind t, or the zero Prefix.
func after(t netip.Prefix, bits int) netip.Prefix {
	a := t.Addr().As4()
	first := uint64(a[0])<<24 | uint64(a[1])<<16 | uint64(a[2])<<8 | uint64(a[3])
	step := uint64(1) << (32 - bits)
	next := (first + uint64(1)<<(32-t.Bits()) + step - 1) / step * step
	if next >= 1<<32 {
		return netip.Prefix{}
	}
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(next >> 24), byte(next >> 16), byte(next >> 8), byte(next)}), bits)
}
