local dashboard = import '../lib/dashboard.libsonnet';
function(mesh, cluster, values) dashboard(cluster.region)
