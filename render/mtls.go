package render

import (
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/mesh"
)

// checkMTLS looks at the PeerAuthentications and DestinationRules of components and overlays: across networks nothing gets through without mTLS.
func (r *Rendering) checkMTLS(f manifest.File) []diag.Finding {
	if r.mesh.Istio == nil || !r.mesh.Istio.MultiNetwork {
		return nil
	}
	var findings []diag.Finding
	for _, o := range f.Objects {
		id, err := o.ID()
		if err != nil {
			continue
		}
		var names []string
		namespace := id.Applied().Namespace
		for _, s := range r.mesh.AcrossNetworks() {
			switch {
			case id.Kind == "PeerAuthentication" && id.Group == "security.istio.io" && disablesMTLS(o.Fields) && appliesTo(namespace, o.Fields, s),
				id.Kind == "DestinationRule" && id.Group == networking && refusesMTLS(o.Fields) && isHostOf(o.Fields, namespace, s):
				names = append(names, s.Name)
			}
		}
		if len(names) > 0 {
			findings = append(findings, diag.New(diag.MTLSOff, diag.Path(f.From), "%s: %s turns mTLS off for %s, called from other networks: nothing gets there", f.Path, id, shortList(names)).
				WithFix("let it take mTLS: mode PERMISSIVE of a PeerAuthentication, ISTIO_MUTUAL of a DestinationRule"))
		}
	}
	return findings
}

// refusesMTLS says whether a DestinationRule has clients speak anything but Istio's mTLS, for all ports or for some.
func refusesMTLS(fields map[string]any) bool {
	spec, _ := fields["spec"].(map[string]any)
	policy, _ := spec["trafficPolicy"].(map[string]any)
	blocks := []any{policy}
	for _, field := range []any{policy["portLevelSettings"], spec["subsets"]} {
		entries, _ := field.([]any)
		for _, e := range entries {
			entry, _ := e.(map[string]any)
			blocks = append(blocks, entry, entry["trafficPolicy"])
		}
	}
	return slices.ContainsFunc(blocks, func(v any) bool {
		block, _ := v.(map[string]any)
		tls, ok := block["tls"].(map[string]any)
		return ok && tls["mode"] != "ISTIO_MUTUAL"
	})
}

// isHostOf says whether a DestinationRule in a namespace is for a service.
func isHostOf(fields map[string]any, namespace string, s *mesh.Service) bool {
	spec, _ := fields["spec"].(map[string]any)
	host, _ := spec["host"].(string)
	return host == s.Name && namespace == s.Namespace || host == s.Host() || host == s.Name+"."+s.Namespace || host == s.Name+"."+s.Namespace+".svc"
}

// disablesMTLS says whether a PeerAuthentication does so, for all ports or for some.
func disablesMTLS(fields map[string]any) bool {
	spec, _ := fields["spec"].(map[string]any)
	ports, _ := spec["portLevelMtls"].(map[string]any)
	blocks := []any{spec["mtls"]}
	for _, port := range sortedKeys(ports) {
		blocks = append(blocks, ports[port])
	}
	return slices.ContainsFunc(blocks, func(v any) bool {
		block, _ := v.(map[string]any)
		return block["mode"] == "DISABLE"
	})
}

// appliesTo says whether a PeerAuthentication is for pods of a service. One in the root namespace without a selector is for the whole mesh.
func appliesTo(namespace string, fields map[string]any, s *mesh.Service) bool {
	spec, _ := fields["spec"].(map[string]any)
	selector, _ := spec["selector"].(map[string]any)
	labels, _ := selector["matchLabels"].(map[string]any)
	if len(labels) == 0 {
		return namespace == mesh.RootNamespace || namespace == s.Namespace
	}
	for key, value := range labels {
		text, _ := value.(string)
		switch {
		case key == "app" && text == s.Name:
		case key == "version" && slices.ContainsFunc(s.Versions, func(v string) bool { return strings.EqualFold(v, text) }):
		default:
			return false
		}
	}
	return namespace == s.Namespace
}
