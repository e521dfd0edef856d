package main

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of meshtopo and of what it is built on",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprint(a.out, version())
			return err
		},
	}
}

// version is what the build recorded: the module's version, the Go toolchain, and the libraries whose behaviour shows.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "meshtopo (unknown build)\n"
	}
	text := fmt.Sprintf("meshtopo %s\n%s\n", info.Main.Version, info.GoVersion)
	for _, d := range info.Deps {
		switch d.Path {
		case "cuelang.org/go", "sigs.k8s.io/kustomize/api", "github.com/google/go-jsonnet", "istio.io/api":
			text += fmt.Sprintf("%s %s\n", d.Path, d.Version)
		}
	}
	return text
}

// release is the version of this program alone, "" when the build did not record one.
func release() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "(devel)" {
		return ""
	}
	return info.Main.Version
}
