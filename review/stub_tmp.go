package review

import "io"

func ReadIgnore(name string, data []byte, today string) (*Ignore, error) { return nil, nil }

type MarkdownOptions struct {
	Limit  int
	Marker string
}

func Markdown(w io.Writer, r *Report, o MarkdownOptions) error { return nil }
func HTML(w io.Writer, r *Report) error                        { return nil }
