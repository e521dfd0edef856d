package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/diag"
)

// A bar appears when something takes long, is not drawn too often, and goes away.
func TestBar(t *testing.T) {
	var b bytes.Buffer
	now := time.Unix(0, 0)
	bar := &bar{w: &b, now: func() time.Time { return now }, started: now}
	step := func(after time.Duration, done int) string {
		now = now.Add(after)
		b.Reset()
		bar.draw(done, 60)
		return b.String()
	}
	var got []string
	got = append(got, step(499*time.Millisecond, 10))
	bar.hide() // nothing to hide yet
	got = append(got, b.String(), step(time.Millisecond, 20), step(99*time.Millisecond, 30), step(time.Millisecond, 60))
	b.Reset()
	bar.hide()
	got = append(got, b.String())
	want := []string{"", "", "\r[##########                    ] 20 of 60", "", "\r[##############################] 60 of 60", "\r\x1b[K"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Nobody looks at a buffer.
func TestNoBar(t *testing.T) {
	a := &app{err: &bytes.Buffer{}, out: &bytes.Buffer{}}
	if draw, hide := a.progress(false); draw != nil || hide == nil {
		t.Error("a bar without a terminal")
	}
}

// A path by names leads as far as it can.
func TestIndexed(t *testing.T) {
	document := map[string]any{"spec": map[string]any{
		"services": []any{map[string]any{"name": "a"}, map[string]any{"name": "b", "http": []any{1, 2}, "x.y": map[string]any{}}},
		"traffic":  map[string]any{"distribute": []any{map[string]any{"from": "cn-hangzhou/*"}}},
		"words":    []any{"a"},
	}}
	for named, want := range map[diag.Path]diag.Path{
		"spec.services[name=b].trafficPolicy.outlierDetection": "spec.services[1].trafficPolicy.outlierDetection",
		"spec.services[name=b].http[1]":                        "spec.services[1].http[1]",
		`spec.services[name="b"]["x.y"].z`:                     `spec.services[1]["x.y"].z`,
		`spec.traffic.distribute[from="cn-hangzhou/*"]`:        "spec.traffic.distribute[0]",
		"spec.services[name=c].http":                           "spec.services",
		"spec.services[7]":                                     "spec.services",
		"spec.words[name=a]":                                   "spec.words",
		"spec.mesh.name":                                       "spec.mesh.name",
		"":                                                     "",
	} {
		if got := indexed(document, named); got != want {
			t.Errorf("%s: %s, want %s", named, got, want)
		}
	}
	if got := indexed(nil, "spec.services[name=b]"); got != "spec.services[\"name=b\"]" {
		t.Errorf("without a document: %s", got)
	}
}
