package render

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/kyaml/resid"

	"github.com/meshtopo/meshtopo/diag"
)

// matches gives the objects that a patch is for.
func (p patch) matches(m resmap.ResMap) ([]map[string]any, error) {
	if target, ok := p.Fields["target"]; ok {
		selector, err := selectorOf(target)
		if err != nil {
			return nil, err
		}
		found, err := m.Select(selector)
		if err != nil {
			return nil, err
		}
		var objects []map[string]any
		for _, r := range found {
			fields, err := r.Map()
			if err != nil {
				return nil, err
			}
			objects = append(objects, fields)
		}
		return objects, nil
	}
	body, ok := p.Body.(map[string]any)
	if !ok {
		return nil, errors.New("a JSON6902 patch needs a target")
	}
	found, err := m.GetById(identity(body))
	if err != nil {
		return nil, nil // kustomize's way of saying that there is none
	}
	fields, err := found.Map()
	return []map[string]any{fields}, err
}

// selectsByMark says whether a patch chooses objects by labels or annotations.
func (p patch) selectsByMark() bool {
	target, _ := p.Fields["target"].(map[string]any)
	return target["labelSelector"] != nil || target["annotationSelector"] != nil
}

func identity(body map[string]any) resid.ResId {
	apiVersion, _ := body["apiVersion"].(string)
	kind, _ := body["kind"].(string)
	metadata, _ := body["metadata"].(map[string]any)
	name, _ := metadata["name"].(string)
	namespace, _ := metadata["namespace"].(string)
	group, version := resid.ParseGroupVersion(apiVersion)
	return resid.NewResIdWithNamespace(resid.NewGvk(group, version, kind), name, namespace)
}

// listReplaced warns of a strategic-merge patch that replaces a list of an Istio object and loses what stood in it.
func (k *kustomizer) listReplaced(overlay int, p patch, matched []map[string]any) {
	body, ok := p.Body.(map[string]any)
	if !ok {
		return
	}
	for _, o := range matched {
		if apiVersion, _ := o["apiVersion"].(string); !strings.Contains(apiVersion, "istio.") {
			continue
		}
		for _, lost := range lostLists(body["spec"], o["spec"], "/spec") {
			key := fmt.Sprint(overlay, p.Name, lost.pointer)
			if k.replaced[key] {
				continue
			}
			k.replaced[key] = true
			f := diag.New(diag.OverlayListReplaced, overlayPath(overlay), "overlay %s, %s replaces the list %s of %s %s: what stood in it is lost",
				k.components[overlay].Dir, p.Name, strings.ReplaceAll(strings.TrimPrefix(lost.pointer, "/"), "/", "."), o["kind"], nameOf(o)).
				WithFix("write the patch in JSON6902 form, which keeps the rest:\n%s", lost.json6902(o))
			f.Place = p.Place
			k.findings = append(k.findings, f)
		}
	}
}

func nameOf(o map[string]any) any {
	metadata, _ := o["metadata"].(map[string]any)
	return metadata["name"]
}

// lostList is a list that a patch replaces although the object has elements that the patch has not.
type lostList struct {
	pointer    string // JSON pointer
	operations []operation
}

// operation is an operation of a JSON6902 patch.
type operation struct {
	op    string
	path  string
	value any
}

func lostLists(patch, object any, pointer string) []lostList {
	switch p := patch.(type) {
	case map[string]any:
		o, _ := object.(map[string]any)
		var lost []lostList
		for _, key := range sortedKeys(p) {
			if o[key] != nil {
				lost = append(lost, lostLists(p[key], o[key], pointer+"/"+escapePointer(key))...)
			}
		}
		return lost
	case []any:
		o, _ := object.([]any)
		if !slices.ContainsFunc(o, func(e any) bool { return counterpart(e, p) < 0 }) {
			return nil
		}
		return []lostList{{pointer: pointer, operations: operations(p, o, pointer)}}
	}
	return nil
}

