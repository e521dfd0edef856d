local regions = import 'regions.libsonnet'; // want MT008 `the Jsonnet program failed: importing "regions.libsonnet": no such file or directory`
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
