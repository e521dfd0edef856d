// The tutorial's failover on an ASM instance before 1.22.6.66: the same UpdateMeshFeature request, networking.istio.io/v1beta1.
// Such an instance has no mesh-wide distribution (MT314); rules of a service, as those of ratings here, every version takes.
local failover = std.parseYaml(importstr '../bookinfo-failover/topology.yaml');

failover {
  metadata: { name: 'bookinfo-legacy' },
  spec+: {
    mesh+: { version: '1.20.8.21' },
    services: [
      service + (
        if service.name == 'ratings' then {
          placements: [{ cluster: 'ack-hangzhou', version: 'v1' }, { cluster: 'ack-shanghai', version: 'v1' }],
          locality: {
            distribute: [
              { from: 'cn-hangzhou', to: { 'cn-hangzhou': 90, 'cn-shanghai': 10 } },
              { from: 'cn-shanghai', to: { 'cn-shanghai': 90, 'cn-hangzhou': 10 } },
            ],
          },
        } else {}
      )
      for service in failover.spec.services
    ],
  },
}
