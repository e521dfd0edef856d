package check

import (
	"net/netip"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
)

// notRange is about a text that is not a range, and says what was probably meant.
func notRange(s string, at diag.Path) diag.Finding {
	found := diag.New(diag.CIDRSyntax, at, "%s %q is not a range in CIDR notation", at.Last(), s).WithFix("write a range such as 10.0.0.0/16")
	meant := func(p netip.Prefix, order string) diag.Finding {
		return found.WithFix("%s", order+" "+p.String()).WithProposed(p.String())
	}
	if a, err := netip.ParseAddr(s); err == nil && a.Is4() {
		return found.WithFix("add the length, as in %s", netip.PrefixFrom(a, 16).Masked())
	}
	if first, rest, ok := strings.Cut(s, ","); ok {
		if p, ok := prefix(strings.TrimSpace(first)); ok {
			found.Message = at.Last() + " " + s + " is more than one range; ASM's address plan takes one of IPv4, and no dual stack"
			return meant(p, "keep")
		}
		if p, ok := prefix(strings.TrimSpace(rest)); ok {
			found.Message = at.Last() + " " + s + " is more than one range; ASM's address plan takes one of IPv4, and no dual stack"
			return meant(p, "keep")
		}
	}
	if first, last, ok := strings.Cut(s, "-"); ok {
		a, err1 := netip.ParseAddr(strings.TrimSpace(first))
		b, err2 := netip.ParseAddr(strings.TrimSpace(last))
		if err1 == nil && err2 == nil && a.Is4() && b.Is4() {
			if b.Less(a) {
				found.Message = at.Last() + " " + s + " is not in CIDR notation, and its last address comes before its first"
			}
			return meant(spanning(a, b), "write the range that holds both:")
		}
	}
	if length, address, ok := strings.Cut(s, "/"); ok {
		if p, ok := prefix(address + "/" + length); ok {
			return meant(p, "write the address first:")
		}
		if a, err := netip.ParseAddr(length); err == nil && a.Is4() {
			found.Message = at.Last() + " " + s + " has the length " + address + "; an IPv4 range has 0 to 32"
		}
	}
	return found
}

// spanning is the smallest range that holds two addresses.
func spanning(a, b netip.Addr) netip.Prefix {
	p := netip.PrefixFrom(a, a.BitLen())
	for !p.Contains(b) {
		p = netip.PrefixFrom(a, p.Bits()-1).Masked()
	}
	return p
}

// checkRange holds a range against the syntax and its length.
func (c *checker) checkRange(s string, least, most int, at diag.Path) {
	if s == "" {
		return
	}
	p, err := netip.ParsePrefix(s)
	switch {
	case err != nil:
		c.add(notRange(s, at))
	case !p.Addr().Is4():
		c.add(diag.New(diag.CIDRSyntax, at, "%s %s is not an IPv4 range; ASM's address plan takes IPv4 only", at.Last(), s).WithFix("write an IPv4 range such as 10.0.0.0/16"))
	case p.Masked() != p:
		c.add(diag.New(diag.CIDRHostBits, at, "%s %s has bits set beyond its length of %d", at.Last(), s, p.Bits()).WithFix("write %s", p.Masked()).WithProposed(p.Masked().String()))
	case p.Bits() < least || p.Bits() > most:
		near := netip.PrefixFrom(p.Addr(), min(max(p.Bits(), least), most)).Masked()
		if _, bad := forbidden(near); bad { // 0.0.0.0/0 was meant for nothing in particular
			near = c.plan.forVPC(at, near.String())
		}
		c.add(withRange(diag.New(diag.CIDRSize, at, "%s %s is /%d; it must be /%d to /%d", at.Last(), s, p.Bits(), least, most), near, "write a range of /%d to /%d", least, most))
	}
}

// forbidden are ranges that no VPC may have (R18), and nothing that is to be reached from one.
func forbidden(p netip.Prefix) (string, bool) {
	for _, f := range []struct{ cidr, what string }{
		{"0.0.0.0/8", `"this network"`}, {"127.0.0.0/8", "loopback"}, {"169.254.0.0/16", "link-local"}, {"224.0.0.0/4", "multicast"},
		{"240.0.0.0/4", "reserved, and broadcast"},
		{"100.64.0.0/10", "kept by the cloud for itself"},
	} {
		if p.Overlaps(netip.MustParsePrefix(f.cidr)) {
			return f.cidr + ", which is " + f.what, true
		}
	}
	return "", false
}

// checkForbidden is R18, for pods and Services too; a vSwitch lies in its VPC.
func (c *checker) checkForbidden(s string, at diag.Path) {
	p, ok := prefix(s)
	if what, bad := forbidden(p); ok && bad && p.Bits() >= 8 {
		c.add(withRange(diag.New(diag.ForbiddenRange, at, "%s %s overlaps %s", at.Last(), p, what), c.plan.forVPC(at, p.String()), "write a private range"))
	}
}

// checkReserved is R8: nothing of a flannel cluster begins with 7, which managed clusters keep for themselves.
func (c *checker) checkReserved() {
	seen := map[diag.Path]bool{}
	check := func(cl mesh.ClusterSpec, cidr string, at diag.Path, free func() netip.Prefix) {
		if p, ok := prefix(cidr); ok && reserved.Contains(p.Addr()) && !seen[at] {
			seen[at] = true
			c.add(withRange(diag.New(diag.ReservedRange, at, "%s %s begins with 7, and cluster %s uses flannel", at.Last(), cidr, cl.Name), free(), "choose another range"))
		}
	}
	for i, cl := range c.Clusters {
		if cl.CNI != "flannel" {
			continue
		}
		at := specPath.Key("clusters").Index(i)
		check(cl, cl.PodCIDR, at.Key("podCIDR"), func() netip.Prefix { return c.plan.outside(at.Key("podCIDR"), cl.PodCIDR, pool10, pool172, pool192) })
		check(cl, cl.ServiceCIDR, at.Key("serviceCIDR"), func() netip.Prefix {
			return c.plan.outside(at.Key("serviceCIDR"), cl.ServiceCIDR, pool172, pool192, pool10)
		})
		if path, ok := c.vpcPaths[cl.VPC]; ok {
			cidr := c.vpcs[cl.VPC].CIDR
			check(cl, cidr, path.Key("cidr"), func() netip.Prefix { return c.plan.forVPC(path.Key("cidr"), cidr) })
		}
	}
}

var reserved = netip.PrefixFrom(netip.AddrFrom4([4]byte{7}), 8)

// checkPublic is R16: the ranges of VPCs are private.
func (c *checker) checkPublic() {
	if c.Network == nil {
		return
	}
	for i, v := range c.Network.VPCs {
		p, ok := prefix(v.CIDR)
		if _, refused := forbidden(p); !ok || refused || private(p) || p.Bits() < 8 {
			continue
		}
		at := specPath.Key("network").Key("vpcs").Index(i).Key("cidr")
		c.add(withRange(diag.New(diag.PublicRange, at, "VPC %s has the range %s, which is public: its addresses belong to others on the internet", v.Name, v.CIDR), c.plan.forVPC(at, v.CIDR),
			"ask Alibaba Cloud for the quota ack.white_list/supportVPCWithPublicIPRanges, or give its vSwitches private ranges, and the VPC one"))
	}
}

func private(p netip.Prefix) bool {
	for _, pool := range []netip.Prefix{pool10, pool172, pool192} {
		if p.Bits() >= pool.Bits() && pool.Contains(p.Addr()) {
			return true
		}
	}
	return false
}
