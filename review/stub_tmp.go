package review

import (
	"encoding/json"
	"fmt"
	"io"
)

func (r *Report) Judge() { r.Verdict = "stub" }

type TextOptions struct {
	Color bool
	Width int
}
type MarkdownOptions struct {
	Limit  int
	Marker string
}

func JSON(w io.Writer, r *Report) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(r)
}
func Text(w io.Writer, r *Report, o TextOptions) error {
	for _, f := range r.Traffic {
		fmt.Fprintf(w, "%s lost %v: %s %v\n", f.Risk, f.Lost, f.Says, f.Alike)
		if f.Cause != nil {
			fmt.Fprintf(w, "   cause %+v\n", *f.Cause)
		}
	}
	for _, f := range r.Utilization {
		fmt.Fprintf(w, "%+v\n", f)
	}
	for _, f := range r.Expectations {
		fmt.Fprintf(w, "%+v\n", f)
	}
	fmt.Fprintln(w, r.NoTraffic, r.Notes, len(r.Losses))
	return nil
}
func Markdown(w io.Writer, r *Report, o MarkdownOptions) error { return nil }
func HTML(w io.Writer, r *Report) error                        { return nil }
