package review

import (
	"io"

	"github.com/meshtopo/meshtopo/flow"
)

// JSON prints a report for programs. docs/review.md describes every field; fields are added, never changed or taken away.
func JSON(w io.Writer, r *Report) error { return flow.JSON(w, r) }
