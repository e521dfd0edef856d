package random

// policy gives a trafficPolicy of a topology, for a service with these ports.
func (d dice) policy(ports []int) m {
	p := d.block()
	if d.chance(25) {
		p["portLevelSettings"] = d.portEntries(ports, d.block)
	}
	return p
}

// block gives what may stand in a trafficPolicy and in an entry for a port.
func (d dice) block() m {
	p := m{}
	if d.chance(70) {
		p["outlierDetection"] = d.outlier()
	}
	if d.chance(20) {
		p["loadBalancer"] = m{"simple": pick(d, "ROUND_ROBIN", "RANDOM", "LEAST_REQUEST")}
	}
	if d.chance(7) {
		p["tls"] = m{"mode": pick(d, "DISABLE", "ISTIO_MUTUAL")}
	}
	if len(p) == 0 {
		p["connectionPool"] = m{"http": m{"maxRequestsPerConnection": 10}}
	}
	return p
}

// subsetPolicy gives what an overlay puts where a topology cannot: a policy with a locality rule of its own.
func (d dice) subsetPolicy(ports []int, r regions) m {
	full := func() m {
		p := d.block()
		if d.chance(50) {
			balancer, ok := p["loadBalancer"].(m)
			if !ok {
				balancer = m{}
				p["loadBalancer"] = balancer
			}
			balancer["localityLbSetting"] = d.locality(r)
		}
		return p
	}
	p := full()
	if d.chance(30) {
		p["portLevelSettings"] = d.portEntries(ports, full)
	}
	return p
}

func (d dice) portEntries(ports []int, block func() m) []any {
	var entries []any
	for _, port := range some(d, d.between(1, len(ports)), ports) {
		entry := block()
		entry["port"] = m{"number": port}
		entries = append(entries, entry)
	}
	return entries
}

// outlier gives an outlierDetection with some of its fields.
func (d dice) outlier() m {
	o := m{}
	fields := map[string]func() any{
		"consecutive5xxErrors":     func() any { return pick(d, 0, 2, 3, 5, 7) },
		"consecutiveGatewayErrors": func() any { return pick(d, 0, 2, 5) },
		"interval":                 func() any { return pick(d, "1s", "10s", "90s", "1m30s", "500ms") },
		"baseEjectionTime":         func() any { return pick(d, "15s", "30s", "3m", "1h") },
		"maxEjectionPercent":       func() any { return pick(d, 0, 10, 34, 50, 100) },
		"minHealthPercent":         func() any { return pick(d, 0, 10, 50, 70) },
	}
	for _, name := range []string{"consecutive5xxErrors", "consecutiveGatewayErrors", "interval", "baseEjectionTime", "maxEjectionPercent", "minHealthPercent"} {
		if d.chance(40) {
			o[name] = fields[name]()
		}
	}
	return o
}
