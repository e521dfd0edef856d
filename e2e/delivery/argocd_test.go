package delivery

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/argoproj/argo-cd/v3/applicationset/controllers/template"
	"github.com/argoproj/argo-cd/v3/applicationset/generators"
	"github.com/argoproj/argo-cd/v3/applicationset/progressivesync"
	"github.com/argoproj/argo-cd/v3/applicationset/utils"
	argo "github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/git"
	"github.com/google/go-cmp/cmp"
	"github.com/sirupsen/logrus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/yaml"
)

// What delivered-argocd says.
const (
	argoRepository = "https://git.example.com/platform/mesh.git"
	argoBranch     = "rendered/main"
	argoDirectory  = "shop"
	argoProject    = "shop"
)

// cloned serves a git repository to Argo CD's generator in the place of its repo server, by Argo CD's own git client.
type cloned struct {
	t       *testing.T
	root    string
	globbed bool // by the newer of the two ways that Argo CD has
}

func (c cloned) GetFiles(_ context.Context, repoURL, revision, _, pattern string, _ bool, _ *argo.SourceIntegrity) (map[string][]byte, error) {
	if repoURL != argoRepository || revision != argoBranch {
		return nil, fmt.Errorf("asked for %s at %s", repoURL, revision)
	}
	g, err := git.NewClientExt(repoURL, c.root, git.NopCreds{}, true, false, "", "")
	if err != nil {
		return nil, err
	}
	names, err := g.LsFiles(pattern, c.globbed)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, name := range names {
		files[name] = read(c.t, c.root, name)
	}
	return files, nil
}

func (c cloned) GetDirectories(context.Context, string, string, string, bool, *argo.SourceIntegrity) ([]string, error) {
	return nil, fmt.Errorf("directories were asked for")
}

// cluster is an API server with what the generator asks for: the project.
func cluster(t *testing.T) client.Client {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := argo.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	return fake.NewClientBuilder().WithScheme(scheme).
		WithObjects(&argo.AppProject{ObjectMeta: metav1.ObjectMeta{Namespace: "argocd", Name: argoProject}}).Build()
}

// applicationSet reads the rendered ApplicationSet; a field that Argo CD does not know is an error.
func applicationSet(t *testing.T, tree string) argo.ApplicationSet {
	t.Helper()
	var set argo.ApplicationSet
	if err := yaml.UnmarshalStrict(read(t, tree, "delivery", "applicationset.yaml"), &set); err != nil {
		t.Fatal(err)
	}
	if err := utils.CheckInvalidGenerators(&set); err != nil {
		t.Fatal(err)
	}
	return set
}

// applications gives what Argo CD makes of an ApplicationSet, by name.
func applications(t *testing.T, set argo.ApplicationSet, repo cloned) ([]argo.Application, error) {
	t.Helper()
	c := cluster(t)
	apps, _, err := template.GenerateApplications(logrus.NewEntry(logrus.StandardLogger()), set,
		map[string]generators.Generator{"Git": generators.NewGitGenerator(repo, "argocd")}, &utils.Render{}, c)
	slices.SortFunc(apps, func(x, y argo.Application) int { return strings.Compare(x.Name, y.Name) })
	return apps, err
}

// application is what an Application must say of its target.
type application struct{ Name, Namespace, Project, Repository, Revision, Path, Destination, Server string }

