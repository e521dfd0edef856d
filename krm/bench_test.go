package krm

import (
	"bytes"
	"fmt"
	"testing"
)

// foreignList is a ResourceList of n Deployments, about 600 bytes each.
func foreignList(n int) []byte {
	var b bytes.Buffer
	b.WriteString("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n")
	for i := range n {
		fmt.Fprintf(&b, `- apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: d%[1]d
    namespace: n%[2]d
    labels: {app: d%[1]d}
    annotations:
      internal.config.kubernetes.io/path: 'd/%[1]d.yaml'
      internal.config.kubernetes.io/index: '0'
  spec:
    replicas: 2
    selector:
      matchLabels:
        app: d%[1]d
    template:
      metadata:
        labels:
          app: d%[1]d
      spec:
        containers:
        - name: main
          image: registry.example.com/d:%[1]d # the image
          ports:
          - containerPort: 8080
          resources:
            requests: {cpu: 100m, memory: 64Mi}
`, i, i%50)
	}
	return b.Bytes()
}

// BenchmarkPassThrough reads 10,000 foreign items, adds an object and gives the answer. The limit for a process is 2 s.
func BenchmarkPassThrough(b *testing.B) {
	input := foreignList(10_000)
	b.SetBytes(int64(len(input)))
	b.ReportAllocs()
	for b.Loop() {
		l, err := Read(input)
		if err != nil {
			b.Fatal(err)
		}
		if err := l.CheckIDs(); err != nil {
			b.Fatal(err)
		}
		if _, err := l.Transform("t", []Object{{Target: "clusters/c", File: "f.yaml", Object: object("new")}}, func(string) bool { return true }); err != nil {
			b.Fatal(err)
		}
		text, err := l.Encode(nil)
		if err != nil || len(text) < len(input) {
			b.Fatal(len(text), err)
		}
	}
}
