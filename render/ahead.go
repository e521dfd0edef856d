package render

import (
	"iter"
	"runtime"
)

// ahead calls do for the elements of a list, some of them side by side, and yields the results in the order of the list. Few are done before they
// are asked for, so that the memory does not grow with the list. It ends with the first error.
func ahead[T, R any](list []T, do func(T) (R, error)) iter.Seq2[R, error] {
	type result struct {
		value R
		err   error
	}
	return func(yield func(R, error) bool) {
		queue := make(chan chan result, runtime.GOMAXPROCS(0)-1)
		stop := make(chan struct{})
		defer close(stop)
		go func() {
			defer close(queue)
			for _, x := range list {
				place := make(chan result, 1)
				select {
				case queue <- place:
				case <-stop:
					return
				}
				go func() {
					value, err := do(x)
					place <- result{value, err}
				}()
			}
		}()
		for place := range queue {
			r := <-place
			if !yield(r.value, r.err) || r.err != nil {
				return
			}
		}
	}
}
