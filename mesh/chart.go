package mesh

// A gateway's settings have the names that ASM gives them. With provider istio they become values of Istio's chart gateway, which
// knows most of them, some only since a later version.

// ChartRefusal says why a setting of a gateway cannot become a value of the chart gateway in a version of Istio; "" when it can. What
// a setting's value says anyway, such as hostNetwork: false, needs no value of the chart.
func (c ControlPlane) ChartRefusal(setting string, value any) string {
	if usual, ok := chartUsual()[setting]; ok && value == usual {
		return ""
	}
	if why, ok := chartLacks()[setting]; ok {
		return why
	}
	if since := chartSince()[setting]; since != "" && c.Before(since) {
		return "the chart gateway takes it since Istio " + since
	}
	return ""
}

// OfRollout says whether a setting is about how pods are replaced: without it the chart does that in its own way, and the gateway is the same.
func OfRollout(setting string) bool {
	return setting == "rollingMaxSurge" || setting == "rollingMaxUnavailable"
}

// chartUsual are values of settings that are so without anybody saying it.
func chartUsual() map[string]any {
	return map[string]any{
		"hostNetwork": false, "dnsPolicy": "ClusterFirst", "autoCreateGatewayYaml": false, "disableContainerPortExposed": false,
	}
}

// chartLacks are the settings that the chart has no value for.
func chartLacks() map[string]string {
	const asmOnly = "only ASM knows it"
	return map[string]string{
		"sds": "gateways of Istio always have it", "meshExpansionPorts": "write them under ports",
		"applicationPorts": asmOnly, "autoCreateGatewayYaml": asmOnly, "compression": asmOnly, "disableContainerPortExposed": asmOnly,
		"hostNetwork": "the chart gateway has no value for it", "kernel": "the chart gateway has no value for it",
		"serviceLabels": "the chart gateway has no labels for the Service alone: write labels, which all its objects and pods get",
		"podLabels":     "the chart gateway has no labels for the pods alone: write labels, which all its objects and pods get",
	}
}

// chartSince gives the version of Istio since which the chart has the value of a setting, where that is not the oldest.
// Source: the chart's templates in the tags 1.22.0 to 1.31.
func chartSince() map[string]string {
	return map[string]string{
		"rollingMaxSurge": "1.24", "rollingMaxUnavailable": "1.24", "readinessProbe": "1.24", "loadBalancerClass": "1.26", "lifecycle": "1.27", "dnsPolicy": "1.31",
	}
}

// ChartEnvFromSince is the version of Istio since which the chart gateway takes variables whose value comes from elsewhere.
const ChartEnvFromSince = "1.27"

// SettingsIn gives a gateway's settings in a cluster: its own, with what the cluster's override says instead.
func (g *Gateway) SettingsIn(c *Cluster) map[string]any {
	settings := map[string]any{}
	for k, v := range g.Settings {
		settings[k] = v
	}
	for _, o := range g.Overrides {
		if o.Cluster == c {
			for k, v := range o.Settings {
				settings[k] = v
			}
		}
	}
	return settings
}
