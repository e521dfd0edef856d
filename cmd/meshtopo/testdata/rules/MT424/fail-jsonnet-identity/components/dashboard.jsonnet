function(mesh, cluster, values) {
  apiVersion: 'v1',
  metadata: { name: 'dashboard', namespace: 'default' },
  data: { region: cluster.region },
}
