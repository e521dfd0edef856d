//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
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

// thorough says whether a test takes all of what it takes a sample of otherwise: make faults does.
func thorough() bool { return os.Getenv("THOROUGH") != "" }

// hostileEnv are variables that programs like this one listen to.
var hostileEnv = []string{
	"GIT_DIR=/nowhere", "GIT_CONFIG_COUNT=x", "KUSTOMIZE_PLUGIN_HOME=/nowhere", "HELM_NAMESPACE=x", "HELM_CONFIG_HOME=/nowhere", "KUBECONFIG=/nowhere",
	"CUE_EXPERIMENT=evalv3=0", "CUE_DEBUG=strict", "CUE_REGISTRY=127.0.0.1:1", "HTTP_PROXY=http://127.0.0.1:1", "HTTPS_PROXY=http://127.0.0.1:1", "JSONNET_PATH=/",
	"MESHTOPO_ROOT=/nowhere", "HOSTNAME=x", "XDG_CACHE_HOME=/nowhere", "SOURCE_DATE_EPOCH=1", "NO_COLOR=1", "CI=true", "GITHUB_ACTIONS=true",
}

// fewSurroundings are a sample; those of matrix are more: each setting of an axis meets every number of threads.
func fewSurroundings() []surroundings {
	return []surroundings{
		{env: []string{"GOMAXPROCS=1", "TZ=Pacific/Kiritimati", "LC_ALL=tr_TR.UTF-8"}, umask: "000", dir: "a"},
		{env: []string{"GOMAXPROCS=16", "TZ=America/St_Johns", "LC_ALL=C", "GOGC=1", "TMPDIR=/nowhere"}, umask: "027", dir: "wörk dir/b"},
		{env: append([]string{"GOMAXPROCS=2", "LANG=ja_JP.UTF-8", "HOME=/nowhere"}, hostileEnv...), umask: "077", dir: "."},
	}
}

func matrix() []surroundings {
	axes := [][]string{
		{"TZ=UTC", "TZ=Pacific/Kiritimati", "TZ=America/St_Johns", "TZ=/nowhere"},
		{"LC_ALL=C", "LC_ALL=tr_TR.UTF-8", "LC_ALL=ja_JP.UTF-8", "LANG=de_DE"},
		{"GOGC=1", "GOGC=off", "TMPDIR=/nowhere", "HOME=/nowhere"},
	}
	umasks, dirs := []string{"000", "022", "027", "077"}, []string{".", "a", "wörk dir/b", "c/d/e"}
	var all []surroundings
	for threads, procs := range []string{"1", "2", "8"} {
		for i := range 4 {
			s := surroundings{env: []string{"GOMAXPROCS=" + procs}, umask: umasks[(i+threads)%4], dir: dirs[(i+2*threads)%4]} // without HOME and PATH
			for n, axis := range axes {
				s.env = append(s.env, axis[(i+n*threads)%4])
			}
			if i%2 == threads%2 {
				s.env = append(s.env, hostileEnv...)
			}
			all = append(all, s)
		}
	}
	return all
}

// Law 1: the same mesh gives the same bytes, whatever the order of the input lists and of keys, GOMAXPROCS, TZ, locale, umask, environment and working directory.
// A sample takes the topologies that are YAML; with THOROUGH=1 there are all of them, the whole matrix and 20 repeats in the same surroundings.
func TestSameBytes(t *testing.T) {
	t.Parallel()
	around, repeats := fewSurroundings(), 0
	if thorough() {
		around, repeats = matrix(), 20
	}
	var renders atomic.Int64
	names := subdirectories(t, topologiesDir)
	t.Cleanup(func() {
		fmt.Printf("measured: same bytes: %d topologies at most, %d renders beside the first ones\n", len(names), renders.Load())
	})
	for _, name := range names {
		topology := filepath.Join(topologiesDir, name)
		if _, err := os.Stat(filepath.Join(topology, "topology.yaml")); err != nil {
			if !thorough() {
				continue
			}
			topology = asYAML(t, name)
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plain := surroundings{env: os.Environ(), umask: "022", dir: "."}
			want := renderIn(t, topology, "../..", plain, nil)
			for i, s := range around {
				t.Run(fmt.Sprint(i), func(t *testing.T) {
					random := rand.New(rand.NewPCG(uint64(i), 7))
					sameTrees(t, want, renderIn(t, topology, "../..", s, random))
					renders.Add(1)
				})
			}
			for range repeats {
				sameTrees(t, want, renderIn(t, topology, "../..", plain, nil))
				renders.Add(1)
			}
		})
	}
}

// asYAML gives a directory with a topology as plain YAML, whatever language it is written in.
func asYAML(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	text, err := yaml.Marshal(numbers(plainTopology(t, name)))
	if err == nil {
		err = os.MkdirAll(dir, 0o777)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "topology.yaml"), text, 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// numbers makes Go's numbers of JSON's.
func numbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		n, _ := v.Float64() // it came from a parser
		return n
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = numbers(e)
		}
		return list
	case map[string]any:
		fields := map[string]any{}
		for k, e := range v {
			fields[k] = numbers(e)
		}
		return fields
	}
	return v
}

// TestSameLanguages: a topology renders the same bytes in YAML, JSON, CUE and Jsonnet, and as it is shipped. The indexes name the file, so they are left out. A sample takes one
// topology of each provider; with THOROUGH=1 there are all.
func TestSameLanguages(t *testing.T) {
	t.Parallel()
	names := []string{"bookinfo-components", "istio-multi-primary"}
	if thorough() {
		names = subdirectories(t, topologiesDir)
	}
	root, renders := fuzzRoot(t), 0
	for _, name := range names {
		text, err := json.Marshal(plainTopology(t, name)) // also a text of CUE and of Jsonnet
		if err != nil {
			t.Fatal(err)
		}
		want := map[string][]byte{}
		for file, data := range filesBelow(t, filepath.Join(goldenDir, name)) {
			if ofTarget(file) {
				want[file] = data
			}
		}
		for _, language := range languages {
			data := text
			if language == ".yaml" {
				if data, err = os.ReadFile(filepath.Join(asYAML(t, name), "topology.yaml")); err != nil {
					t.Fatal(err)
				}
			}
			got := try(t, root, writeIn(t, root, "topologies/fuzz/t"+language, data))
			if got.files == nil {
				t.Errorf("%s as %s: %s", name, language, got.errors())
				continue
			}
			sameTrees(t, want, got.files)
			renders++
		}
	}
	fmt.Printf("measured: same languages: %d topologies, %d renders\n", len(names), renders)
}

// ofTarget says whether a golden file is a target's, and not the index, a drawing or an answer.
func ofTarget(file string) bool {
	first, _, below := strings.Cut(file, "/")
	return below && first != "simulate" && path.Base(file) != "meshtopo.json"
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
