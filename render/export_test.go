package render

// Whole gives options with which kustomize is asked about whole targets, never about parts of them.
func (o Options) Whole() Options {
	o.whole = true
	return o
}

// AskedInPart gives the number of targets of which kustomize was asked about some objects or none.
func (r *Rendering) AskedInPart() int { return len(r.edits) }
