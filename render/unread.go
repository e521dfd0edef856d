package render

import (
	"slices"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/mesh"
)

// checkUnread reports objects of Istio that components add to a remote, whose istiod reads them in another cluster, where they are not. Read has what components
// add to primaries, as far as it was asked for.
func (r *Rendering) checkUnread(name mesh.TargetName, read map[*mesh.Cluster]map[manifest.ID]bool, found *once) {
	if name.Cluster == nil || name.Cluster.Primary == nil {
		return
	}
	primary := name.Cluster.Primary
	if read[primary] == nil {
		read[primary] = identities(r.added[mesh.ClusterTarget(primary.Name)])
	}
	for _, f := range r.added[name.Name] {
		for _, o := range f.Objects {
			if id, _ := o.ID(); readByIstiod(id) && !read[primary][id.Applied()] {
				found.add(o, diag.New(diag.UnreadInRemote, diag.Path(f.From), "%s: %s is added to a remote, and not to its primary %s, where the istiod reads", f.Path, id, primary.Name))
			}
		}
	}
}

// readByIstiod says whether an object is configuration of Istio that an istiod reads in its own cluster only. WorkloadEntries it reads everywhere.
func readByIstiod(id manifest.ID) bool {
	return id.Kind != "WorkloadEntry" && slices.Contains([]string{networking, "security.istio.io", "telemetry.istio.io", "extensions.istio.io"}, id.Group)
}

func identities(files []manifest.File) map[manifest.ID]bool {
	ids := map[manifest.ID]bool{}
	for _, f := range files {
		for _, o := range f.Objects {
			id, _ := o.ID()
			ids[id.Applied()] = true
		}
	}
	return ids
}
