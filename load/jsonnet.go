package load

import (
	"fmt"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/jsonnet"
	"github.com/meshtopo/meshtopo/sandbox"
)

// evaluateJsonnet evaluates a Jsonnet file. Imports are relative to the file that names them and stay below the root.
func evaluateJsonnet(e evaluation) (program, error) {
	root, err := e.openRoot()
	if err != nil {
		return program{}, fmt.Errorf("opening the root: %w", err)
	}
	defer root.Close()
	if err := sandbox.SealFiles(); err != nil {
		return program{}, err
	}
	value, literals, failure := jsonnet.File{Root: root, Name: e.File, Text: e.Text}.Evaluate()
	if failure != nil {
		return program{Findings: []diag.Finding{fromJsonnet(failure)}}, nil
	}
	p := program{Value: value, Exact: true, Places: map[diag.Path]diag.Place{}, Keys: map[diag.Path]diag.Place{}}
	for _, l := range literals {
		places := p.Places
		if l.Key {
			places = p.Keys
		}
		places[diag.PathOf(l.Path)] = diag.Place(l.Place)
	}
	return p, nil
}

// fromJsonnet is the finding of a program that gave no value.
func fromJsonnet(failure *jsonnet.Failure) diag.Finding {
	place := diag.Place(failure.Place)
	var found diag.Finding
	switch failure.Kind {
	case jsonnet.Syntax:
		found = at(diag.Syntax, place, "not well-formed Jsonnet: %s", failure.Message)
	case jsonnet.Outside:
		found = at(diag.OutsideRoot, place, "import of %s, which is outside the root", failure.Message).WithFix("move the file below the root")
	default:
		found = at(diag.Evaluation, place, "the Jsonnet program failed: %s", failure.Message)
	}
	for _, r := range failure.Related {
		found.Related = append(found.Related, diag.Related{Place: diag.Place(r.Place), Message: r.Message})
	}
	return found
}
