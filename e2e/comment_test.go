package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// comment is one of a pull request, as GitHub and GitLab describe it.
type comment struct {
	ID     int    `json:"id"`
	Body   string `json:"body"`
	User   author `json:"user"`
	Author author `json:"author"`
}

type author struct {
	ID    int    `json:"id"`
	Login string `json:"login"`
}

// forge answers as GitHub's and GitLab's documentation says of the calls that we make, and refuses all others.
type forge struct {
	mu       sync.Mutex
	token    string // that may write
	me       author
	comments []comment
	head     string // the commit that the pull request is at
	refused  []string
}

func startForge(t *testing.T, f *forge) string {
	t.Helper()
	server := httptest.NewUnstartedServer(f)
	server.Config.ReadTimeout = 10 * time.Second
	server.Start()
	t.Cleanup(server.Close)
	return server.URL
}

func (f *forge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r.Header.Get("Authorization") != "Bearer "+f.token && r.Header.Get("PRIVATE-TOKEN") != f.token {
		http.Error(w, `{"message": "no such token"}`, http.StatusUnauthorized)
		return
	}
	const github, gitlab = "/repos/example/mesh/", "/projects/12/merge_requests/7/notes"
	path := r.URL.Path
	switch call := r.Method + " " + path; {
	case call == "GET "+github+"issues/7/comments", call == "GET "+gitlab:
		f.page(w, r)
	case call == "POST "+github+"issues/7/comments", call == "POST "+gitlab:
		f.comments = append(f.comments, comment{ID: 1000 + len(f.comments), Body: body(r), User: f.me, Author: f.me})
		w.WriteHeader(http.StatusCreated)
	case strings.HasPrefix(call, "PATCH "+github+"issues/comments/"), strings.HasPrefix(call, "PUT "+gitlab+"/"):
		f.update(w, path[strings.LastIndex(path, "/")+1:], body(r))
	case call == "GET "+github+"pulls/7":
		fmt.Fprintf(w, `{"head": {"sha": %q}}`, f.head)
	case call == "GET /user":
		_ = json.NewEncoder(w).Encode(f.me)
	default:
		f.refused = append(f.refused, call)
		http.NotFound(w, r)
	}
}

func body(r *http.Request) string {
	var b struct{ Body string }
	data, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	_ = json.Unmarshal(data, &b)
	return b.Body
}

func (f *forge) page(w http.ResponseWriter, r *http.Request) {
	size, _ := strconv.Atoi(r.URL.Query().Get("per_page"))
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	from := min(len(f.comments), size*(page-1))
	_ = json.NewEncoder(w).Encode(append([]comment{}, f.comments[from:min(len(f.comments), from+size)]...))
}

func (f *forge) update(w http.ResponseWriter, id, text string) {
	for i := range f.comments {
		if strconv.Itoa(f.comments[i].ID) == id {
			f.comments[i].Body = text
			return
		}
	}
	http.Error(w, "no such comment", http.StatusNotFound)
}

var bot = author{41, "github-actions[bot]"}

// withMarker gives the places of comments by an author that begin with the marker.
func (f *forge) withMarker(login string) (at []int) {
	for i, c := range f.comments {
		if c.User.Login == login && strings.HasPrefix(c.Body, "<!-- meshtopo:review -->\n") {
			at = append(at, i)
		}
	}
	return at
}

// strangers fills two pages, with one comment that only looks like ours.
func strangers() []comment {
	var list []comment
	for i := range 130 {
		list = append(list, comment{ID: i + 1, Body: "looks good", User: author{9, "stranger"}, Author: author{9, "stranger"}})
	}
	list[3].Body = "<!-- meshtopo:review -->\nnothing to see here"
	return list
}

// TestStickyComment runs the action as for a pull request: the first run posts a comment, the next ones update it, and no other one.
func TestStickyComment(t *testing.T) {
	need(t, "jq")
	r := meshRepository(t)
	f := &forge{token: "secret-of-the-run", me: bot, comments: strangers()}
	url := startForge(t, f)
	inputs := map[string]string{"topologies": "mesh", "program": built.meshtopo, "base-ref": "HEAD", "token": f.token}
	start := func(more ...string) (*runner, string, bool) {
		a := newRunner(t, inputs)
		a.values["github.event.pull_request.head.repo.full_name"] = "example/mesh"
		a.env = append([]string{"GITHUB_API_URL=" + url, "GITHUB_REPOSITORY=example/mesh"}, more...)
		out, ok := a.run(r)
		if strings.Contains(out, f.token) {
			t.Errorf("the token is printed:\n%s", out)
		}
		return a, out, ok
	}
	if _, out, ok := start(); !ok || len(f.withMarker(bot.Login)) != 1 || len(f.comments) != 131 {
		t.Fatalf("the first run: ended well: %v, %d comments\n%s", ok, len(f.comments), out)
	}
	before := f.comments[130].Body
	r.replace("mesh/topology.yaml", "cluster: hangzhou, replicas: 2", "cluster: hangzhou, replicas: 3")
	a, out, ok := start()
	if !ok || len(f.comments) != 131 || f.comments[130].Body == before || f.comments[3].Body != "<!-- meshtopo:review -->\nnothing to see here" {
		t.Errorf("the second run must update the comment: ended well: %v\n%s", ok, out)
	}
	if a.values["steps.review.outputs.changed"] != "true" || a.values["steps.review.outputs.risk"] == "" {
		t.Errorf("outputs: %v", a.values)
	}
	if len(f.refused) > 0 {
		t.Errorf("calls that GitHub does not know: %v", f.refused)
	}
	inputs["fail-on-risk"] = "none"
	if _, out, ok := start(); ok || !strings.Contains(out, "::error title=meshtopo::") {
		t.Errorf("a risk at the limit must fail: %s", out)
	}
	inputs["fail-on-risk"] = "outage"
	if _, out, ok := start(); !ok {
		t.Errorf("a risk below the limit must not fail: %s", out)
	}
}

