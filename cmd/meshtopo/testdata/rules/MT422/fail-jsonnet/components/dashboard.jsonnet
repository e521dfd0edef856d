function(mesh, cluster, values) if cluster == null then {} else null
