function(cluster) {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'dashboard', namespace: 'default' },
  data: { region: cluster.region },
}
