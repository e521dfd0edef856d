package load_test

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const library = "cuelang.org/go/pkg/"

// outside are the packages of Go by which a builtin function could read or change anything but its arguments.
var outside = []string{"crypto/rand", "io/ioutil", "math/rand", "math/rand/v2", "net/http", "os", "os/exec", "os/user", "plugin", "runtime", "syscall", "unsafe"}

// outsideNames are what reaches out in packages that do not otherwise.
var outsideNames = map[string][]string{
	"net":           {"Dial", "Dialer", "DialTimeout", "Interfaces", "Listen", "Lookup", "LookupHost", "LookupIP", "Resolver", "ResolveIPAddr", "ResolveTCPAddr"},
	"path/filepath": {"Abs", "EvalSymlinks", "Glob", "Walk", "WalkDir"},
	"text/template": {"ParseFS", "ParseFiles", "ParseGlob"},
	"time":          {"LoadLocation", "Local", "Now", "Since", "Sleep", "Tick", "Until"},
}

// A CUE topology may import CUE's own library, tool/... excepted (evaluateCUE). Nothing in what it may import touches files, the
// network, programs, the clock or chance: this reads the library's source, so that a new version of it is looked at again.
func TestBuiltinsDoNoIO(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles", library+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	packages := 0
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath, Dir string
			GoFiles         []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if name := strings.TrimPrefix(p.ImportPath, library); name == "tool" || strings.HasPrefix(name, "tool/") {
			continue
		}
		packages++
		for _, file := range p.GoFiles {
			for _, use := range reachingOut(t, filepath.Join(p.Dir, file)) {
				t.Errorf("%s/%s uses %s: topologies must not be able to import it", p.ImportPath, file, use)
			}
		}
	}
	if packages < 20 {
		t.Errorf("only %d packages of CUE's library", packages)
	}
}

// reachingOut gives what a Go file uses of the lists above.
func reachingOut(t *testing.T, file string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var uses []string
	imported := map[string]string{} // by the name that the file has for it
	for _, i := range f.Imports {
		path, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		name := path[strings.LastIndex(path, "/")+1:]
		if i.Name != nil {
			name = i.Name.Name
		}
		imported[name] = path
		if slices.Contains(outside, path) {
			uses = append(uses, path)
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := s.X.(*ast.Ident); ok && slices.Contains(outsideNames[imported[x.Name]], s.Sel.Name) {
			uses = append(uses, imported[x.Name]+"."+s.Sel.Name)
		}
		return true
	})
	return uses
}
