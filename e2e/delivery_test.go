package e2e

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestDeliveryExamples runs the command that the examples of delivery document, from where they say.
func TestDeliveryExamples(t *testing.T) {
	for readme, example := range map[string]string{"examples/argocd": "examples/argocd/delivered", "examples/flux": "examples/flux"} {
		t.Run(example, func(t *testing.T) {
			t.Parallel()
			args := []string{"render", example, "-o", example + "/rendered", "--check"}
			documented := "\ngo run ./cmd/meshtopo " + strings.Join(args, " ") + " "
			if text := string(read(t, filepath.Join("..", readme, "README.md"))); !strings.Contains(text, documented) {
				t.Errorf("%s/README.md does not say %q", readme, strings.TrimSpace(documented))
			}
			cmd := exec.Command(built.meshtopo, args...)
			cmd.Dir = ".."
			if text, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%q: %v\n%s", args, err, text)
			}
			checkBuilds(t, filepath.Join("..", example, "rendered"))
		})
	}
}
