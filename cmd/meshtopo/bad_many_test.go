//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestBadMany: well-formed topologies of a few hundred kilobytes in which everything is wrong, or nothing is and all of it is much.
func TestBadMany(t *testing.T) {
	t.Parallel()
	clusters := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return strings.Replace(labeled("x"), "  services:", b.String()+"  services:", 1)
	}
	repeat := func(old, unit string, n int) string {
		return strings.Replace(labeled("x"), old, old+strings.Repeat(unit, n), 1)
	}
	var calls strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&calls, "a%d, ", i)
	}
	for _, test := range []struct{ name, text string }{
		{"20000 unknown fields", repeat("  services:\n", "  - {x: 1}\n", 20_000)},
		{"50000 unknown services", labeled("x") + "    calls: [" + calls.String() + "]\n"},
		{"20000 services of one name", repeat("  services:\n", "  - {name: api, ports: [{name: http, port: 80}], placements: [{cluster: hangzhou}]}\n", 20_000)},
		{"3000 overlapping clusters", clusters(3000, "  - {name: c%d, region: r, podCIDR: 10.0.0.0/8}\n")},
		{"50000 unknown fields of Istio", labeled("x") + "    http: [" + strings.Repeat("{zz: 1}, ", 50_000) + "]\n"},
		{"3000 overlays", labeled("x") + "  overlays: [" + strings.Repeat("{path: nowhere}, ", 3000) + "]\n"},
		{"3000 overlays that are one", labeled("x") + "  overlays: [" + strings.Repeat("{path: overlay}, ", 3000) + "]\n"},
		{"400 clusters that wait for 400", strings.Replace(clusters(400, "  - {name: a%[1]d, region: r1}\n  - {name: b%[1]d, region: r2}\n"), "  clusters:", "  delivery: flux\n  clusters:", 1)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := newBad(t, nil)
			b.write("topology.yaml", test.text)
			b.write("overlay/kustomization.yaml", badComponent)
			e := b.run(badCase{})
			b.judge(badCase{want: "error: ", several: true}, e)
		})
	}
}

// TestInterrupted: a signal ends the program soon, and its children with it.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	b := newBad(t, nil)
	b.write("topology.jsonnet", badProgram("local f(n) = if n < 2 then n else f(n-1) + f(n-2);", "f(45)"))
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		cmd := exec.Command(os.Args[0])
		cmd.Args, cmd.Dir, cmd.Env = []string{"meshtopo", "render", "topology.jsonnet", "-o", "out"}, b.path(""), []string{}
		var text strings.Builder
		cmd.Stderr = &text
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(1500 * time.Millisecond) // a busy machine is slow to begin
		start := time.Now()
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		cmd.Wait()
		if status := cmd.ProcessState.ExitCode(); status != 2 || time.Since(start) > 3*time.Second {
			t.Errorf("%v: exit status %d after %v\n%s", sig, status, time.Since(start), &text)
		}
		if trace.MatchString(text.String()) || !strings.HasPrefix(text.String(), "meshtopo: ") {
			t.Errorf("%v: %s", sig, &text)
		}
		if _, err := os.Stat(b.path("out")); err == nil {
			t.Errorf("%v: something was written", sig)
		}
	}
}
