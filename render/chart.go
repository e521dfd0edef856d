package render

import (
	"maps"
	"slices"
	"strconv"

	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/mesh"
)

// ingressValues renders values of the chart gateway for each gateway in a cluster. Settings that the chart cannot express have been
// refused (mesh.ChartRefusal).
func (r *Rendering) ingressValues(c *mesh.Cluster) ([]manifest.File, error) {
	var files []manifest.File
	for _, g := range r.mesh.Gateways {
		if !slices.Contains(g.Clusters, c) {
			continue
		}
		f, err := values("gateway-"+g.Name, fromEntry("gateways", "", g.Name), r.gatewayValues(g, g.SettingsIn(c)))
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

// gatewayValues are the values of a gateway by its settings. The chart labels the pods of release istio-NAME istio: NAME, as ASM does.
func (r *Rendering) gatewayValues(g *mesh.Gateway, settings map[string]any) map[string]any {
	v := map[string]any{"name": mesh.GatewayService(g.Name), "autoscaling": autoscaling(settings)}
	if service := gatewayService(g, settings); len(service) > 0 {
		v["service"] = service
	}
	same := map[string]string{
		"resources": "resources", "nodeSelector": "nodeSelector", "affinity": "affinity", "tolerations": "tolerations",
		"podAnnotations": "podAnnotations", "lifecycle": "lifecycle",
	}
	for name, value := range same {
		if settings[name] != nil {
			v[value] = settings[name]
		}
	}
	if on, _ := settings["autoscaleEnabled"].(bool); !on && settings["replicaCount"] != nil {
		v["replicaCount"] = settings["replicaCount"]
	}
	if probe, ok := settings["readinessProbe"].(map[string]any); ok {
		probe = maps.Clone(probe) // the chart takes a whole probe instead of the one that is injected
		probe["httpGet"] = map[string]any{"path": "/healthz/ready", "port": 15021}
		v["readinessProbe"] = probe
	}
	if policy, ok := settings["dnsPolicy"]; ok && policy != "ClusterFirst" {
		v["dnsPolicy"] = policy
	}
	if len(g.Labels) > 0 {
		v["labels"] = g.Labels
	}
	if len(g.Annotations) > 0 {
		v["annotations"] = g.Annotations
	}
	environment(v, settings)
	r.strategy(v, settings)
	volumes(v, settings)
	if root, _ := settings["runAsRoot"].(bool); root {
		asRoot(v)
	}
	return v
}

// autoscaling is off unless the topology asks for it: the chart's own default is on, and would hide replicaCount.
func autoscaling(settings map[string]any) map[string]any {
	on, _ := settings["autoscaleEnabled"].(bool)
	a := map[string]any{"enabled": on}
	if !on {
		return a
	}
	for setting, value := range map[string]string{"minReplicas": "minReplicas", "maxReplicas": "maxReplicas"} {
		if settings[setting] != nil {
			a[value] = settings[setting]
		}
	}
	for setting, value := range map[string]string{"cpu": "targetCPUUtilizationPercentage", "memory": "targetMemoryUtilizationPercentage"} {
		if target, ok := settings[setting].(map[string]any); ok {
			a[value] = target["targetAverageUtilization"]
		}
	}
	return a
}

func gatewayService(g *mesh.Gateway, settings map[string]any) map[string]any {
	service := map[string]any{}
	if g.Type == mesh.GatewayEgress {
		service["type"] = "ClusterIP"
	}
	for setting, value := range map[string]string{
		"serviceType": "type", "loadBalancerClass": "loadBalancerClass", "loadBalancerIP": "loadBalancerIP",
		"externalTrafficPolicy": "externalTrafficPolicy", "serviceAnnotations": "annotations", "ports": "ports",
	} {
		if settings[setting] != nil {
			service[value] = settings[setting]
		}
	}
	return service
}

// environment splits variables into those with a value, which the chart takes by name, and those whose value is elsewhere.
func environment(v, settings map[string]any) {
	list, _ := settings["env"].([]any)
	env, from := map[string]any{}, []any{}
	for _, e := range list {
		entry, _ := e.(map[string]any)
		name, _ := entry["name"].(string)
		if entry["valueFrom"] != nil {
			from = append(from, entry)
			continue
		}
		value, _ := entry["value"].(string)
		env[name] = value
	}
	if view, ok := settings["requestedNetworkView"]; ok {
		env["ISTIO_META_REQUESTED_NETWORK_VIEW"] = view
	}
	if len(env) > 0 {
		v["env"] = env
	}
	if len(from) > 0 {
		v["envVarFrom"] = from
	}
}

func (r *Rendering) strategy(v, settings map[string]any) {
	update := map[string]any{}
	for setting, value := range map[string]string{"rollingMaxSurge": "maxSurge", "rollingMaxUnavailable": "maxUnavailable"} {
		if text, ok := settings[setting].(string); ok && r.mesh.Control.ChartRefusal(setting, text) == "" {
			update[value] = countOrPercent(text)
		}
	}
	if len(update) > 0 {
		v["strategy"] = map[string]any{"rollingUpdate": update}
	}
}

// countOrPercent is a number, or text that ends in %: Kubernetes takes no number in quotes.
func countOrPercent(text string) any {
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	return text
}

// volumes mounts Secrets and ConfigMaps.
func volumes(v, settings map[string]any) {
	var list, mounts []any
	add := func(field, name string, source func(name any) map[string]any) {
		entries, _ := settings[field].([]any)
		for _, e := range entries {
			entry, _ := e.(map[string]any)
			volume := source(entry[name])
			volume["name"] = entry["name"]
			list = append(list, volume)
			mounts = append(mounts, map[string]any{"name": entry["name"], "mountPath": entry["mountPath"], "readOnly": true})
		}
	}
	add("secretVolumes", "secretName", func(name any) map[string]any { return map[string]any{"secret": map[string]any{"secretName": name}} })
	add("configVolumes", "configMapName", func(name any) map[string]any { return map[string]any{"configMap": map[string]any{"name": name}} })
	if len(list) > 0 {
		v["volumes"], v["volumeMounts"] = list, mounts
	}
}

// asRoot lets the gateway run as root, with nothing else that the chart's own security context does not give.
func asRoot(v map[string]any) {
	user := map[string]any{"runAsUser": 0, "runAsGroup": 0, "runAsNonRoot": false}
	v["securityContext"] = user
	container := map[string]any{
		"allowPrivilegeEscalation": false, "privileged": false, "readOnlyRootFilesystem": true,
		"capabilities": map[string]any{"drop": []string{"ALL"}, "add": []string{"NET_BIND_SERVICE"}},
	}
	maps.Copy(container, user)
	v["containerSecurityContext"] = container
}
