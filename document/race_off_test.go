//go:build !race

package document

import "time"

// slow is what no document may take. Each takes a tenth of it on a slow machine.
const slow = 500 * time.Millisecond
