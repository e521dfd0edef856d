// The same as the templates in strict-mtls/: sidecars take nothing but mutual TLS, except in the namespaces of values.permissive.
local policy(namespace, mode) = {
  apiVersion: 'security.istio.io/v1',
  kind: 'PeerAuthentication',
  metadata: { name: 'default', namespace: namespace },
  spec: { mtls: { mode: mode } },
};

function(mesh, cluster, values)
  // ASM's control plane, the mesh target, has no cluster. It hands the policies to all clusters.
  if cluster != null then []
  else [policy('istio-system', 'STRICT')] + [policy(namespace, 'PERMISSIVE') for namespace in std.get(values, 'permissive', [])]
