local regions = ['cn-hangzhou', 'cn-shanghai'];
{
  apiVersion: 'meshtopo.dev/v1alpha1',
  kind: 'MeshTopology',
  metadata: { name: 'shop' },
  spec: {
    provider: 'asm',
    mesh: { name: importstr '/etc/hostname', version: '1.22.6.66', region: regions[0] }, // want MT009 `import of "/etc/hostname", which is outside the root`
    clusters: [{ name: r, region: r } for r in regions],
    services: [{
      name: 'reviews',
      ports: [{ name: 'http', port: 9080 }],
      placements: [{ cluster: r } for r in regions],
    }],
  },
}
