// What two hops make of 10 %: productpage runs in both regions, so the tutorial's row applies on the way to it and once more
// behind it. Pages from Shanghai's productpage find no row for cn-shanghai: their calls go to all endpoints alike.
local distribute = import '../bookinfo-distribute/topology.jsonnet';

distribute {
  metadata: { name: 'bookinfo-two-hops' },
  spec+: {
    // The network is that of bookinfo.
    mesh+: { vpc:: null, vSwitches:: null },
    network:: null,
    clusters: [cluster { vpc:: null, vSwitches:: null } for cluster in distribute.spec.clusters],
    services: [
      service + (
        if service.name == 'productpage'
        then { placements: [{ cluster: 'ack-hangzhou', version: 'v1' }, { cluster: 'ack-shanghai', version: 'v1' }] }
        else {}
      )
      for service in distribute.spec.services
    ],
  },
}
