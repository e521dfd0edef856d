package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/probe"
)

// bookinfoMarkers tell the versions of reviews apart by the pod that Bookinfo's page names, and say the version of productpage.
const bookinfoMarkers = `{
  path: '/productpage',
  markers: [{ service: 'reviews', version: v, pattern: 'reviews-%s-[a-z0-9]' % v } for v in ['v1', 'v2', 'v3']] +
           [{ service: 'productpage', version: 'v1', header: 'X-Page', pattern: '^productpage-v1$' }],
}`

// marked gives a topology that is a shipped one with these markers, whatever language that is in.
func marked(t *testing.T, topology string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(topologiesDir)); err != nil {
		t.Fatal(err)
	}
	shipped, err := filepath.Glob(filepath.Join(dir, topology, "topology.*"))
	if err != nil || len(shipped) != 1 {
		t.Fatalf("topology %s is %v (%v), want one file", topology, shipped, err)
	}
	file := "../" + topology + "/" + filepath.Base(shipped[0])
	text := fmt.Sprintf("(import %q) { spec+: { probe: %s } }\n", file, bookinfoMarkers)
	if filepath.Ext(file) == ".yaml" {
		text = fmt.Sprintf("(std.parseYaml(importstr %q)) { spec+: { probe: %s } }\n", file, bookinfoMarkers)
	}
	writeFile(t, filepath.Join(dir, ".meshtopo-root"), nil)
	marked := filepath.Join(dir, "marked")
	if err := os.Mkdir(marked, 0o777); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(marked, "topology.jsonnet"), []byte(text))
	return marked
}

// gateway is a gateway on loopback. The i-th request, from 0, is answered by the i-th version, and so on in a circle.
type gateway struct {
	*httptest.Server
	requests    atomic.Int64
	connections atomic.Int64
}

func newGateway(t *testing.T, answer func(w http.ResponseWriter, r *http.Request, i int)) *gateway {
	g := &gateway{}
	g.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer(w, r, int(g.requests.Add(1)-1))
	}))
	g.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			g.connections.Add(1)
		}
	}
	g.Start()
	t.Cleanup(g.Close)
	return g
}

// servedBy answers as Bookinfo's page does, from a version of reviews each.
func servedBy(versions ...string) func(http.ResponseWriter, *http.Request, int) {
	return func(w http.ResponseWriter, _ *http.Request, i int) { writePage(w, versions[i%len(versions)]) }
}

func writePage(w http.ResponseWriter, version string) {
	w.Header().Set("X-Page", "productpage-v1")
	fmt.Fprintf(w, "<dt>Reviews served by:</dt>\n<u>reviews-%s-5d9f-x7k2p</u>\n", version)
	if version != "v1" {
		fmt.Fprint(w, "<!-- full stars: -->\n")
	}
}

// of gives each version as many times as it is to be.
func of(v1, v2, v3 int) (versions []string) {
	for version, n := range map[string]int{"v1": v1, "v2": v2, "v3": v3} {
		for range n {
			versions = append(versions, version)
		}
	}
	return versions
}

// The tutorial's checks, with a gateway that does what is predicted.
func TestProbeAgrees(t *testing.T) {
	for _, c := range []struct {
		topology string
		versions []string
		args     string
	}{
		{"bookinfo", of(1, 1, 1), "-n 300"},
		{"bookinfo-failover", of(1, 0, 1), "-n 100"},
		{"bookinfo-failover", of(0, 1, 0), "-n 20 --lose service/reviews@cluster/ack-hangzhou"},
		{"bookinfo-distribute", of(9, 1, 0), "-n 1000 --lose service/reviews@version/v3"},
		{"bookinfo-distribute", of(9, 1, 0), "-n 1000 --lose service/reviews@version/v3 --gateway ingressgateway --region cn-hangzhou"},
	} {
		g := newGateway(t, servedBy(c.versions...))
		args := append([]string{"probe", marked(t, c.topology), "--url", g.URL, "-q"}, strings.Fields(c.args)...)
		status, out, errs := program(t, args...)
		if status != 0 || errs != "" {
			t.Errorf("%s %s: exit %d, want 0\n%s%s", c.topology, c.args, status, out, errs)
		}
	}
}

