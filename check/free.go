package check

import (
	"net/netip"

	"github.com/meshtopo/meshtopo/diag"
)

// plan finds free addresses to propose. What it has proposed is taken, so that no two proposals clash.
type plan struct {
	hosts    space // addresses of pods, Services and vSwitches
	all      space // the same, and of VPCs
	proposed map[diag.Path]netip.Prefix
}

// Addresses are proposed from private ranges only: pods from the first, Services from the second, as ASM's address plan
// recommends, and from the others when these are full.
var (
	pool10  = netip.PrefixFrom(netip.AddrFrom4([4]byte{10}), 8)
	pool172 = netip.PrefixFrom(netip.AddrFrom4([4]byte{172, 16}), 12)
	pool192 = netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 168}), 16)
)

func (c *checker) newPlan() *plan {
	p := &plan{proposed: map[diag.Path]netip.Prefix{}}
	for _, cl := range c.Clusters {
		p.take(cl.PodCIDR)
		p.take(cl.ServiceCIDR)
	}
	if c.Network != nil {
		for _, v := range c.Network.VSwitches {
			p.take(v.CIDR)
		}
		for _, v := range c.Network.VPCs {
			if r, ok := prefix(v.CIDR); ok {
				p.all.take(r)
			}
		}
	}
	return p
}

func (p *plan) take(s string) {
	if r, ok := prefix(s); ok && r.Bits() >= 8 { // a larger one is refused
		p.hosts.take(r)
		p.all.take(r)
	}
}

// outside proposes for the field at path a range as long as old that is outside all VPCs, or the zero Prefix.
func (p *plan) outside(path diag.Path, old string, pools ...netip.Prefix) netip.Prefix {
	was, ok := prefix(old)
	for _, pool := range pools {
		if r := p.propose(path, was.Bits(), pool, &p.all); ok && r.IsValid() {
			return r
		}
	}
	return netip.Prefix{}
}

// inside proposes a range as long as old inside a VPC, or the zero Prefix.
func (p *plan) inside(path diag.Path, old, vpc string) netip.Prefix {
	was, ok1 := prefix(old)
	within, ok2 := prefix(vpc)
	if !ok1 || !ok2 {
		return netip.Prefix{}
	}
	return p.propose(path, was.Bits(), within, &p.hosts)
}

// forVPC proposes a private range for a VPC: as long as old, or a /16 when old is larger.
func (p *plan) forVPC(path diag.Path, old string) netip.Prefix {
	was, ok := prefix(old)
	for _, pool := range []netip.Prefix{pool192, pool172, pool10} {
		if r := p.propose(path, max(was.Bits(), 16), pool, &p.all); ok && r.IsValid() {
			return r
		}
	}
	return netip.Prefix{}
}

func (p *plan) propose(path diag.Path, bits int, within netip.Prefix, taken *space) netip.Prefix {
	if r, ok := p.proposed[path]; ok {
		return r
	}
	r := taken.free(bits, within)
	if r.IsValid() {
		p.proposed[path] = r
		p.hosts.take(r)
		p.all.take(r)
	}
	return r
}

// suchAs ends an order to choose a range: " such as 10.3.0.0/16", or "" when none was found.
func suchAs(r netip.Prefix) string {
	if !r.IsValid() {
		return ""
	}
	return " such as " + r.String()
}

// withRange gives a finding with an order to choose a range for its field, and the range as the proposed value.
func withRange(f diag.Finding, r netip.Prefix, order string, args ...any) diag.Finding {
	f = f.WithFix(order+"%s", append(args, suchAs(r))...)
	if r.IsValid() {
		f = f.WithProposed(r.String())
	}
	return f
}
