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
	if peak := usage.Maxrss << 10; ok && peak > badMemory {
		t.Errorf("%d MiB of memory for %d MiB of items", peak>>20, list.Len()>>20)
	}
	list.Write(bytes.Repeat([]byte("# filled\n"), 2_000_000))
	out, stderr, state = runFn(t, b, list.Bytes())
	if want := "meshtopo: reading the input: the input is larger than 64 MiB\n"; state.ExitCode() != 2 || len(out) > 0 || stderr != want {
		t.Errorf("%v, %d bytes: %s", state, len(out), stderr)
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
