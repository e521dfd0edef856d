// Package parts builds the real programs that the tests hold meshtopo against: istiod, istioctl, kube-apiserver, etcd and Istio's
// charts with helm's library, from the modules of go.mod. A cold build takes minutes and is kept in the user's cache directory, under a name that changes with
// everything the programs are made of.
package parts

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

// Paths are the built programs.
type Paths struct{ Istiod, Istioctl, APIServer, Etcd, Chart string }

// version is what kube-apiserver says it is: the version of k8s.io/kubernetes in go.mod. Istio reads it.
const version = "-X k8s.io/component-base/version.gitVersion=v1.36.3 " +
	"-X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36"

type program struct{ name, pkg, flags string }

func programs() []program {
	return []program{
		{"pilot-discovery", "istio.io/istio/pilot/cmd/pilot-discovery", ""},
		{"etcd", "go.etcd.io/etcd/server/v3", ""},
		{"kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver", version},
		{"istioctl", "istio.io/istio/istioctl/cmd/istioctl", ""},
		{"chart", "./chart", ""},
	}
}

// Build gives the programs and builds those that are missing, from the module in a directory. It tells what it does and how long
// it took on progress.
func Build(ctx context.Context, module string, progress io.Writer) (Paths, error) {
	cache, err := directory(module)
	if err != nil {
		return Paths{}, err
	}
	for _, p := range programs() {
		if err := p.build(ctx, module, cache, progress); err != nil {
			return Paths{}, err
		}
	}
	if err := prune(cache); err != nil {
		return Paths{}, err
	}
	at := func(name string) string { return filepath.Join(cache, name) }
	return Paths{at("pilot-discovery"), at("istioctl"), at("kube-apiserver"), at("etcd"), at("chart")}, nil
}

// directory gives where the programs of this go.mod, go.sum, Go version and source of ours are, and makes it.
func directory(module string) (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, runtime.Version(), runtime.GOOS, runtime.GOARCH, programs())
	for _, file := range []string{"go.mod", "go.sum", filepath.Join("chart", "main.go")} {
		data, err := os.ReadFile(filepath.Join(module, file))
		if err != nil {
			return "", err
		}
		h.Write(data)
	}
	user, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(user, "meshtopo-e2e", fmt.Sprintf("%x", h.Sum(nil)[:8]))
	return dir, os.MkdirAll(dir, 0o755)
}

// unused is how long programs of another go.mod or Go version are kept.
const unused = 7 * 24 * time.Hour

// prune marks a directory as used, and removes those beside it that nothing has used for a while: each is some 400 MB.
func prune(cache string) error {
	now := time.Now()
	if err := os.Chtimes(cache, now, now); err != nil {
		return err
	}
	entries, err := os.ReadDir(filepath.Dir(cache))
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && now.Sub(info.ModTime()) > unused {
			err = os.RemoveAll(filepath.Join(filepath.Dir(cache), e.Name()))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// build makes one program unless it is there; a program appears whole or not at all.
func (p program) build(ctx context.Context, module, cache string, progress io.Writer) error {
	file := filepath.Join(cache, p.name)
	if _, err := os.Stat(file); err == nil {
		fmt.Fprintf(progress, "%s: kept in %s\n", p.name, cache)
		return nil
	}
	fmt.Fprintf(progress, "%s: building %s (minutes when nothing is cached)\n", p.name, p.pkg)
	start := time.Now()
	part := fmt.Sprintf("%s.%d", file, os.Getpid())
	defer os.Remove(part) // what a failed build left
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w "+p.flags, "-o", part, p.pkg)
	build.Dir, build.Env = module, append(os.Environ(), "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s: %w\n%s", p.pkg, err, text)
	}
	if err := os.Rename(part, file); err != nil {
		return err
	}
	fmt.Fprintf(progress, "%s: %s\n", p.name, time.Since(start).Round(time.Second))
	return nil
}
