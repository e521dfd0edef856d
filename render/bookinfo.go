package render

import "github.com/meshtopo/meshtopo/mesh"

// workload is what the containers of a known application need beside image and ports.
type workload struct {
	Env          []map[string]any
	VolumeMounts []map[string]any
	Volumes      []map[string]any
}

// workloadOf gives what Istio's sample Bookinfo needs: productpage and reviews write to directories of their own.
// Source: istio/istio, samples/bookinfo/platform/kube/bookinfo.yaml.
func workloadOf(m *mesh.Mesh, s *mesh.Service) workload {
	if m.Workloads != mesh.WorkloadsBookinfo {
		return workload{}
	}
	var w workload
	switch s.Name {
	case "productpage":
		w.scratch("tmp", "/tmp")
	case "reviews":
		w.Env = []map[string]any{{"name": "LOG_DIR", "value": "/tmp/logs"}}
		w.scratch("tmp", "/tmp")
		w.scratch("wlp-output", "/opt/ibm/wlp/output")
	}
	return w
}

// scratch adds an empty directory.
func (w *workload) scratch(name, path string) {
	w.VolumeMounts = append(w.VolumeMounts, map[string]any{"name": name, "mountPath": path})
	w.Volumes = append(w.Volumes, map[string]any{"name": name, "emptyDir": map[string]any{}})
}
