//go:build race

package document

import "time"

// slow is what no document may take with the race detector on.
const slow = 10 * time.Second
