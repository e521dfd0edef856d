package render

import (
	"path"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/mesh"
)

// The delivery target holds what Argo CD or Flux take to bring the other targets into their clusters: an ApplicationSet that finds them
// by the config.json in each, or a Kustomization for each. What the fields mean was read in the definitions and documentation of
// Argo CD 3.5 and of Flux's kustomize-controller 1.9 and source-controller 1.9.

// configFile says of a target what the ApplicationSet's template needs to know.
const configFile = "config.json"

// Kinds of targets, as labels say them.
const (
	kindCluster = "cluster"
	kindMesh    = "mesh"
)

// Labels of what delivers a target.
const (
	labelTopology = "meshtopo.dev/topology"
	labelKind     = "meshtopo.dev/kind"
	labelRegion   = "meshtopo.dev/region"
)

func kindOf(t mesh.TargetName) string {
	if t.Cluster != nil {
		return kindCluster
	}
	return kindMesh
}

// fromTarget is the field of the topology that makes a target.
func fromTarget(t mesh.TargetName) string {
	if t.Cluster != nil {
		return fromEntry("clusters", "", t.Cluster.Name)
	}
	return "spec.mesh"
}

// delivery renders the delivery target.
func (r *Rendering) delivery() ([]manifest.File, error) {
	if r.mesh.Delivery.Type == mesh.DeliveryFlux {
		return r.flux()
	}
	f, err := r.applicationSet()
	return []manifest.File{f}, err
}

type applicationSetData struct {
	*mesh.Delivery
	Name         string
	Files, Steps []map[string]any
}

// applicationSet renders the ApplicationSet. Argo CD takes prune from the Applications' automated policy and then, for RollingSync,
// switches that off and syncs step by step by itself.
func (r *Rendering) applicationSet() (manifest.File, error) {
	d := r.mesh.Delivery
	data := applicationSetData{Delivery: d, Name: r.mesh.Name}
	groups := map[string]bool{}
	for _, s := range d.Steps {
		data.Steps = append(data.Steps, map[string]any{"matchExpressions": selectStep(s)})
		for _, t := range s.Targets {
			groups[path.Dir(t.Name)] = true
		}
	}
	for _, group := range sortedKeys(groups) {
		data.Files = append(data.Files, map[string]any{"path": path.Join(d.Path, group, "*", configFile)})
	}
	return r.execute("applicationset.yaml.tmpl", "applicationset.yaml", "spec.delivery", data,
		planned("argoproj.io", "ApplicationSet", d.Namespace, r.mesh.Name))
}

// selectStep gives expressions that the labels of a step's Applications meet, and no others.
func selectStep(s mesh.Step) []map[string]any {
	is := func(key, value string) map[string]any {
		return map[string]any{"key": key, "operator": "In", "values": []string{value}}
	}
	if s.Region == "" {
		return []map[string]any{is(labelKind, kindMesh)}
	}
	return []map[string]any{is(labelKind, kindCluster), is(labelRegion, s.Region)}
}

// targetConfig is the config.json of a target.
type targetConfig struct {
	Name        string `json:"name"` // of its Application
	Target      string `json:"target"`
	Kind        string `json:"kind"`
	Region      string `json:"region"`
	Destination string `json:"destination"` // the cluster as Argo CD knows it
}

// config renders what the ApplicationSet reads of a target; nothing for Flux.
func (r *Rendering) config(t mesh.TargetName) ([]manifest.File, error) {
	if r.mesh.Delivery == nil || r.mesh.Delivery.Type != mesh.DeliveryArgoCD {
		return nil, nil
	}
	data, err := indentedJSON(targetConfig{
		Name: mesh.DeliveryName(r.mesh.Name, t.Name), Target: t.Name, Kind: kindOf(t), Region: t.Region, Destination: mesh.DestinationOf(t.Name),
	})
	return []manifest.File{{Path: configFile, From: "spec.delivery", Data: data}}, err
}

// fluxSource is the GitRepository that `flux bootstrap` makes.
const fluxSource = "flux-system"

