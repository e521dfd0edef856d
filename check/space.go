package check

import "net/netip"

// space is the addresses of one family that are taken, as a binary trie: taking a range and finding a free one cost a step for
// each bit of its length, however many are taken.
type space struct {
	nodes []trieNode // the first is all addresses
}

// trieNode is a range that is taken in part or whole. A child that is not there (0) is free.
type trieNode struct {
	child [2]int32
	free  uint8 // the length of the largest free range in it, full when there is none
}

const full = 255

// take notes that a range is taken.
func (s *space) take(r netip.Prefix) {
	if len(s.nodes) == 0 {
		s.nodes = append(s.nodes, trieNode{})
	}
	s.insert(0, 0, r)
}

func (s *space) insert(n int32, depth int, r netip.Prefix) {
	if depth == r.Bits() {
		s.nodes[n] = trieNode{free: full}
	}
	if s.nodes[n].free == full {
		return
	}
	b := bit(r.Addr(), depth)
	next := s.nodes[n].child[b]
	if next == 0 {
		next = int32(len(s.nodes))
		s.nodes = append(s.nodes, trieNode{free: uint8(depth + 1)})
		s.nodes[n].child[b] = next
	}
	s.insert(next, depth+1, r)
	s.nodes[n].free = min(s.largest(n, 0, depth), s.largest(n, 1, depth))
}

// largest is the length of the largest free range in one half of a range.
func (s *space) largest(n int32, half, depth int) uint8 {
	if c := s.nodes[n].child[half]; c != 0 {
		return s.nodes[c].free
	}
	return uint8(depth + 1)
}

// free gives the first free range of a length inside another, or the zero Prefix.
func (s *space) free(bits int, within netip.Prefix) netip.Prefix {
	if bits < within.Bits() || bits > within.Addr().BitLen() {
		return netip.Prefix{}
	}
	if len(s.nodes) == 0 {
		return netip.PrefixFrom(within.Addr(), bits)
	}
	n := int32(0)
	for depth := range within.Bits() {
		if s.nodes[n].free == full {
			return netip.Prefix{}
		}
		if n = s.nodes[n].child[bit(within.Addr(), depth)]; n == 0 {
			return netip.PrefixFrom(within.Addr(), bits)
		}
	}
	return s.first(n, bits, within)
}

// first gives the first free range of a length inside the range of a node.
func (s *space) first(n int32, bits int, at netip.Prefix) netip.Prefix {
	for {
		depth := at.Bits()
		if int(s.nodes[n].free) > bits {
			return netip.Prefix{}
		}
		half := 0
		if int(s.largest(n, 0, depth)) > bits {
			half = 1
		}
		at = inHalf(at, half)
		if n = s.nodes[n].child[half]; n == 0 {
			return netip.PrefixFrom(at.Addr(), bits)
		}
	}
}

// bit is a bit of an address, the first being 0.
func bit(a netip.Addr, i int) int {
	b := a.AsSlice()
	return int(b[i/8]>>(7-i%8)) & 1
}

// inHalf is the lower or upper half of a range.
func inHalf(r netip.Prefix, half int) netip.Prefix {
	b := r.Addr().AsSlice()
	i := r.Bits()
	b[i/8] |= byte(half) << (7 - i%8)
	a, _ := netip.AddrFromSlice(b)
	return netip.PrefixFrom(a, i+1)
}
