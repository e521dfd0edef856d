local regions = ['cn-hangzhou', 'cn-shanghai'];
{
  apiVersion: 'meshtopo.dev/v1alpha1',
  kind: 'MeshTopology',
  metadata: { name: 'shop' },
  spec: {
    provider: 'asm',
    mesh: { name: 'shop', version: '1.22.6.66', region: regions[0] },
    clusters: [{ name: r, region: r } for r in regions],
    services: [{
      name: 'reviews',
      ports: [{ name: 'http', port: 90800 }], // want MT012 "port must be a port number, 1 to 65535, not 90800"
      placements: [{ cluster: r } for r in regions],
    }],
  },
}
