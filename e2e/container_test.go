package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// inFile gives an object as JSON, with the annotations that say which file it is from.
func inFile(t *testing.T, o object, name string) string {
	t.Helper()
	metadata := o["metadata"].(object)
	annotations, _ := metadata["annotations"].(object)
	if annotations == nil {
		annotations = object{}
	}
	for _, prefix := range []string{"", "internal."} {
		annotations[prefix+"config.kubernetes.io/path"], annotations[prefix+"config.kubernetes.io/index"] = name, "0"
	}
	metadata["annotations"] = annotations
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestContainer builds the image of the Dockerfile and lets kustomize run it: without network, as user nobody; and once more by hand with
// a file system that cannot be written. Where no engine runs, the program runs as that user without a container.
func TestContainer(t *testing.T) {
	docker, err := exec.LookPath("docker")
	if err == nil {
		err = exec.Command(docker, "info").Run()
	}
	if err != nil {
		t.Logf("NOT RUN in a container (%v): the program runs as user nobody instead", err)
		asNobody(t)
		return
	}
	image := buildImage(t, docker)
	text := strings.Replace(inlineTopology(t), "exec: {path: meshtopo, args: [fn]}", "container: {image: "+image+"}", 1)
	dir := t.TempDir()
	write(t, filepath.Join(dir, "kustomization.yaml"), []byte("generators: [topology.yaml]\n"))
	write(t, filepath.Join(dir, "topology.yaml"), []byte(text))
	want := generated(t)
	expect(t, "kustomize build with a container", want, succeeded(t, runIn(t, dir, nil, built.kustomize, "build", "--enable-alpha-plugins", ".")))

	mounted := strings.Replace(config("generate", hangzhou), "exec: {path: meshtopo, args: [fn]}", "container: {image: "+image+", mounts: [{type: bind, src: ./mesh, dst: /work}]}", 1)
	write(t, filepath.Join(dir, "kustomization.yaml"), []byte("generators: [render.yaml]\n"))
	write(t, filepath.Join(dir, "render.yaml"), []byte(mounted))
	write(t, filepath.Join(dir, "mesh", "topology.yaml"), read(t, filepath.Join(topologies, tutorial, "topology.yaml")))
	allowAll(t, dir)
	expect(t, "kustomize build with a mounted topology", want, succeeded(t, runIn(t, dir, nil, built.kustomize, "build", "--enable-alpha-plugins", ".")))

	r := runIn(t, dir, wireOf(t), docker, "run", "--rm", "-i", "--read-only", "--network", "none", "--user", "nobody", "--security-opt=no-new-privileges", "--cap-drop=ALL", image)
	holdsGenerated(t, r)
}

// buildImage builds the image as `make image` does, from the program under test, which must be static.
func buildImage(t *testing.T, docker string) string {
	t.Helper()
	dir := t.TempDir()
	static := exec.Command("go", "build", "-buildvcs=false", "-trimpath", "-o", filepath.Join(dir, "bin", "meshtopo"), "./cmd/meshtopo")
	static.Dir, static.Env = "..", append(os.Environ(), "CGO_ENABLED=0")
	if text, err := static.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	write(t, filepath.Join(dir, "image", "passwd"), read(t, "../image/passwd"))
	image := "meshtopo-e2e-" + strconv.Itoa(os.Getpid())
	run(t, docker, "build", "-q", "-t", image, "-f", "../Dockerfile", dir)
	t.Cleanup(func() {
		if text, err := exec.Command(docker, "rmi", "-f", image).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, text)
		}
	})
	return image
}

// allowAll lets every user read a directory.
func allowAll(t *testing.T, dir string) {
	t.Helper()
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(dir, "mesh"), 0o755); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
}

// wireOf gives what a host sends to a generator whose functionConfig is the tutorial's topology.
func wireOf(t *testing.T) []byte {
	t.Helper()
	lines := strings.ReplaceAll(strings.TrimSuffix(inlineTopology(t), "\n"), "\n", "\n  ")
	return []byte("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\nfunctionConfig:\n  " + lines + "\n")
}

// holdsGenerated checks an answer against what kustomize gives.
func holdsGenerated(t *testing.T, r result) {
	t.Helper()
	list := succeeded(t, r)
	items, _ := list[0]["items"].([]any)
	var got []object
	for _, i := range items {
		o := i.(object)
		annotations := o["metadata"].(object)["annotations"].(object)
		for name := range annotations {
			if strings.HasSuffix(name, "config.kubernetes.io/path") || strings.HasSuffix(name, "config.kubernetes.io/index") {
				delete(annotations, name)
			}
		}
		got = append(got, o)
	}
	if diff := cmp.Diff(generated(t), sorted(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// asNobody runs the program as user nobody, which takes root.
func asNobody(t *testing.T) {
	nobody, err := user.Lookup("nobody")
	if err != nil || runtime.GOOS != "linux" || os.Getuid() != 0 {
		t.Fatalf("neither an engine for containers nor root to become nobody (%v)", err)
	}
	uid, err := strconv.ParseUint(nobody.Uid, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	data := read(t, built.meshtopo)
	program := filepath.Join(dir, "meshtopo")
	if err := os.WriteFile(program, data, 0o755); err != nil {
		t.Fatal(err)
	}
	allowAll(t, dir)
	var out, errs strings.Builder
	cmd := exec.CommandContext(t.Context(), program, "fn")
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = dir, strings.NewReader(string(wireOf(t))), &out, &errs
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}}
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, errs.String())
	}
	holdsGenerated(t, result{stdout: out.String()})
}
