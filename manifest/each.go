package manifest

import (
	"fmt"
	"iter"
	"sync"
)

// eachTarget calls do for each target, after looking it over, for as many side by side as side says. It gives the names of all, and the results in the order of the targets. The first
// target in that order that fails gives the error; those under way are finished, and no other is begun.
func eachTarget[R any](targets iter.Seq2[Target, error], side int, do func(Target) (R, error)) (map[string]bool, []R, error) {
	p := pool[R]{free: make(chan struct{}, side), do: do}
	rendered := make(map[string]bool)
	var failed error
	for target, err := range targets {
		if failed = lookOver(target, err, rendered); failed != nil {
			break
		}
		rendered[target.Name] = true
		if !p.start(target) {
			break
		}
	}
	results, err := p.finish()
	if err != nil {
		return rendered, results, err
	}
	return rendered, results, failed
}

// someTarget refuses a render without targets. A part may have none.
func someTarget(rendered map[string]bool, mine func(string) bool) error {
	if len(rendered) == 0 && mine == nil {
		return fmt.Errorf("no target: %w", ErrEmpty)
	}
	return nil
}

func lookOver(target Target, err error, rendered map[string]bool) error {
	if err == nil {
		err = target.validate()
	}
	if err == nil && rendered[target.Name] {
		err = fmt.Errorf("target %q was rendered twice", target.Name)
	}
	return err
}

// pool works on targets, as many at a time as free holds.
type pool[R any] struct {
	do      func(Target) (R, error)
	free    chan struct{}
	working sync.WaitGroup

	mu      sync.Mutex
	results []R
	errs    []error
	failed  bool
}

// start begins with a target as soon as there is room for it; false when another has failed. Without company it is done here.
func (p *pool[R]) start(target Target) bool {
	p.free <- struct{}{}
	p.mu.Lock()
	i, failed := len(p.results), p.failed
	if !failed {
		var none R
		p.results, p.errs = append(p.results, none), append(p.errs, nil)
	}
	p.mu.Unlock()
	switch {
	case failed:
		<-p.free
	case cap(p.free) == 1:
		p.work(i, target)
	default:
		p.working.Go(func() { p.work(i, target) })
	}
	return !failed
}

func (p *pool[R]) work(i int, target Target) {
	result, err := p.do(target)
	p.mu.Lock()
	p.results[i], p.errs[i] = result, err
	p.failed = p.failed || err != nil
	p.mu.Unlock()
	<-p.free
}

// finish waits for all, and gives the first error in the order of the targets.
func (p *pool[R]) finish() ([]R, error) {
	p.working.Wait()
	for _, err := range p.errs {
		if err != nil {
			return p.results, err
		}
	}
	return p.results, nil
}
