package probe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"syscall"
)

// Tally is how many answers there were of each class.
type Tally struct {
	mutex      sync.Mutex
	signs      *Signs
	counts     [][]int // by service, then class
	seen       int
	unanswered int
	redirects  int
	reasons    map[string]int
}

func newTally(s *Signs) *Tally {
	t := &Tally{signs: s, reasons: map[string]int{}}
	for _, of := range s.services {
		t.counts = append(t.counts, make([]int, len(of.classes)))
	}
	return t
}

// add counts an answer with its classes.
func (t *Tally) add(a *Answer, classes []int, o Options) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.seen++
	for i, c := range classes {
		t.counts[i][c]++
	}
	if a.Status == 0 {
		t.unanswered++
	}
	if a.Status >= http.StatusMultipleChoices && a.Header.Get("Location") != "" {
		t.redirects++
	}
	if a.failed() {
		t.reasons[t.known(reason(a))]++
	}
	if o.Progress != nil {
		o.Progress(t.seen, o.Requests)
	}
}

// maxReasons bounds the reasons that are told apart, since the texts of errors can be all different.
const maxReasons = 8

func (t *Tally) known(reason string) string {
	if _, known := t.reasons[reason]; known || len(t.reasons) < maxReasons {
		return reason
	}
	return "other failures"
}

// reason says in words why a request failed.
func reason(a *Answer) string {
	var late net.Error
	var wrapped *url.Error
	switch {
	case a.Err == nil:
		return fmt.Sprintf("status %d", a.Status)
	case errors.Is(a.Err, context.DeadlineExceeded), errors.As(a.Err, &late) && late.Timeout():
		return "no answer in time"
	case errors.Is(a.Err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(a.Err, syscall.ECONNRESET), errors.Is(a.Err, io.EOF), errors.Is(a.Err, io.ErrUnexpectedEOF):
		return "the connection broke off"
	case errors.As(a.Err, &wrapped):
		return wrapped.Err.Error()
	}
	return a.Err.Error()
}

// failures gives the reasons, the most frequent first.
func (t *Tally) failures() []Failure {
	list := []Failure{}
	for _, r := range slices.Sorted(maps.Keys(t.reasons)) {
		list = append(list, Failure{Reason: r, Count: t.reasons[r]})
	}
	slices.SortStableFunc(list, func(x, y Failure) int { return cmp.Compare(y.Count, x.Count) })
	return list
}
