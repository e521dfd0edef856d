// The same as the templates in strict-mtls/: sidecars take nothing but mutual TLS, except in the namespaces of values.permissive.
local policy(namespace, mode) = {
  apiVersion: 'security.istio.io/v1',
  kind: 'PeerAuthentication',
  metadata: { name: 'default', namespace: namespace },
  spec: { mtls: { mode: mode } },
};

function(mesh, cluster, values)
  // Policies go to the control planes, which hand them on: ASM's, the mesh target, has no cluster, and Istio's own are in the primaries.
  if cluster != null && cluster.name != cluster.primary then []
  else [policy('istio-system', 'STRICT')] + [policy(namespace, 'PERMISSIVE') for namespace in std.get(values, 'permissive', [])]