// operations are what the patch most likely means: elements that the object has under the same key are changed, others are
// added. A patch that changes and adds nothing means to remove the others.
func operations(patch, object []any, pointer string) []operation {
	var list []operation
	for _, e := range patch {
		at := fmt.Sprintf("%s/%d", pointer, counterpart(e, object))
		switch n := counterpart(e, object); {
		case n < 0:
			list = append(list, operation{"add", pointer + "/-", e})
		case !reflect.DeepEqual(plain(merged(object[n], e)), plain(object[n])):
			list = append(list, operation{"replace", at, merged(object[n], e)})
		}
	}
	if len(list) > 0 {
		return list
	}
	for i := len(object) - 1; i >= 0; i-- { // from the end, so that no index moves
		if counterpart(object[i], patch) < 0 {
			list = append(list, operation{"remove", fmt.Sprintf("%s/%d", pointer, i), nil})
		}
	}
	return list
}

// counterpart gives the index of the element of a list that e is a version of, or -1: the one with the same key, or an equal one.
func counterpart(e any, list []any) int {
	return slices.IndexFunc(list, func(x any) bool {
		if k := keyOfElement(e); k != "" {
			return k == keyOfElement(x)
		}
		return reflect.DeepEqual(plain(e), plain(x))
	})
}

// keyOfElement gives what identifies an element in Istio's lists: subsets, routes and ports by name, locality rules by from,
// entries of a port by its number. "" for others.
func keyOfElement(e any) string {
	m, _ := e.(map[string]any)
	port, _ := m["port"].(map[string]any)
	for _, v := range []any{m["name"], m["from"], port["name"], port["number"]} {
		if v != nil {
			return fmt.Sprint(v)
		}
	}
	return ""
}

// merged is an element with the fields of a patch in it, as a strategic merge would leave it.
func merged(element, patch any) any {
	e, ok := element.(map[string]any)
	p, both := patch.(map[string]any)
	if !ok || !both {
		return patch
	}
	result := maps.Clone(e)
	for key, v := range p {
		result[key] = merged(e[key], v)
	}
	return result
}

// plain makes values of different readers comparable.
func plain(v any) any {
	data, err := json.Marshal(v)
	if err != nil {
		return v
	}
	var p any
	if json.Unmarshal(data, &p) != nil {
		return v
	}
	return p
}

func escapePointer(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "~", "~0"), "/", "~1")
}

// json6902 is the patch in the form that keeps what it does not name.
func (l lostList) json6902(object map[string]any) string {
	var b strings.Builder
	fmt.Fprintf(&b, "- target: {kind: %v, name: %v}\n  patch: |-", object["kind"], nameOf(object))
	for _, o := range l.operations {
		fmt.Fprintf(&b, "\n    - {op: %s, path: %s", o.op, o.path)
		if value, err := json.Marshal(o.value); err == nil && o.op != "remove" {
			fmt.Fprintf(&b, ", value: %s", value)
		}
		b.WriteString("}")
	}
	return b.String()
}

var (
	inMemory = regexp.MustCompile(`/?root[0-9]+/|/?build/|merging from generator &\{0x[^}]*\}: `) // and addresses, which differ from run to run
	wrapping = regexp.MustCompile(`^accumulating components: accumulateDirectory: "recursed (?:merging from|accumulation of) path '[^']*': (.*)"$`)
)

// cleanError is what kustomize says, on one line, without the paths of its in-memory file system and what it wraps around
// every failure of a component.
func cleanError(err error) string {
	s := strings.Join(strings.Fields(inMemory.ReplaceAllString(err.Error(), "")), " ")
	if m := wrapping.FindStringSubmatch(s); m != nil {
		s = m[1]
	}
	if len(s) > 600 {
		s = s[:600] + " ..."
	}
	return strings.ToValidUTF8(s, "?")
}
