// bookinfo-two-hops with a row for cn-shanghai too.
local hops = import '../bookinfo-two-hops/topology.jsonnet';

hops {
  metadata: { name: 'bookinfo-two-hops-row' },
  spec+: {
    traffic+: {
      distribute: hops.spec.traffic.distribute + [{ from: 'cn-shanghai', to: { 'cn-shanghai': 90, 'cn-hangzhou': 10 } }],
    },
  },
}
