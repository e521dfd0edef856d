package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/manifest"
)

// maxWalked bounds the files that are looked at to find topologies: a repository has fewer.
const maxWalked = 200_000

// topologyOf gives the topology that was named, else the only one at or below the working directory.
func (a *app) topologyOf(named string) (string, error) {
	if named != "" {
		return named, nil
	}
	found, err := findTopologies(".")
	switch {
	case err != nil:
		return "", err
	case len(found) == 0:
		return "", fmt.Errorf("there is no topology at or below the working directory: name one with --topology")
	case len(found) > 1:
		return "", fmt.Errorf("there are %d topologies below the working directory (%s): name one with --topology", len(found), strings.Join(found[:min(5, len(found))], ", "))
	}
	return found[0], nil
}

// findTopologies gives the topology files at or below a directory, in order.
func findTopologies(dir string) ([]string, error) {
	var found []string
	err := walkRepository(dir, func(name string) error {
		stem := strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
		if stem != "topology" || !slices.Contains([]string{".yaml", ".yml", ".json", ".cue", ".jsonnet"}, filepath.Ext(name)) {
			return nil
		}
		found = append(found, name)
		return nil
	})
	return found, err
}

// walkRepository calls visit for every regular file below a directory, in order, but not below what is hidden, installed or rendered.
// Rendered directories are visited by their index alone.
func walkRepository(dir string, visit func(name string) error) error {
	seen := 0
	return filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if seen++; seen > maxWalked {
			return fmt.Errorf("more than %d files below %q: name a smaller directory", maxWalked, dir)
		}
		if !e.IsDir() {
			if e.Type().IsRegular() {
				return visit(name)
			}
			return nil
		}
		base := e.Name()
		if name != dir && (strings.HasPrefix(base, ".") || base == "node_modules" || base == "testdata" || base == "vendor") {
			return filepath.SkipDir
		}
		index := filepath.Join(name, manifest.IndexName)
		if info, err := os.Lstat(index); err == nil && info.Mode().IsRegular() {
			if err := visit(index); err != nil {
				return err
			}
			return filepath.SkipDir
		}
		return nil
	})
}

// mentions says whether a file of reasonable size holds a text.
func mentions(name string, text string) bool {
	info, err := os.Lstat(name)
	if err != nil || info.Size() > 1<<20 {
		return false
	}
	data, err := os.ReadFile(name)
	return err == nil && bytes.Contains(data, []byte(text))
}
