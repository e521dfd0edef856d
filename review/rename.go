package review

import (
	"cmp"
	"hash/maphash"
	"maps"
	"slices"
	"strings"
)

// A removed and an added object of one kind in one target are one that was renamed when nearly all values in them are the same. What
// stands for the name itself counts as the same where the one has its old name and the other its new.
const (
	renameShare  = 0.8    // twice the values that both have, by the sum of what each has
	renameLeast  = 4      // values that an object must have: small ones look alike by chance
	renameTries  = 20_000 // comparisons of a kind in a target, beside those of equal content
	renameValues = 20_000 // of an object; larger ones are not compared
)

// leaves is the values of an object, as sorted hashes of path and value, without its name and namespace.
type leaves []uint64

// findRenames puts removed and added objects together. Objects with equal content come first, then by how much they have in common; ties
// are broken by name, so that the result depends on the objects alone.
func findRenames(removed, added []*object) (renamed [][2]*object, stillRemoved, stillAdded []*object, err error) {
	byKind := map[string][2][]*object{}
	for i, list := range [2][]*object{removed, added} {
		for _, o := range list {
			kind := o.id.Group + "/" + o.id.Kind
			sides := byKind[kind]
			sides[i] = append(sides[i], o)
			byKind[kind] = sides
		}
	}
	taken := map[*object]bool{}
	for _, kind := range slices.Sorted(maps.Keys(byKind)) {
		sides := byKind[kind]
		if len(sides[0]) == 0 || len(sides[1]) == 0 {
			continue
		}
		pairs, err := renamesOf(sides)
		if err != nil {
			return nil, nil, nil, err
		}
		for _, p := range pairs {
			taken[p[0]], taken[p[1]] = true, true
		}
		renamed = append(renamed, pairs...)
	}
	left := func(list []*object) []*object {
		return slices.DeleteFunc(slices.Clone(list), func(o *object) bool { return taken[o] })
	}
	return renamed, left(removed), left(added), nil
}

func renamesOf(sides [2][]*object) ([][2]*object, error) {
	seed := maphash.MakeSeed()
	var values [2][]leaves
	for i, list := range sides {
		for _, o := range list {
			fields, err := o.content()
			if err != nil {
				return nil, err
			}
			values[i] = append(values[i], leavesOf(seed, fields, o.id.Name))
		}
	}
	var pairs [][2]*object
	var used [2]map[int]bool
	used[0], used[1] = map[int]bool{}, map[int]bool{}
	take := func(i, k int) {
		used[0][i], used[1][k] = true, true
		pairs = append(pairs, [2]*object{sides[0][i], sides[1][k]})
	}
	// Equal content.
	waiting := map[uint64][]int{}
	for k, v := range values[1] {
		if h := v.hash(seed); len(v) >= renameLeast {
			waiting[h] = append(waiting[h], k)
		}
	}
	for i, v := range values[0] {
		h := v.hash(seed)
		if list := waiting[h]; len(v) >= renameLeast && len(list) > 0 {
			take(i, list[0])
			waiting[h] = list[1:]
		}
	}
	for _, c := range alike(values, used) {
		if !used[0][c.old] && !used[1][c.new] {
			take(c.old, c.new)
		}
	}
	slices.SortFunc(pairs, func(a, b [2]*object) int { return compareIDs(a[0].id, b[0].id) })
	return pairs, nil
}

type candidate struct {
	old, new int
	share    float64
}

// alike gives the pairs that have enough in common, the best first.
func alike(values [2][]leaves, used [2]map[int]bool) []candidate {
	if (len(values[0])-len(used[0]))*(len(values[1])-len(used[1])) > renameTries {
		return nil
	}
	var all []candidate
	for i, a := range values[0] {
		for k, b := range values[1] {
			if used[0][i] || used[1][k] || len(a) < renameLeast || len(b) < renameLeast {
				continue
			}
			if share := a.share(b); share >= renameShare {
				all = append(all, candidate{i, k, share})
			}
		}
	}
	slices.SortFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.share, a.share), cmp.Compare(a.old, b.old), cmp.Compare(a.new, b.new))
	})
	return all
}

// share is from 0 for nothing in common to 1 for all.
func (l leaves) share(other leaves) float64 {
	common, i, k := 0, 0, 0
	for i < len(l) && k < len(other) {
		switch {
		case l[i] == other[k]:
			common++
			i, k = i+1, k+1
		case l[i] < other[k]:
			i++
		default:
			k++
		}
	}
	return 2 * float64(common) / float64(len(l)+len(other))
}

func (l leaves) hash(seed maphash.Seed) uint64 {
	h := uint64(len(l))
	for _, v := range l {
		h = maphash.Comparable(seed, [2]uint64{h, v})
	}
	return h
}

// leavesOf gives no leaves of an object that is too large to compare.
func leavesOf(seed maphash.Seed, fields map[string]any, name string) leaves {
	var all leaves
	var walk func(v any, path []string)
	leaf := func(v any, path []string) {
		text, isText := v.(string)
		if isText && name != "" && (text == name || strings.HasPrefix(text, name+".")) {
			v = "\x00" + text[len(name):]
		}
		all = append(all, maphash.Comparable(seed, [2]any{strings.Join(path, "\x00"), v}))
	}
	walk = func(v any, path []string) {
		if len(all) > renameValues {
			return
		}
		switch v := v.(type) {
		case map[string]any:
			for key, inner := range v {
				if len(path) == 1 && path[0] == "metadata" && (key == "name" || key == "namespace") {
					continue
				}
				walk(inner, append(path, key))
			}
		case []any:
			for _, inner := range v {
				walk(inner, append(path, ""))
			}
		default:
			leaf(v, path)
		}
	}
	for key, v := range fields {
		if key != "apiVersion" && key != "kind" {
			walk(v, []string{key})
		}
	}
	if len(all) > renameValues {
		return nil
	}
	slices.Sort(all)
	return all
}
