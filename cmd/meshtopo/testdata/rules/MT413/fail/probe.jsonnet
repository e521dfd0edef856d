function(mesh, cluster) [
  { apiVersion: 'v1', kind: 'Service', metadata: { name: 'probe', namespace: 'default' }, spec: { ports: [{ port: 80, targetPort: 'http' }, { name: 'b', port: '81' }], selector: ['app'] } },
]
