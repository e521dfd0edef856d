// Command chart renders one of Istio's charts, which Istio's module embeds, with helm's library: `chart CHART RELEASE NAMESPACE` takes
// values on stdin, and prints the objects that the release would have. It is a program beside istiod and not a part of the
// tests, so that what it is made of is compiled once for all of them.
package main

import (
	"fmt"
	"io"
	"os"

	"istio.io/istio/operator/pkg/helm"
	"istio.io/istio/operator/pkg/values"
	"sigs.k8s.io/yaml"
)

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string, stdin io.Reader, stdout io.Writer) error {
	if len(args) != 3 {
		return fmt.Errorf("usage: chart CHART RELEASE NAMESPACE")
	}
	text, err := io.ReadAll(stdin)
	if err != nil {
		return err
	}
	given := map[string]any{}
	if err := yaml.UnmarshalStrict(text, &given); err != nil {
		return fmt.Errorf("values: %w", err)
	}
	operator := values.Map{"spec": map[string]any{"values": given}}
	manifests, _, err := helm.Render(args[1], args[2], args[0], operator, nil)
	if err != nil {
		return err
	}
	for _, m := range manifests {
		if _, err := fmt.Fprintf(stdout, "---\n%s\n", m.Content); err != nil {
			return err
		}
	}
	return nil
}
