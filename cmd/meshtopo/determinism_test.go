//go:build unix

package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// shuffled are the lists of a topology in which order means nothing. In all others (HTTP routes, overlays, what goes
// into Istio's objects as it is) the order is the user's.
var shuffled = []string{
	"vpcs", "vSwitches", "transitRouters", "links", "between", "clusters", "podVSwitches", "gateways", "overrides", "listeners",
	"services", "placements", "calls", "failover", "distribute", "routes", "regions", "components",
}

// surroundings are what must not show in what is rendered.
type surroundings struct {
	env   []string
	umask string
	dir   string // working directory, below a directory of the test
}

// Law 1: the same mesh gives the same bytes, whatever the order of the input lists and of keys, GOMAXPROCS, TZ, locale, umask,
// environment and working directory.
func TestSameBytes(t *testing.T) {
	t.Parallel()
	topologies, err := filepath.Glob("../../topologies/*/topology.yaml")
	if err != nil || len(topologies) == 0 {
		t.Fatalf("no topologies: %v", err)
	}
	around := []surroundings{
		{env: []string{"GOMAXPROCS=1", "TZ=Pacific/Kiritimati", "LC_ALL=tr_TR.UTF-8"}, umask: "000", dir: "a"},
		{env: []string{"GOMAXPROCS=16", "TZ=America/St_Johns", "LC_ALL=C", "GOGC=1", "TMPDIR=/nowhere"}, umask: "027", dir: "wörk dir/b"},
		{env: []string{"GOMAXPROCS=2", "LANG=ja_JP.UTF-8", "HOME=/nowhere", "GIT_DIR=/nowhere", "KUSTOMIZE_PLUGIN_HOME=/nowhere", "CUE_EXPERIMENT=evalv3=0",
			"CUE_DEBUG=strict", "HTTP_PROXY=http://127.0.0.1:1", "MESHTOPO_ROOT=/nowhere", "HOSTNAME=x"}, umask: "077", dir: "."},
	}
	for _, topology := range topologies {
		name := filepath.Base(filepath.Dir(topology))
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := renderIn(t, filepath.Dir(topology), "../..", surroundings{env: os.Environ(), umask: "022", dir: "."}, nil)
			for i, s := range around {
				t.Run(fmt.Sprint(i), func(t *testing.T) {
					random := rand.New(rand.NewPCG(uint64(i), 7))
					sameTrees(t, want, renderIn(t, filepath.Dir(topology), "../..", s, random))
				})
			}
		})
	}
}

// renderIn copies a topology's directory and the overlays and components beside it, shuffles the topology, and gives what it renders to.
func renderIn(t *testing.T, topology, repository string, s surroundings, random *rand.Rand) map[string][]byte {
	t.Helper()
	dir := t.TempDir()
	place := filepath.Join(dir, "root", "topologies", filepath.Base(topology))
	copyTree(t, topology, place)
	copyTree(t, filepath.Join(repository, "overlays"), filepath.Join(dir, "root", "overlays"))
	copyTree(t, filepath.Join(repository, "components"), filepath.Join(dir, "root", "components"))
	if err := os.WriteFile(filepath.Join(dir, "root", ".meshtopo-root"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if random != nil {
		shuffleFile(t, filepath.Join(place, "topology.yaml"), random)
	}
	work := filepath.Join(dir, s.dir)
	if err := os.MkdirAll(work, 0o777); err != nil {
		t.Fatal(err)
	}
	// The shell sets the umask, which all tests of this process share. The name of the link makes the test binary the program.
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "meshtopo")
	if err := os.Symlink(self, link); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/bin/sh", "-c", `umask "$1" && shift && exec "$@"`, "sh", s.umask, link, "render", place, "-o", filepath.Join(dir, "out"))
	cmd.Dir, cmd.Env = work, s.env
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return filesBelow(t, filepath.Join(dir, "out"))
}

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	if _, err := os.Stat(from); err != nil {
		return
	}
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

func sameTrees(t *testing.T, want, got map[string][]byte) {
	t.Helper()
	for name, data := range want {
		if string(got[name]) != string(data) {
			t.Errorf("%s differs:\n%s", name, firstDifference(string(data), string(got[name])))
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s should not be there", name)
		}
	}
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return fmt.Sprintf("line %d\nwant %s\ngot  %s", i+1, w[i], g[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g), len(w))
}

func shuffleFile(t *testing.T, file string, random *rand.Rand) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var n yaml.Node
	if err := yaml.Unmarshal(text, &n); err != nil {
		t.Fatal(err)
	}
	shuffle(&n, "", random)
	again, err := yaml.Marshal(&n)
	if err != nil {
		t.Fatal(err)
	}
	if string(again) == string(text) {
		t.Fatal("nothing was shuffled")
	}
	if err := os.WriteFile(file, again, 0o666); err != nil {
		t.Fatal(err)
	}
}

// shuffle reorders the keys of all mappings and the elements of the lists in which order means nothing, below the key.
func shuffle(n *yaml.Node, key string, random *rand.Rand) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := len(n.Content)/2 - 1; i > 0; i-- {
			j := random.IntN(i + 1)
			for k := range 2 {
				n.Content[2*i+k], n.Content[2*j+k] = n.Content[2*j+k], n.Content[2*i+k]
			}
		}
		for i := 0; i < len(n.Content); i += 2 {
			shuffle(n.Content[i+1], n.Content[i].Value, random)
		}
		return
	case yaml.SequenceNode:
		if slices.Contains(shuffled, key) {
			random.Shuffle(len(n.Content), func(i, j int) { n.Content[i], n.Content[j] = n.Content[j], n.Content[i] })
		}
	}
	for _, e := range n.Content {
		shuffle(e, "", random)
	}
}
