package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/meshtopo/meshtopo/doctor"
)

// topologyOf gives the topology that was named, else the only one at or below the working directory.
func (a *app) topologyOf(named string) (string, error) {
	if named != "" {
		return named, nil
	}
	root, err := os.OpenRoot(".")
	if err != nil {
		return "", fmt.Errorf("opening the working directory: %w", cause(err))
	}
	defer root.Close()
	repository, err := doctor.Survey(root, doctor.Options{})
	if err != nil {
		return "", err
	}
	switch found := repository.Topologies; len(found) {
	case 0:
		return "", errors.New("there is no topology at or below the working directory: name one with --topology")
	case 1:
		return found[0].File, nil
	default:
		return "", fmt.Errorf("there are %d topologies below the working directory (%s): name one with --topology", len(found), firstFiles(found, 5))
	}
}

func firstFiles(topologies []doctor.Topology, most int) string {
	var files []string
	for _, t := range topologies[:min(most, len(topologies))] {
		files = append(files, t.File)
	}
	return strings.Join(files, ", ")
}
