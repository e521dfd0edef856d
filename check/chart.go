package check

import (
	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
)

// checkChartValues holds the settings of gateways against what Istio's chart gateway can express.
func (c *checker) checkChartValues() {
	if !c.isIstio() {
		return
	}
	for i, g := range c.Gateways {
		at := specPath.Key("gateways").Index(i)
		c.checkSettings(g.Name, g.Settings, at)
		c.checkGatewayLabels(g, at.Key("labels"))
		for j, o := range g.Overrides {
			c.checkSettings(g.Name, o.Settings, at.Key("overrides").Index(j))
		}
	}
}

// checkGatewayLabels refuses labels that the chart gives to the pods itself, from which listeners, Services and istiod know them.
func (c *checker) checkGatewayLabels(g mesh.GatewaySpec, at diag.Path) {
	why := map[string]string{
		"istio":                     "listeners find the gateway's pods by it, and its value is the gateway's name",
		"sidecar.istio.io/inject":   "the chart sets it, and without it the gateway has no proxy",
		"topology.istio.io/network": "it says in which network the pods are, and that is the cluster's",
	}
	for _, key := range sortedKeys(g.Labels) {
		if reason := why[key]; reason != "" && (key != "istio" || g.Labels[key] != g.Name) {
			c.add(atKey(diag.New(diag.ChartValue, at.Key(key), "gateway %s: label %s cannot be another one: %s", g.Name, key, reason).WithFix("remove the label")))
		}
	}
}

func (c *checker) checkSettings(gateway string, settings map[string]any, at diag.Path) {
	for _, name := range sortedKeys(settings) {
		why := c.Mesh.ChartRefusal(name, settings[name])
		switch {
		case why == "":
		case mesh.OfRollout(name):
			c.add(atKey(diag.New(diag.ManagedField, at.Key(name), "gateway %s: %s is left out: %s", gateway, name, why).WithFix("raise mesh.version, or remove the setting")))
		default:
			c.add(atKey(diag.New(diag.ChartValue, at.Key(name), "gateway %s: %s cannot be rendered for Istio's chart: %s", gateway, name, why).
				WithFix("remove the setting, or change it as the sentence says")))
		}
	}
	if !c.Mesh.Before(mesh.ChartEnvFromSince) {
		return
	}
	env, _ := settings["env"].([]any)
	for i, e := range env {
		if dig(e, "valueFrom") != nil {
			c.add(atKey(diag.New(diag.ChartValue, at.Key("env").Index(i).Key("valueFrom"), "gateway %s: the chart gateway takes variables whose value comes from elsewhere since Istio %s", gateway, mesh.ChartEnvFromSince).
				WithFix("write the value, or raise mesh.version")))
		}
	}
}
