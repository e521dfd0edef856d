package manifest

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// KustomizationName is the file that lists a target's manifests.
const KustomizationName = "kustomization.yaml"

// NetworkTarget is the one target that holds no Kubernetes objects; DeliveryTarget brings the others into their clusters.
const (
	NetworkTarget  = "network"
	DeliveryTarget = "delivery"
)

// File is one file of a target.
type File struct {
	Path       string   // slash-separated, relative to the target, local
	From       string   // field path in the topology that made it
	Objects    []Object // the objects in it, for a file of manifests; nil for others (kustomization, request JSON, script)
	Data       []byte   // the bytes
	Executable bool     // whether its owner may execute it
	Listed     bool     // named in the target's kustomization
}

// Target is a place that manifests are applied to: "network", "delivery", "mesh/<name>" or "clusters/<name>".
type Target struct {
	Name  string
	Files []File // in canonical order
}

// ErrEmpty is what Write and Compare return for a render without targets and for a target without objects (of the network
// target: without files): writing it, with pruning on, would delete what is there.
var ErrEmpty = errors.New("nothing was rendered")

// Manifests makes a listed file of the objects: sorted as SortObjects does, encoded as Encode does. An object without identity
// is an error.
func Manifests(filePath, from string, objects []Object) (File, error) {
	SortObjects(objects)
	fields := make([]map[string]any, len(objects))
	for i, object := range objects {
		if _, err := object.ID(); err != nil {
			return File{}, fmt.Errorf("%s: object %d: %w", filePath, i+1, err)
		}
		fields[i] = object.Fields
	}
	data, err := Encode(fields...)
	if err != nil {
		return File{}, fmt.Errorf("%s: %w", filePath, err)
	}
	return File{Path: filePath, From: from, Objects: objects, Data: data, Listed: true}, nil
}

// Kustomization is the kustomization.yaml that lists the Listed files in their order and keeps that order on apply.
func Kustomization(files []File) File {
	var e encoder
	e.text("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:")
	count := 0
	for _, file := range files {
		if file.Listed {
			e.text("\n- ")
			e.scalarString(strings.ToValidUTF8(file.Path, "\ufffd"), 0, true)
			count++
		}
	}
	if count == 0 {
		e.text(" []")
	}
	e.text("\nsortOptions:\n  order: fifo\n")
	return File{Path: KustomizationName, From: "spec", Data: e.out}
}

var targetName = regexp.MustCompile(`^(network|delivery|(mesh|clusters)/[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)$`)

// validate checks what the disk could not hold or the index could not say.
func (t Target) validate() error {
	if !targetName.MatchString(t.Name) {
		return fmt.Errorf("target %q is not network, delivery, mesh/NAME or clusters/NAME with a DNS label as NAME", t.Name)
	}
	objects, paths := 0, make(map[string]string, len(t.Files))
	for _, file := range t.Files {
		if err := checkPath(file.Path); err != nil {
			return fmt.Errorf("target %s: %w", t.Name, err)
		}
		// Some file systems fold case; a tree must mean the same on all of them.
		folded := strings.ToLower(file.Path)
		if other, found := paths[folded]; found {
			return fmt.Errorf("target %s: file %q appears twice (also as %q)", t.Name, file.Path, other)
		}
		paths[folded] = file.Path
		objects += len(file.Objects)
	}
	for _, file := range t.Files {
		for dir := path.Dir(strings.ToLower(file.Path)); dir != "."; dir = path.Dir(dir) {
			if other, found := paths[dir]; found {
				return fmt.Errorf("target %s: %q is both a file and the directory of %q", t.Name, other, file.Path)
			}
		}
	}
	if len(t.Files) == 0 {
		return fmt.Errorf("target %s has no file: %w", t.Name, ErrEmpty)
	}
	if objects == 0 && t.Name != NetworkTarget {
		return fmt.Errorf("target %s has no object: %w", t.Name, ErrEmpty)
	}
	return nil
}

// checkPath accepts the paths that stay below a target on every system and are neither its index nor a temporary file.
func checkPath(p string) error {
	switch {
	case len(p) > 1024:
		return fmt.Errorf("path %q... is longer than 1024 bytes", p[:64])
	case !fs.ValidPath(p), p == ".", !filepath.IsLocal(p):
		return fmt.Errorf("path %q is not a local slash-separated path", p)
	case strings.ContainsFunc(p, func(r rune) bool { return r < ' ' || r == 0x7f || strings.ContainsRune(`\:*?"<>|`, r) }):
		return fmt.Errorf("path %q has a character that not every system allows", p)
	case strings.EqualFold(p, IndexName):
		return fmt.Errorf("path %q is the index's own", p)
	}
	for dir := p; dir != "."; dir = path.Dir(dir) {
		if isTemporary(path.Base(dir)) {
			return fmt.Errorf("path %q has the name of a temporary file", p)
		}
	}
	return nil
}
