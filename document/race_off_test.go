//go:build !race

package document

import "time"

// slow is what no document may take, however busy the machine is. Each takes a small part of it.
const slow = 10 * time.Second