// What does not agree, and is no chance.
func TestProbeDiffers(t *testing.T) {
	for _, c := range []struct {
		topology string
		versions []string
		args     string
		differs  []string // lines of the table
	}{
		{"bookinfo-distribute", of(7, 3, 0), "-n 1000 --lose service/reviews@version/v3", []string{"v1", "v2"}},
		{"bookinfo-failover", of(1, 0, 1), "-n 20 --lose service/reviews@cluster/ack-hangzhou", []string{"v1", "v2", "v3"}},
		{"bookinfo-failover", append(of(100, 1, 100), "v0"), "-n 201 --concurrency 1", []string{"v2"}},
		{"bookinfo-failover", append(of(100, 0, 100), "v0"), "-n 201 --concurrency 1", []string{"no sign"}},
	} {
		g := newGateway(t, servedBy(c.versions...))
		args := append([]string{"probe", marked(t, c.topology), "--url", g.URL, "-q"}, strings.Fields(c.args)...)
		status, out, errs := program(t, args...)
		var differs []string
		for _, line := range strings.Split(out, "\n") {
			if strings.HasSuffix(line, "differs") {
				name, _, _ := strings.Cut(strings.TrimSpace(line), "  ")
				differs = append(differs, name)
			}
		}
		if diff := cmp.Diff(c.differs, differs); status != 1 || errs != "" || diff != "" {
			t.Errorf("%s %s: exit %d, want 1; what differs (-want +got):\n%s%s%s", c.topology, c.args, status, diff, out, errs)
		}
	}
}

// The whole output in both formats, and what is said when failover is predicted and does not happen.
func TestProbeOutput(t *testing.T) {
	dir := marked(t, "bookinfo-distribute")
	agrees, differs := newGateway(t, servedBy(of(9, 1, 0)...)), newGateway(t, servedBy(of(7, 3, 0)...))
	for _, c := range []struct {
		file   string
		from   *gateway
		status int
		args   []string
	}{
		{"agrees.txt", agrees, 0, nil},
		{"differs.txt", differs, 1, nil},
		{"differs.json", differs, 1, []string{"--format", "json"}},
	} {
		args := append([]string{"probe", dir, "--url", c.from.URL, "-n", "1000", "--lose", "service/reviews@version/v3", "-q"}, c.args...)
		status, out, errs := program(t, args...)
		if status != c.status || errs != "" {
			t.Fatalf("%s: exit %d, want %d\n%s%s", c.file, status, c.status, out, errs)
		}
		holdDocument(t, "testdata/probe/"+c.file, strings.ReplaceAll(out, c.from.Listener.Addr().String(), "203.0.113.10"))
	}
}

// What the gateway sees: the declared path and the given one, the headers, and a connection for each request.
func TestProbeRequests(t *testing.T) {
	dir := marked(t, "bookinfo-failover")
	var mutex sync.Mutex
	seen := map[string]int{}
	g := newGateway(t, func(w http.ResponseWriter, r *http.Request, i int) {
		mutex.Lock()
		seen[fmt.Sprintf("%s %s host=%s agent=%s end-user=%v", r.Method, r.RequestURI, r.Host, r.UserAgent(), r.Header["End-User"])]++
		mutex.Unlock()
		servedBy("v1", "v3")(w, r, i)
	})
	address := g.Listener.Addr().String()
	for _, c := range []struct{ args, want string }{
		{g.URL, "GET /productpage host=" + address + " agent=meshtopo end-user=[]"},
		{g.URL + "/productpage?u=normal#top", "GET /productpage?u=normal host=" + address + " agent=meshtopo end-user=[]"},
		{g.URL + " --header Host:books.example.com --header end-user:a --header End-User:b --header user-agent:curl", "GET /productpage host=books.example.com agent=curl end-user=[a b]"},
	} {
		clear(seen)
		before := g.connections.Load()
		status, out, errs := program(t, append([]string{"probe", dir, "-q", "-n", "50", "--url"}, strings.Fields(c.args)...)...)
		if status != 0 {
			t.Errorf("%s: exit %d\n%s%s", c.args, status, out, errs)
		}
		if diff := cmp.Diff(map[string]int{c.want: 50}, seen); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.args, diff)
		}
		if n := g.connections.Load() - before; n != 50 {
			t.Errorf("%s: %d connections, want 50", c.args, n)
		}
	}
}

