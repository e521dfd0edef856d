package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// checkGateways holds gateways against the clusters and what ASM says of IstioGateways.
func (c *checker) checkGateways() {
	for i, g := range c.Gateways {
		at := specPath.Key("gateways").Index(i)
		if g.Namespace != mesh.RootNamespace && !c.isIstio() {
			c.add(diag.New(diag.GatewayNamespace, at.Key("namespace"), "gateway %s is in namespace %s; ASM starts gateways in istio-system only", g.Name, g.Namespace).
				WithFix("remove the field namespace"))
		}
		c.checkReplicas(g.Name, g.Settings, nil, at)
		var without []string
		for j, name := range g.Clusters {
			if refer(c, "cluster", name, c.clusters, at.Key("clusters").Index(j)) && c.clusters[name].ID == "" {
				without = append(without, name)
			}
		}
		if len(without) > 0 && !c.isIstio() {
			c.add(atKey(diag.New(diag.GatewayClusterID, at.Key("clusters"), "gateway %s is rendered without clusterIds, since the id of %s is not known", g.Name, strings.Join(without, ", ")).
				WithFix("write the id that the cloud gave into clusters[].id of %s", strings.Join(without, ", "))))
		}
		for j, o := range g.Overrides {
			c.checkReplicas(g.Name, o.Settings, g.Settings, at.Key("overrides").Index(j))
			c.checkOverride(g, o, at.Key("overrides").Index(j).Key("cluster"))
		}
	}
}

// checkReplicas holds the bounds of a gateway's autoscaler against each other; what an override does not set is the gateway's.
func (c *checker) checkReplicas(gateway string, settings, base map[string]any, at diag.Path) {
	bound := func(field string) (int64, bool) {
		if n, ok := settings[field].(int64); ok {
			return n, true
		}
		n, ok := base[field].(int64)
		return n, ok
	}
	field := "minReplicas"
	if _, ok := settings[field].(int64); !ok {
		field = "maxReplicas"
	}
	low, lowKnown := bound("minReplicas")
	high, highKnown := bound("maxReplicas")
	if _, here := settings[field].(int64); here && lowKnown && highKnown && low > high {
		c.add(diag.New(diag.GatewayReplicas, at.Key(field), "gateway %s has minReplicas %d and maxReplicas %d", gateway, low, high).
			WithFix("write minReplicas of %d or less, or maxReplicas of %d or more", high, low))
	}
}

func (c *checker) checkOverride(g mesh.GatewaySpec, o mesh.GatewayOverride, at diag.Path) {
	switch cl, ok := c.clusters[o.Cluster]; {
	case !ok:
		refer(c, "cluster", o.Cluster, c.clusters, at)
	case !slices.Contains(g.Clusters, o.Cluster):
		c.add(diag.New(diag.OverrideCluster, at, "gateway %s does not run in cluster %s", g.Name, o.Cluster).
			WithFix("add %s to the gateway's clusters, or remove the override", o.Cluster))
	case cl.ID == "" && !c.isIstio():
		c.add(diag.New(diag.OverrideCluster, at, "overrides are keyed by cluster id, and the id of cluster %s is not known", o.Cluster).
			WithFix("write the id that the cloud gave into clusters[].id of %s", o.Cluster))
	}
}

// checkListeners holds the ports of listeners against those of their gateway.
func (c *checker) checkListeners() {
	for i, g := range c.Gateways {
		open, names := gatewayPorts(g)
		if len(open) == 0 {
			continue // the provider's default ports
		}
		for j, l := range g.Listeners {
			for k, server := range l.Servers {
				n, ok := dig(server, "port", "number").(int64)
				if ok && !open[n] {
					at := specPath.Key("gateways").Index(i).Key("listeners").Index(j).Key("servers").Index(k).Key("port").Key("number")
					c.add(diag.New(diag.UnknownReference, at, "gateway %s has no port %d", g.Name, n).
						WithFix("use %s, or add the port to the gateway's ports", some(names, "or")))
				}
			}
		}
	}
}

// gatewayPorts gives the numbers that a listener may name: ports of the Service, and of the container.
func gatewayPorts(g mesh.GatewaySpec) (map[int64]bool, []string) {
	open := map[int64]bool{}
	var names []string
	ports, _ := g.Settings["ports"].([]any)
	if len(ports) == 0 {
		return nil, nil
	}
	more, _ := g.Settings["meshExpansionPorts"].([]any)
	for _, p := range slices.Concat(ports, more) {
		for _, key := range []string{"port", "targetPort"} {
			if n, ok := dig(p, key).(int64); ok && !open[n] {
				open[n] = true
				names = append(names, fmt.Sprint(n))
			}
		}
	}
	return open, names
}

// atKey moves a finding from a value to its field's name: a list begins a line below its name, and misses what it misses as a whole.
func atKey(f diag.Finding) diag.Finding {
	f.AtKey = true
	return f
}

// dig gives the value below v at these keys, or nil.
func dig(v any, keys ...string) any {
	for _, k := range keys {
		m, _ := v.(map[string]any)
		v = m[k]
	}
	return v
}
