// The tutorial's failover with another limit of ejection: 34 % lets one of the three reviews endpoints be ejected: half of Hangzhou's, so that some of its requests move
// when they fail. Envoy's default of 10 % (bookinfo-failover) lets none be ejected.
local failover = std.parseYaml(importstr '../bookinfo-failover/topology.yaml');

failover {
  metadata: { name: 'bookinfo-eject-34' },
  spec+: {
    // The network is that of bookinfo-failover.
    mesh+: { vpc:: null, vSwitches:: null },
    network:: null,
    clusters: [cluster { vpc:: null, vSwitches:: null } for cluster in failover.spec.clusters],
    services: [
      service + (if service.name == 'reviews' then { trafficPolicy+: { outlierDetection+: { maxEjectionPercent: 34 } } } else {})
      for service in failover.spec.services
    ],
  },
}