// A path that no route takes is predicted to have no answer with a sign.
func TestProbeNoRoute(t *testing.T) {
	dir := marked(t, "bookinfo-failover")
	none := newGateway(t, func(w http.ResponseWriter, _ *http.Request, _ int) { http.NotFound(w, nil) })
	if status, out, errs := program(t, "probe", dir, "--url", none.URL+"/nowhere", "-q"); status != 0 {
		t.Errorf("exit %d, want 0\n%s%s", status, out, errs)
	}
	if status, out, errs := program(t, "probe", dir, "--url", none.URL, "-q"); status != 1 {
		t.Errorf("exit %d, want 1\n%s%s", status, out, errs)
	}
}

// Redirects are answers, and lead nowhere.
func TestProbeRedirect(t *testing.T) {
	other := newGateway(t, servedBy("v1", "v3"))
	g := newGateway(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		http.Redirect(w, r, other.URL+"/productpage", http.StatusFound)
	})
	status, out, _ := program(t, "probe", marked(t, "bookinfo-failover"), "--url", g.URL, "-n", "10", "-q")
	if status != 1 || !strings.Contains(out, "note: 10 redirects among the answers; none is followed\n") {
		t.Errorf("exit %d, want 1\n%s", status, out)
	}
	if n := other.requests.Load(); n != 0 {
		t.Errorf("%d requests followed the redirect", n)
	}
}

// Of an answer without an end so much is read as is said, and no more.
func TestProbeEndlessBody(t *testing.T) {
	for _, c := range []struct {
		before int // bytes before the sign
		status int
	}{{probe.MaxBody - 100, 0}, {probe.MaxBody, 1}} {
		g := newGateway(t, func(w http.ResponseWriter, r *http.Request, i int) {
			w.Header().Set("X-Page", "productpage-v1")
			w.Write(bytes.Repeat([]byte{' '}, c.before))
			for err := error(nil); err == nil; {
				_, err = fmt.Fprintf(w, "reviews-v%d-abc\n", 1+i%2*2)
			}
		})
		status, out, errs := program(t, "probe", marked(t, "bookinfo-failover"), "--url", g.URL, "-n", "10", "-q")
		if status != c.status {
			t.Errorf("%d bytes before the sign: exit %d, want %d\n%s%s", c.before, status, c.status, out, errs)
		}
	}
}

// Failures count as such and say why; so many as are tolerated change nothing else.
func TestProbeFailures(t *testing.T) {
	dir := marked(t, "bookinfo-failover")
	g := newGateway(t, func(w http.ResponseWriter, r *http.Request, i int) {
		switch {
		case i%100 == 0:
			w.WriteHeader(http.StatusServiceUnavailable)
		case i%100 == 1:
			panic(http.ErrAbortHandler)
		case i%100 == 2:
			w.Header().Set("Content-Length", "1000")
			writePage(w, "v1")
		default:
			servedBy("v1", "v3")(w, r, i)
		}
	})
	status, out, _ := program(t, "probe", dir, "--url", g.URL, "-n", "200", "-q")
	if want := "note: failed requests: the connection broke off (4), status 503 (2)\n"; status != 1 || !strings.Contains(out, want) {
		t.Errorf("exit %d, want 1 and %q\n%s", status, want, out)
	}
	if status, out, errs := program(t, "probe", dir, "--url", g.URL, "-n", "200", "-q", "--tolerate-failures", "5"); status != 0 {
		t.Errorf("with tolerance: exit %d, want 0\n%s%s", status, out, errs)
	}
}