type sourceData struct {
	*mesh.Delivery
	Name string
}

// flux renders the GitRepository, unless that of Flux's bootstrap is used, and the Kustomizations.
func (r *Rendering) flux() ([]manifest.File, error) {
	d := r.mesh.Delivery
	source := fluxSource
	var files []manifest.File
	if d.RepoURL != "" {
		source = r.mesh.Name
		f, err := r.execute("gitrepository.yaml.tmpl", "gitrepository.yaml", "spec.delivery", sourceData{Delivery: d, Name: source},
			planned("source.toolkit.fluxcd.io", "GitRepository", d.Namespace, source))
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	var before []mesh.TargetName
	for _, s := range d.Steps {
		for _, t := range s.Targets {
			f, err := r.fluxKustomization(t, source, before)
			if err != nil {
				return nil, err
			}
			files = append(files, f)
		}
		before = s.Targets
	}
	return files, nil
}

type fluxData struct {
	Name, Namespace, Source, Path, KubeConfig string
	Labels                                    map[string]string
	DependsOn                                 []map[string]string
}

// fluxKustomization renders the Kustomization of a target, which waits for all of the step before.
func (r *Rendering) fluxKustomization(t mesh.TargetName, source string, before []mesh.TargetName) (manifest.File, error) {
	d := r.mesh.Delivery
	data := fluxData{
		Name: mesh.DeliveryName(r.mesh.Name, t.Name), Namespace: d.Namespace, Source: source, Path: "./" + path.Join(d.Path, t.Name),
		KubeConfig: mesh.DestinationOf(t.Name) + "-kubeconfig",
		Labels:     map[string]string{labelTopology: r.mesh.Name, labelKind: kindOf(t), labelRegion: t.Region},
	}
	for _, b := range before {
		data.DependsOn = append(data.DependsOn, map[string]string{"name": mesh.DeliveryName(r.mesh.Name, b.Name)})
	}
	return r.execute("fluxkustomization.yaml.tmpl", t.Name+".yaml", fromTarget(t), data,
		planned("kustomize.toolkit.fluxcd.io", "Kustomization", d.Namespace, data.Name))
}

// deliveryRows is the table of what delivers.
func deliveryRows(kind string) []row {
	const at = diag.Path("spec.delivery")
	rows := []row{{"metadata.namespace", at.Key("namespace"), "argocd or flux-system where none is said"}}
	switch kind {
	case "ApplicationSet":
		for _, source := range []struct{ place, branch string }{{"spec.generators[].git", "revision"}, {"spec.template.spec.source", "targetRevision"}} {
			rows = append(rows, row{source.place + ".repoURL", at.Key("repoURL"), AsWritten}, row{source.place + "." + source.branch, at.Key("revision"), branchRule})
		}
		return append(rows,
			row{"metadata.name", "metadata.name", AsWritten},
			row{"spec.generators[].git.files", at.Key("path"), "the config.json of every target below the directory"},
			row{"spec.strategy.rollingSync.steps", at.Key("order"), stepsRule},
			row{"spec.template.spec.project", at.Key("project"), "the AppProject, default where none is said"})
	case "GitRepository":
		return append(rows,
			row{"metadata.name", "metadata.name", AsWritten},
			row{"spec.url", at.Key("repoURL"), AsWritten},
			row{"spec.ref.branch", at.Key("revision"), branchRule},
			row{"spec.secretRef.name", at.Key("secret"), AsWritten})
	}
	return append(rows,
		row{"metadata.labels", at, "topology, kind and region of the target"},
		row{"spec.dependsOn", at.Key("order"), "all targets of the step before: " + stepsRule},
		row{"spec.sourceRef", at.Key("repoURL"), "the rendered GitRepository, or flux-system where no address is said"},
		row{"spec.path", at.Key("path"), "the directory of the tree and the target's name"})
}

const (
	branchRule = "the branch that holds the rendered tree, main where none is said"
	stepsRule  = "a step for each region, in the order asked for and then by name, and one for the control plane"
)
