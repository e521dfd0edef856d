package limit

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// unit is how the value of a limit is written.
type unit int

const (
	count unit = iota
	bytes
	duration
)

// form says what a unit takes.
func (u unit) form() string {
	return [...]string{"a whole number such as 5000", "a size such as 16MiB", "a time such as 30s"}[u]
}

var sizes = []struct {
	suffix string
	bytes  int64
}{{"GiB", gib}, {"MiB", mib}, {"KiB", kib}}

// parse reads a value, which is positive.
func (u unit) parse(s string) (int64, bool) {
	if u == duration {
		d, err := time.ParseDuration(s)
		return int64(d), err == nil && d > 0
	}
	factor := int64(1)
	for _, size := range sizes {
		if number, ok := strings.CutSuffix(s, size.suffix); ok && u == bytes {
			s, factor = number, size.bytes
			break
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n * factor, err == nil && n > 0 && n <= math.MaxInt64/factor
}

// format writes a value so that parse reads it.
func (u unit) format(n int64) string {
	switch u {
	case duration:
		return time.Duration(n).String()
	case bytes:
		for _, size := range sizes {
			if n%size.bytes == 0 {
				return strconv.FormatInt(n/size.bytes, 10) + size.suffix
			}
		}
	}
	return strconv.FormatInt(n, 10)
}

// Set changes a limit as an assignment NAME=VALUE says.
func (l *Limits) Set(assignment string) error {
	name, value, ok := strings.Cut(assignment, "=")
	if !ok {
		return fmt.Errorf("limit %q: want NAME=VALUE; the names are %s", assignment, strings.Join(Names(), ", "))
	}
	for _, r := range l.rows() {
		if r.name != name {
			continue
		}
		n, ok := r.unit.parse(value)
		if !ok {
			return fmt.Errorf("limit %s: %q is not %s", name, value, r.unit.form())
		}
		if n > r.most {
			return fmt.Errorf("limit %s: %q is more than %s, the most that it can be", name, value, r.unit.format(r.most))
		}
		*r.value = n
		return nil
	}
	return fmt.Errorf("there is no limit %q; the names are %s", name, strings.Join(Names(), ", "))
}

// Names are the names of all limits.
func Names() []string {
	var names []string
	for _, r := range new(Limits).rows() {
		names = append(names, r.name)
	}
	return names
}
