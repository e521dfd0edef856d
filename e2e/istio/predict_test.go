package istio

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/e2e/istio/lab"
	"github.com/meshtopo/meshtopo/e2e/istio/random"
)

// An experiment is a topology as meshtopo renders it, and what it predicts.
type experiment struct {
	topology *lab.Topology
	file     string // the topology, or its directory
	all      []lab.Explained
}

// A refusal is a topology that meshtopo does not render.
type refusal struct{ findings string }

func (r *refusal) Error() string { return r.findings }

// newExperiment renders a topology to a directory that is not there yet and predicts where its traffic goes. Places says where its nodes
// are; nil: where the prediction says.
func newExperiment(name, file, out string, places map[string]lab.Place) (*experiment, error) {
	return readExperiment(lab.Read, name, file, out, places)
}

// readExperiment is newExperiment with what reads the tree.
func readExperiment(read func(string) (*lab.Tree, error), name, file, out string, places map[string]lab.Place) (*experiment, error) {
	if _, err := meshtopo("render", "--quiet", file, "-o", out); err != nil {
		return nil, err
	}
	tree, err := read(out)
	if err != nil {
		return nil, err
	}
	e := &experiment{file: file}
	if e.all, err = e.predict(); err != nil {
		return nil, err
	}
	if places == nil {
		places = placesOf(e.all)
	}
	e.topology = &lab.Topology{Name: name, Tree: tree, Places: places, Gateways: gateways(e.all), Strangers: strangers(e.all)}
	return e, nil
}

// newRandomExperiment writes a case to a new directory first, and waives what can be waived: those rules are about what is wise.
func newRandomExperiment(read func(string) (*lab.Tree, error), c *random.Case, dir string) (*experiment, error) {
	dir, err := os.MkdirTemp(dir, c.Name+"-*")
	if err != nil {
		return nil, err
	}
	places := map[string]lab.Place{}
	for cluster, p := range c.Places() {
		places[cluster] = lab.Place(p)
	}
	if err := c.Write(dir); err != nil {
		return nil, err
	}
	e, err := readExperiment(read, c.Name, dir, dir+"/out", places)
	if !isRefusal(err) {
		return e, err
	}
	if waivers := waivable(dir); len(waivers) == 0 {
		return nil, err
	} else if err := c.Waive(waivers).Write(dir); err != nil {
		return nil, err
	}
	return readExperiment(read, c.Name, dir, dir+"/out", places)
}

func isRefusal(err error) bool {
	var r *refusal
	return errors.As(err, &r)
}

// waivable gives the errors of a topology that the rules let it waive.
func waivable(file string) []random.Waiver {
	out, _ := exec.Command(programs.meshtopo, "validate", "--format", "json", file).Output() // fails, since there are errors
	var report struct {
		Findings []struct{ Rule, Path, Severity string }
	}
	if json.Unmarshal(out, &report) != nil {
		return nil // the refusal stays
	}
	var waivers []random.Waiver
	for _, f := range report.Findings {
		w := random.Waiver{Rule: f.Rule, Path: f.Path}
		if f.Severity == "error" && slices.Contains([]string{"MT223", "MT312", "MT318", "MT330", "MT333", "MT357", "MT358"}, f.Rule) && !slices.Contains(waivers, w) {
			waivers = append(waivers, w)
		}
	}
	return waivers
}

// predict asks the simulator what every client is told, with something lost or with nothing lost.
func (e *experiment) predict(lost ...string) ([]lab.Explained, error) {
	args := []string{"simulate", "--quiet", "--explain", "*", "--format", "json"}
	if len(lost) > 0 {
		args = append(args, "--mode", "removed")
	}
	for _, place := range lost {
		args = append(args, "--lose", place)
	}
	out, err := meshtopo(append(args, e.file)...)
	if err != nil {
		return nil, err
	}
	return lab.Explanations(out)
}

// meshtopo runs the program and gives what it prints. The error is a refusal when the topology has errors.
func meshtopo(args ...string) ([]byte, error) {
	cmd := exec.Command(programs.meshtopo, args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if exit, ok := err.(*exec.ExitError); ok && exit.ExitCode() == 1 {
		return out, &refusal{stderr.String()}
	}
	if err != nil {
		return nil, fmt.Errorf("meshtopo %s: %w\n%s", strings.Join(args, " "), err, &stderr)
	}
	return out, nil
}

// strangers gives the clients that are pods of no service, each once.
func strangers(all []lab.Explained) []lab.Client {
	var list []lab.Client
	for _, e := range all {
		if e.Client.Asks != "" && !slices.Contains(list, e.Client) {
			list = append(list, e.Client)
		}
	}
	return list
}

// placesOf gives where the nodes of the clusters are by what a prediction says of clients and endpoints. TestServed knows the
// same by hand.
func placesOf(all []lab.Explained) map[string]lab.Place {
	places := map[string]lab.Place{}
	note := func(cluster, region, zone string) {
		p := places[cluster]
		p.Region = region
		if zone != "" && !slices.Contains(p.Zones, zone) {
			p.Zones = append(p.Zones, zone)
			slices.Sort(p.Zones)
		}
		places[cluster] = p
	}
	for _, e := range all {
		note(e.Client.Cluster, e.Client.Region, e.Client.Zone)
		for _, l := range e.Localities {
			for _, endpoint := range l.Endpoints {
				note(endpoint.Cluster, l.Region, l.Zone)
			}
		}
	}
	return places
}

// A loss is the pods of a service in one cluster.
type loss struct{ service, cluster string }

func (l loss) place() string { return "service/" + l.service + "@cluster/" + l.cluster }

// losses gives every loss that some client would see.
func (e *experiment) losses() []loss {
	var list []loss
	for _, x := range e.all {
		name, _, _ := strings.Cut(x.Host, ".")
		for _, l := range x.Localities {
			for _, endpoint := range l.Endpoints {
				if one := (loss{x.Namespace + "/" + name, endpoint.Cluster}); !slices.Contains(list, one) {
					list = append(list, one)
				}
			}
		}
	}
	return list
}
