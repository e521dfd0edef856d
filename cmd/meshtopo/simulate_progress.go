package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// bar shows how far something has come, on one line of a terminal. What is done soon shows nothing.
type bar struct {
	w       io.Writer
	now     func() time.Time
	started time.Time
	drawn   time.Time // zero: not yet
}

// barDelay is how long something must take to be worth a bar, barPause how long one drawing stays, and barWidth its characters.
const (
	barDelay = 500 * time.Millisecond
	barPause = 100 * time.Millisecond
	barWidth = 30
)

// progress gives what draws a bar on stderr and what takes it away: nothing with --quiet or where nobody looks, nor while the product
// is written to the same terminal.
func (a *app) progress(writing bool) (draw func(done, total int), hide func()) {
	if a.quiet || !terminal(a.err) || writing && terminal(a.out) {
		return nil, func() {}
	}
	b := &bar{w: a.err, now: time.Now, started: time.Now()}
	return b.draw, b.hide
}

func (b *bar) draw(done, total int) {
	now := b.now()
	if now.Sub(b.started) < barDelay || now.Sub(b.drawn) < barPause {
		return
	}
	b.drawn = now
	full := barWidth * done / max(1, total)
	fmt.Fprintf(b.w, "\r[%s%s] %d of %d", strings.Repeat("#", full), strings.Repeat(" ", barWidth-full), done, total)
}

// hide takes the bar away.
func (b *bar) hide() {
	if !b.drawn.IsZero() {
		fmt.Fprint(b.w, "\r\x1b[K")
	}
}

// terminal says whether a stream is one that people look at.
func terminal(stream any) bool {
	f, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
