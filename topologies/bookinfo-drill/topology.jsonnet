// The tutorial's failover test: everything is that of bookinfo-failover, and an overlay scales reviews to 0 in ack-hangzhou.
local failover = std.parseYaml(importstr '../bookinfo-failover/topology.yaml');

failover {
  metadata: { name: 'bookinfo-drill' },
  spec+: {
    overlays: [{ path: '../../overlays/reviews-down', targets: ['clusters/ack-hangzhou'] }],
  },
}
