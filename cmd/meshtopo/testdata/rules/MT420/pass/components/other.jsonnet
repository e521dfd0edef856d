function(mesh, cluster, values) {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'dashboard', namespace: 'default' },
  data: { region: mesh.region },
}
