package shape

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.yaml.in/yaml/v3"
)

// crd is what the tests read of a CustomResourceDefinition.
type crd struct {
	Spec struct {
		Group    string
		Names    struct{ Kind string }
		Versions []struct {
			Name   string
			Served bool
			Schema struct {
				OpenAPIV3Schema *schema `yaml:"openAPIV3Schema"`
			}
		}
	}
}

// schema is a structural schema.
type schema struct {
	Type                 string
	Format               string
	Pattern              string
	Nullable             bool
	Enum                 []any
	Required             []string
	Properties           map[string]*schema
	Items                *schema
	AdditionalProperties *schema   `yaml:"additionalProperties"`
	OneOf                []*schema `yaml:"oneOf"`
	AnyOf                []*schema `yaml:"anyOf"`
	AllOf                []*schema `yaml:"allOf"`
	Not                  *schema
	Minimum              *float64
	Maximum              *float64
	MinLength            *float64                `yaml:"minLength"`
	MaxLength            *float64                `yaml:"maxLength"`
	MinItems             *float64                `yaml:"minItems"`
	MaxItems             *float64                `yaml:"maxItems"`
	MinProperties        *float64                `yaml:"minProperties"`
	MaxProperties        *float64                `yaml:"maxProperties"`
	IntOrString          bool                    `yaml:"x-kubernetes-int-or-string"`
	Preserve             bool                    `yaml:"x-kubernetes-preserve-unknown-fields"`
	Validations          []struct{ Rule string } `yaml:"x-kubernetes-validations"`
}

// The CEL rules that the tests, and limits_gen.go, know.
const (
	ruleMilli    = `duration(self) >= duration('1ms')`
	rulePort     = `0 < self && self <= 65535`
	rulePortKeys = `self.all(key, 0 < int(key) && int(key) <= 65535)`
)

// kind is a served version of a CRD.
type kind struct {
	apiVersion, name string
	spec             *schema
}

var kindsOfModule = sync.OnceValues(func() ([]kind, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "istio.io/api").Output()
	if err != nil {
		return nil, fmt.Errorf("asking go for the directory of istio.io/api: %w", err)
	}
	f, err := os.Open(filepath.Join(strings.TrimSpace(string(out)), "kubernetes", "customresourcedefinitions.gen.yaml"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var kinds []kind
	for dec := yaml.NewDecoder(f); ; {
		var d crd
		if err := dec.Decode(&d); errors.Is(err, io.EOF) {
			return kinds, nil
		} else if err != nil {
			return nil, err
		}
		for _, v := range d.Spec.Versions {
			if v.Served {
				root := v.Schema.OpenAPIV3Schema
				kinds = append(kinds, kind{d.Spec.Group + "/" + v.Name, d.Spec.Names.Kind, root.Properties["spec"]})
			}
		}
	}
})

func crdKinds(t testing.TB) []kind {
	kinds, err := kindsOfModule()
	if err != nil {
		t.Fatal(err)
	}
	return kinds
}
