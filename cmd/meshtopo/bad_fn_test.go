//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/meshtopo/meshtopo/krm"
)

// TestBigList: 50 MB of items pass through fn in bounded memory; more than the limit is refused.
func TestBigList(t *testing.T) {
	b := newBad(t, nil)
	b.write("topology.yaml", string(sample))
	var list bytes.Buffer
	list.WriteString("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig:\n  apiVersion: meshtopo.dev/v1alpha1\n  kind: MeshRender\n" +
		"  metadata: {name: big}\n  spec: {topology: topology.yaml, mode: transform}\nitems:\n")
	line := "    " + strings.Repeat("all work and no play ", 10) + "\n"
	for i := 0; list.Len() < 50_000_000; i++ {
		fmt.Fprintf(&list, "- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: c%d}\n  data:\n    text: |\n%s", i, strings.Repeat("  "+line, 20))
	}
	out, stderr, state := runFn(t, b, list.Bytes())
	if state.ExitCode() != 0 || !bytes.Contains(out, []byte("meshtopo.dev/topology: sample")) || len(out) < list.Len() {
		t.Errorf("%v, %d bytes of %d: %s", state, len(out), list.Len(), stderr)
	}
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if peak := peakOf(usage.Maxrss) << 10; ok && peak > badMemory {
		t.Errorf("%d MiB of memory for %d MiB of items", peak>>20, list.Len()>>20)
	}
	list.Write(bytes.Repeat([]byte("# filled\n"), 2_000_000))
	out, stderr, state = runFn(t, b, list.Bytes())
	if want := "meshtopo: reading the input: the input is larger than 64 MiB\n"; state.ExitCode() != 2 || len(out) > 0 || stderr != want {
		t.Errorf("%v, %d bytes: %s", state, len(out), stderr)
	}
}

// TestManyFindings: a topology with 18,000 mistakes, and 12,000 items that are not what they were generated as, give whole answers of bounded size.
func TestManyFindings(t *testing.T) {
	config := "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig:\n  apiVersion: meshtopo.dev/v1alpha1\n  kind: MeshRender\n" +
		"  metadata: {name: many}\n  spec: {topology: topology.yaml, mode: validate}\nitems:\n"
	mine := "- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: mine}\n"
	var services, items strings.Builder
	for i := range 9000 {
		fmt.Fprintf(&services, "  - {name: s%d, portz: [], placementz: []}\n", i)
	}
	for i := range 12_000 {
		fmt.Fprintf(&items, "- apiVersion: v1\n  kind: Service\n  metadata:\n    name: s%d\n    annotations: {meshtopo.dev/topology: sample, meshtopo.dev/target: clusters/hangzhou}\n", i)
	}
	for _, test := range []struct{ name, topology, items, said string }{
		{"findings", strings.Replace(string(sample), "  services:\n", "  services:\n"+services.String(), 1), mine, "more than 200 findings; mend those that are shown first"},
		{"items", string(sample), mine + items.String(), "more differences are not shown"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBad(t, nil)
			b.write("topology.yaml", test.topology)
			out, stderr, state := runFn(t, b, []byte(config+test.items))
			if state.ExitCode() != 1 || len(out) > len(test.items)+1_000_000 || len(stderr) > 1_000_000 || !strings.Contains(stderr, test.said) {
				t.Fatalf("%v, %d bytes, %d on stderr: %.2000s", state, len(out), len(stderr), stderr)
			}
			answer, err := krm.Read(out)
			if err != nil || len(answer.Items) != 1+strings.Count(test.items, "kind: Service\n") {
				t.Fatalf("%v, %d items", err, len(answer.Items))
			}
			_, results, _ := strings.Cut(string(out), "\nresults:\n")
			if n := strings.Count(results, "severity: error"); n < 200 || n > 402 || !strings.Contains(results, test.said) {
				t.Errorf("%d results", n)
			}
		})
	}
}

// runFn runs fn as a process.
func runFn(t *testing.T, b *bad, input []byte) (stdout []byte, stderr string, state *os.ProcessState) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Args = []string{"meshtopo", "fn", "--quiet"}
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = b.path("."), bytes.NewReader(input), &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return out.Bytes(), errs.String(), cmd.ProcessState
}
