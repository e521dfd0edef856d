package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
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
