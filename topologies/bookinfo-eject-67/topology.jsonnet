// The tutorial's failover with another limit of ejection: 67 % lets two of the three reviews endpoints be ejected: all of Hangzhou's, so that all of its requests move
// when they fail. Envoy's default of 10 % (bookinfo-failover) lets none be ejected.
local failover = std.parseYaml(importstr '../bookinfo-failover/topology.yaml');

failover {
  metadata: { name: 'bookinfo-eject-67' },
  spec+: {
    // The network is that of bookinfo-failover.
    mesh+: { vpc:: null, vSwitches:: null },
    network:: null,
    clusters: [cluster { vpc:: null, vSwitches:: null } for cluster in failover.spec.clusters],
    services: [
      service + (if service.name == 'reviews' then { trafficPolicy+: { outlierDetection+: { maxEjectionPercent: 67 } } } else {})
      for service in failover.spec.services
    ],
  },
}
