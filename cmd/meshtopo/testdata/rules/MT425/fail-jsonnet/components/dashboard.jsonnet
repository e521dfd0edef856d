function(mesh, cluster, values)
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } }
