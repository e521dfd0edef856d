local regions = import '../../regions.libsonnet'; // want MT009 `import of "../../regions.libsonnet", which is outside the root`
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
      ports: [{ name: 'http', port: 9080 }],
      placements: [{ cluster: r } for r in regions],
    }],
  },
}
