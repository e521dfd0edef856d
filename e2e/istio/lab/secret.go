package lab

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/e2e/istio/kube"
	"github.com/meshtopo/meshtopo/e2e/istio/pilot"
)

const remoteCluster = "networking.istio.io/cluster" // annotation of a remote secret

// secret gives the remote secret of a cluster as `istioctl create-remote-secret` makes it.
func secret(cluster string, kubeconfig []byte) kube.Object {
	return kube.Object{
		"apiVersion": "v1", "kind": "Secret",
		"metadata": m{
			"name": "istio-remote-secret-" + cluster, "namespace": pilot.RootNamespace,
			"labels": m{"istio/multiCluster": "true"}, "annotations": m{remoteCluster: cluster},
		},
		"data": m{cluster: base64.StdEncoding.EncodeToString(kubeconfig)},
	}
}

// fromScript gives the secrets that a rendered script asks istioctl for. Only its dry run is run: it needs no service account then.
func fromScript(target string) ([]kube.Object, error) {
	script := filepath.Join(target, "install", "remote-secrets.sh")
	if _, err := os.Stat(script); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	out, err := exec.Command("sh", script, "--dry-run").Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", script, err)
	}
	var secrets []kube.Object
	for line := range strings.Lines(string(out)) {
		found := asked.FindStringSubmatch(line)
		if found == nil {
			return nil, fmt.Errorf("%s --dry-run says %q", script, line)
		}
		secrets = append(secrets, secret(found[1], nil))
	}
	return secrets, nil
}

var asked = regexp.MustCompile(`^istioctl create-remote-secret --context \S+ --name (\S+) \| kubectl --context \S+ apply -f -\n$`)

// fromStore gives the secrets that the External Secrets Operator would make of what is rendered for it.
func fromStore(external []kube.Object) ([]kube.Object, error) {
	var secrets []kube.Object
	for _, o := range external {
		spec := o.At("spec")
		template := spec.At("target", "template", "metadata")
		if kube.Strings(template["labels"])["istio/multiCluster"] != "true" {
			continue // the certificate of a cluster, which nothing here needs
		}
		data := m{}
		list, _ := spec["data"].([]any)
		for _, d := range list {
			entry, _ := d.(m)
			key, _ := entry["secretKey"].(string)
			data[key] = ""
		}
		name, _ := spec.At("target")["name"].(string)
		if name == "" || len(data) != 1 {
			return nil, fmt.Errorf("%s makes a Secret %q with %d keys", o.ID(), name, len(data))
		}
		secrets = append(secrets, kube.Object{
			"apiVersion": "v1", "kind": "Secret", "data": data,
			"metadata": m{"name": name, "namespace": o.Namespace(), "labels": template["labels"], "annotations": template["annotations"]},
		})
	}
	return secrets, nil
}

// reads gives the cluster that a remote secret is for: istiod takes it from the key of the kubeconfig.
func reads(secret kube.Object) string {
	return slices.Sorted(maps.Keys(secret.At("data")))[0]
}

// filled gives a remote secret with a kubeconfig.
func filled(secret kube.Object, kubeconfig []byte) kube.Object {
	out := maps.Clone(secret)
	out["data"] = m{reads(secret): base64.StdEncoding.EncodeToString(kubeconfig)}
	return out
}
