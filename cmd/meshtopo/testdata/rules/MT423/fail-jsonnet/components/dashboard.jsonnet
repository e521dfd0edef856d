local region(cluster) =
  error 'no region for ' + cluster.name;

function(mesh, cluster, values) {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'dashboard', namespace: 'default' },
  data: { region: region(cluster) },
}