// Nothing that answers is trouble, and nothing is printed.
func TestProbeNothingAnswers(t *testing.T) {
	dir := marked(t, "bookinfo-failover")
	silent := newGateway(t, func(_ http.ResponseWriter, r *http.Request, _ int) { <-r.Context().Done() })
	strange := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { writePage(w, "v1") }))
	strange.Config.ErrorLog = log.New(io.Discard, "", 0)
	strange.StartTLS()
	defer strange.Close()
	closed := newGateway(t, servedBy("v1"))
	closed.Close()
	for _, c := range []struct{ args, want string }{
		{silent.URL + " --timeout 50ms", "nothing answers at " + silent.URL + "/productpage: no answer in time"},
		{silent.URL + " --duration 50ms", "no request came to an end in time, so nothing is known"},
		{strange.URL, "nothing answers at " + strange.URL + "/productpage: tls: failed to verify certificate"},
		{closed.URL, "nothing answers at " + closed.URL + "/productpage: connection refused"},
	} {
		status, out, errs := program(t, append([]string{"probe", dir, "-q", "-n", "4", "--url"}, strings.Fields(c.args)...)...)
		if status != 2 || out != "" || !strings.HasPrefix(errs, "meshtopo: "+c.want) {
			t.Errorf("%s: exit %d, want 2 and %q\n%s%s", c.args, status, c.want, out, errs)
		}
	}
}

// No more requests are under way than --concurrency says.
func TestProbeConcurrency(t *testing.T) {
	var under, most atomic.Int64
	g := newGateway(t, func(w http.ResponseWriter, r *http.Request, i int) {
		n := under.Add(1)
		defer under.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		time.Sleep(5 * time.Millisecond)
		servedBy("v1", "v3")(w, r, i)
	})
	if status, out, errs := program(t, "probe", marked(t, "bookinfo-failover"), "--url", g.URL, "-n", "40", "--concurrency", "3", "-q"); status != 0 {
		t.Errorf("exit %d\n%s%s", status, out, errs)
	}
	if n := most.Load(); n > 3 || n < 2 {
		t.Errorf("%d requests were under way at once, want 3", n)
	}
	if n := g.requests.Load(); n != 40 {
		t.Errorf("%d requests, want 40", n)
	}
}

// An interrupt ends the sending at once; what was seen is printed, and that it is not all is said.
func TestProbeInterrupt(t *testing.T) {
	dir := marked(t, "bookinfo-failover")
	ctx, interrupt := context.WithCancel(context.Background())
	defer interrupt()
	g := newGateway(t, func(w http.ResponseWriter, r *http.Request, i int) {
		if i < 30 {
			servedBy("v1", "v3")(w, r, i)
			return
		}
		interrupt()
		<-r.Context().Done()
	})
	var out, errs bytes.Buffer
	a := &app{out: &out, err: &errs, env: func(string) (string, bool) { return "", false }}
	started := time.Now()
	status := a.main(ctx, []string{"probe", dir, "-q", "--url", g.URL, "-n", "100000", "--format", "json", "--concurrency", "4", "--timeout", "1m"})
	if took := time.Since(started); took > 10*time.Second {
		t.Errorf("it took %v to end", took)
	}
	var r probe.Result
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatalf("%v\n%s%s", err, &out, &errs)
	}
	want := "meshtopo: interrupted after " + strconv.Itoa(r.Seen) + " of 100000 requests\n"
	if status != 2 || errs.String() != want || r.Seen < 20 || r.Seen > 30 || r.Requests != 100000 || !r.Consistent {
		t.Errorf("exit %d, want 2; stderr %q, want %q; result %+v", status, &errs, want, r)
	}
}

// When --duration is over, what was seen is judged.
func TestProbeDuration(t *testing.T) {
	g := newGateway(t, func(w http.ResponseWriter, r *http.Request, i int) {
		if i >= 30 {
			<-r.Context().Done()
			return
		}
		servedBy("v1", "v3")(w, r, i)
	})
	status, out, errs := program(t, "probe", marked(t, "bookinfo-failover"), "--url", g.URL, "-n", "500", "--duration", "2s", "--timeout", "1m", "-q")
	if status != 0 || !strings.Contains(out, " of 500 requests to ") {
		t.Errorf("exit %d, want 0\n%s%s", status, out, errs)
	}
}