// TestApplications wants exactly one Application for each target, whichever way Argo CD looks for files.
func TestApplications(t *testing.T) {
	root := rendered(t, example("delivered-argocd"), argoBranch, argoDirectory)
	tree := filepath.Join(root, argoDirectory)
	var want []application
	for _, target := range targets(t, tree) {
		want = append(want, application{
			Name: "delivered-argocd-" + strings.ReplaceAll(target, "/", "-"), Namespace: "argocd", Project: argoProject, Repository: argoRepository,
			Revision: argoBranch, Path: argoDirectory + "/" + target, Destination: filepath.Base(target),
		})
	}
	for _, globbed := range []bool{false, true} {
		apps, err := applications(t, applicationSet(t, tree), cloned{t: t, root: root, globbed: globbed})
		if err != nil {
			t.Fatal(err)
		}
		var got []application
		for _, a := range apps {
			got = append(got, application{
				Name: a.Name, Namespace: a.Namespace, Project: a.Spec.Project, Repository: a.Spec.Source.RepoURL, Revision: a.Spec.Source.TargetRevision,
				Path: a.Spec.Source.Path, Destination: a.Spec.Destination.Name, Server: a.Spec.Destination.Server,
			})
			if _, err := os.Stat(filepath.Join(root, a.Spec.Source.Path, "kustomization.yaml")); err != nil {
				t.Errorf("%s: %v", a.Name, err)
			}
			// With the finalizer, the end of an Application would be the end of what runs in the cluster.
			if len(a.Finalizers) > 0 {
				t.Errorf("%s has the finalizers %q", a.Name, a.Finalizers)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("new globbing %v (-want +got):\n%s", globbed, diff)
		}
	}
}

// TestApplicationsMissingKey proves that a config.json without what the template needs makes no Application with "<no value>" in it.
func TestApplicationsMissingKey(t *testing.T) {
	for _, key := range []string{"name", "kind", "region", "destination"} {
		root := rendered(t, example("delivered-argocd"), argoBranch, argoDirectory)
		tree := filepath.Join(root, argoDirectory)
		file := filepath.Join(tree, "clusters", "ack-beijing", "config.json")
		text := strings.Replace(string(read(t, file)), `"`+key+`"`, `"x"`, 1)
		write(t, file, []byte(text))
		apps, err := applications(t, applicationSet(t, tree), cloned{t: t, root: root})
		if err == nil || len(apps) != len(targets(t, tree))-1 {
			t.Errorf("without %s: %d applications, %v", key, len(apps), err)
		}
	}
}

// statuses keeps what progressive syncs say of Applications, as the controller does in the ApplicationSet's status.
type statuses struct {
	list []argo.ApplicationSetApplicationStatus
}

func (s *statuses) SetAppSetApplicationStatus(_ context.Context, _ *logrus.Entry, set *argo.ApplicationSet, list []argo.ApplicationSetApplicationStatus) error {
	s.list, set.Status.ApplicationStatus = list, list
	return nil
}

func (s *statuses) SetApplicationSetStatusCondition(context.Context, *argo.ApplicationSet, argo.ApplicationSetCondition, bool) error {
	return nil
}

// TestProgressiveSync plays Argo CD's progressive sync: what it syncs turns healthy, and it must go on step by step in the topology's
// order, pruning. What fails to turn healthy must stop it.
func TestProgressiveSync(t *testing.T) {
	want := [][]string{
		{"delivered-argocd-clusters-ack-beijing"},
		{"delivered-argocd-clusters-ack-shanghai"},
		{"delivered-argocd-clusters-ack-hangzhou-a", "delivered-argocd-clusters-ack-hangzhou-b"},
		{"delivered-argocd-mesh-asm-shop"},
	}
	if diff := cmp.Diff(want, play(t, "")); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want[:2], play(t, "delivered-argocd-clusters-ack-shanghai")); diff != "" {
		t.Errorf("order while Shanghai is degraded (-want +got):\n%s", diff)
	}
}

func copies(apps []argo.Application) []argo.Application {
	list := make([]argo.Application, len(apps))
	for i := range apps {
		list[i] = *apps[i].DeepCopy()
	}
	return list
}

// play gives the names of the Applications that are synced, round by round, when all turn healthy but one.
func play(t *testing.T, degraded string) [][]string {
	t.Helper()
	root := rendered(t, example("delivered-argocd"), argoBranch, argoDirectory)
	set := applicationSet(t, filepath.Join(root, argoDirectory))
	generated, err := applications(t, set, cloned{t: t, root: root})
	if err != nil {
		t.Fatal(err)
	}
	current := copies(generated)
	for i := range current {
		current[i].Status.Sync.Status, current[i].Status.Health.Status = argo.SyncStatusCodeOutOfSync, "Missing"
	}
	kept := &statuses{}
	c := cluster(t)
	manager := progressivesync.NewManager(c, c, kept)
	log := logrus.NewEntry(logrus.StandardLogger())
	var order [][]string
	for range 5 * len(set.Spec.Strategy.RollingSync.Steps) {
		desired := copies(generated)
		set.Status.ApplicationStatus = kept.list
		allowed, err := manager.PerformProgressiveSyncs(t.Context(), log, set, current, desired)
		if err != nil {
			t.Fatal(err)
		}
		set.Status.ApplicationStatus = kept.list
		var synced []string
		for i, app := range manager.SyncDesiredApplications(log, &set, allowed, desired) {
			if current[i].Name != app.Name {
				t.Fatalf("%s is in the place of %s", app.Name, current[i].Name)
			}
			current[i].Spec = app.Spec
			if app.Operation == nil {
				continue
			}
			if !app.Operation.Sync.Prune {
				t.Errorf("%s is synced without pruning", app.Name)
			}
			if current[i].Status.OperationState == nil {
				synced = append(synced, app.Name)
			}
			current[i].Status.OperationState = &argo.OperationState{Phase: "Succeeded", StartedAt: metav1.Time{Time: time.Now().Add(time.Second)}}
			current[i].Status.Sync.Status, current[i].Status.Health.Status = argo.SyncStatusCodeSynced, "Healthy"
			if app.Name == degraded {
				current[i].Status.Health.Status = "Degraded"
			}
		}
		if len(synced) > 0 {
			order = append(order, synced)
		}
	}
	return order
}