// TestForkLeavesReport runs the action for a pull request of a fork, which posts nothing, and then the action of the second workflow on what it
// left.
func TestForkLeavesReport(t *testing.T) {
	need(t, "jq")
	r := meshRepository(t)
	f := &forge{token: "secret-of-the-base", me: bot, head: "0123456789012345678901234567890123456789"}
	url := startForge(t, f)
	a := newRunner(t, map[string]string{"topologies": "mesh", "program": built.meshtopo, "base-ref": "HEAD", "token": "reads only"})
	a.values["github.event.pull_request.head.repo.full_name"] = "stranger/mesh"
	a.env = []string{"GITHUB_API_URL=" + url, "GITHUB_REPOSITORY=example/mesh"}
	if out, ok := a.run(r); !ok || len(f.comments) != 0 {
		t.Fatalf("a fork: ended well: %v, %d comments\n%s", ok, len(f.comments), out)
	}
	report := a.values["steps.review.outputs.report"]
	comment := func(dir, head string) (string, bool) {
		return runCommentAction(t, url, dir, head, f.token)
	}
	if out, ok := comment(report, strings.Repeat("f", 40)); !ok || len(f.comments) != 0 {
		t.Errorf("a report of another commit must not be posted: ended well: %v\n%s", ok, out)
	}
	if out, ok := comment(report, f.head); !ok || len(f.withMarker(bot.Login)) != 1 {
		t.Errorf("ended well: %v\n%s", ok, out)
	}
	// What a stranger may leave.
	for name, files := range map[string][2]string{
		"a number that is run":    {"7; touch owned", "<!-- meshtopo:review -->\nx"},
		"a number that is a path": {"../../7", "<!-- meshtopo:review -->\nx"},
		"no marker":               {"7", "hello"},
		"a marker that is more":   {"7", "<!-- meshtopo:review --> $(touch owned)\nx"},
		"too much":                {"7", "<!-- meshtopo:review -->\n" + strings.Repeat("x", 70_000)},
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "number"), []byte(files[0]))
		write(t, filepath.Join(dir, "report.md"), []byte(files[1]))
		if out, ok := comment(dir, f.head); ok || len(f.comments) != 1 {
			t.Errorf("%s: ended well: %v, %d comments\n%s", name, ok, len(f.comments), out)
		}
		if _, err := os.Stat(filepath.Join(dir, "owned")); err == nil {
			t.Errorf("%s: it was run", name)
		}
	}
}

// runCommentAction runs the action of the second workflow.
func runCommentAction(t *testing.T, url, report, head, token string) (string, bool) {
	t.Helper()
	a := readActionFile(t, "../comment/action.yml")
	root, err := filepath.Abs("../comment")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", a.Runs.Steps[0].Run)
	cmd.Dir = report
	cmd.Env = append(os.Environ(), "GITHUB_API_URL="+url, "GITHUB_REPOSITORY=example/mesh", "GITHUB_ACTION_PATH="+root, "INPUT_REPORT="+report, "INPUT_HEAD_SHA="+head, "TOKEN="+token)
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

// TestGitLabNote runs the template's script as for a merge request, with a token.
func TestGitLabNote(t *testing.T) {
	need(t, "jq")
	r := meshRepository(t)
	f := &forge{token: "secret-of-the-project", me: author{41, "project_12_bot"}, comments: strangers()}
	url := startForge(t, f)
	run := func() (string, bool) {
		return runGitLab(t, r, "MESHTOPO_TOPOLOGIES=mesh", "CI_MERGE_REQUEST_DIFF_BASE_SHA=HEAD", "MESHTOPO_TOKEN="+f.token,
			"CI_API_V4_URL="+url, "CI_PROJECT_ID=12", "CI_MERGE_REQUEST_IID=7")
	}
	for i := range 2 {
		if out, ok := run(); !ok || len(f.withMarker("project_12_bot")) != 1 || len(f.comments) != 131 {
			t.Fatalf("run %d: ended well: %v, %d comments\n%s", i+1, ok, len(f.comments), out)
		}
	}
	if len(f.refused) > 0 {
		t.Errorf("calls that GitLab does not know: %v", f.refused)
	}
}
