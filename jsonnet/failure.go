package jsonnet

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/google/go-jsonnet"
	"github.com/google/go-jsonnet/ast"
)

// Kind is the kind of a failure.
type Kind string

const (
	Syntax  Kind = "syntax"  // a file is not well-formed
	Outside Kind = "outside" // an import leads outside the root
	Failed  Kind = "failed"  // the program ended with an error
)

// Failure says why a program has no value.
type Failure struct {
	Kind    Kind
	Place   Place  // the innermost one in the file itself; of an imported file that is not well-formed, there
	Message string // a sentence without full stop; of Outside, the path that the import names, quoted
	Related []Related
}

// Related is another place that explains a failure.
type Related struct {
	Place   Place
	Message string
}

// located is an error of go-jsonnet's parser.
type located interface {
	error
	Loc() ast.LocationRange
}

// malformed is the failure of a file that cannot be parsed.
func (m machine) malformed(err error) *Failure {
	f := &Failure{Kind: Syntax, Place: Place{File: m.file.Name}, Message: sentence(err.Error())}
	var static located
	if errors.As(err, &static) {
		f.locate(m, static)
	}
	return f
}

// failed is the failure of a program that was well-formed.
func (m machine) failed(err error) *Failure {
	f := &Failure{Kind: Failed, Place: Place{File: m.file.Name}}
	var static located
	var runtime jsonnet.RuntimeError
	switch {
	case err == nil: // the program did not need the value of an import that led outside
	case errors.As(err, &runtime):
		f.Message = strings.TrimSuffix(strings.TrimSpace(runtime.Msg), ".")
		f.stack(m, runtime.StackTrace)
		f.importedMalformed(m, runtime.Msg)
	case errors.As(err, &static):
		f.locate(m, static)
	default:
		f.Message = sentence(err.Error())
	}
	if m.importer.outside != "" {
		f.Kind, f.Message = Outside, m.importer.outside
	}
	return f
}

func (f *Failure) locate(m machine, static located) {
	loc := static.Loc()
	f.Message = strings.TrimPrefix(static.Error(), loc.String()+" ")
	f.Place = m.place(loc.FileName, loc.Begin.Line, loc.Begin.Column)
}

// inImport matches the error of a file that was imported and is not well-formed: file:line:column-column message, or with
// several lines file:(line:column)-(line:column) message.
var inImport = regexp.MustCompile(`(?s)^(.+?):\(?(\d+):(\d+)\)?(?:-\S+)? (.*)$`)

func (f *Failure) importedMalformed(m machine, message string) {
	found := inImport.FindStringSubmatch(message)
	if found == nil || m.importer.seen[found[1]].contents == nil {
		return
	}
	line, _ := strconv.Atoi(found[2])
	column, _ := strconv.Atoi(found[3])
	f.Related = []Related{{Place: f.Place, Message: "it is imported here"}}
	f.Kind, f.Message, f.Place = Syntax, found[4], m.place(found[1], line, column)
}

// stack fills in the places of a runtime error. The frames come from the outermost to the innermost. Where the error arose in an
// imported file, that is a related place.
func (f *Failure) stack(m machine, frames []jsonnet.TraceFrame) {
	for i := len(frames) - 1; i >= 0; i-- {
		loc := frames[i].Loc
		if loc.Begin.Line == 0 {
			continue
		}
		if loc.FileName == m.file.Name {
			f.Place = m.place(loc.FileName, loc.Begin.Line, loc.Begin.Column)
			return
		}
		if _, ok := m.importer.seen[loc.FileName]; ok && len(f.Related) == 0 {
			f.Related = []Related{{Place: m.place(loc.FileName, loc.Begin.Line, loc.Begin.Column), Message: "it arises here"}}
		}
	}
}

func sentence(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return strings.TrimSuffix(line, ".")
}
