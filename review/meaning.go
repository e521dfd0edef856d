package review

import (
	"math/big"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/meshtopo/meshtopo/diag"
)

// same compares two scalars as who reads the field does.
func (w *walk) same(at diag.Path, old, now any) bool {
	if isScalar(old) && isScalar(now) && old == now {
		return true
	}
	if x, ok := number(old); ok {
		if y, ok := number(now); ok {
			return x.Cmp(y) == 0
		}
	}
	switch {
	case isQuantity(at):
		x, okOld := quantity(old)
		y, okNew := quantity(now)
		return okOld && okNew && x.Cmp(y) == 0
	case w.isDuration(at):
		x, okOld := duration(old)
		y, okNew := duration(now)
		return okOld && okNew && x == y
	}
	return false
}

func isScalar(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return false
	}
	return true
}

// number gives numbers, however they are written: 1 and 1.0 are the same to Kubernetes.
func number(v any) (*big.Rat, bool) {
	switch n := v.(type) {
	case int64:
		return new(big.Rat).SetInt64(n), true
	case uint64:
		return new(big.Rat).SetInt(new(big.Int).SetUint64(n)), true
	case float64:
		r := new(big.Rat).SetFloat64(n)
		return r, r != nil
	}
	return nil, false
}

// isQuantity says whether a field is a Kubernetes quantity: what containers ask for, sizes of volumes.
func isQuantity(at diag.Path) bool {
	steps := at.Steps()
	last := at.Last()
	if last == "sizeLimit" || last == "divisor" {
		return true
	}
	return len(steps) >= 3 && slices.Contains([]string{"limits", "requests", "capacity"}, steps[len(steps)-2].Key)
}

// quantityText is a quantity of the Kubernetes API: a decimal number with an exponent or a suffix.
var quantityText = regexp.MustCompile(`^([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))(?:([eE][+-]?[0-9]{1,3})|([numkMGTPE]|[KMGTPE]i)?)$`)

var suffixes = map[string]*big.Rat{
	"": big.NewRat(1, 1), "n": big.NewRat(1, 1e9), "u": big.NewRat(1, 1e6), "m": big.NewRat(1, 1e3),
	"k": big.NewRat(1e3, 1), "M": big.NewRat(1e6, 1), "G": big.NewRat(1e9, 1), "T": big.NewRat(1e12, 1), "P": big.NewRat(1e15, 1), "E": big.NewRat(1e18, 1),
	"Ki": big.NewRat(1<<10, 1), "Mi": big.NewRat(1<<20, 1), "Gi": big.NewRat(1<<30, 1), "Ti": big.NewRat(1<<40, 1), "Pi": big.NewRat(1<<50, 1), "Ei": big.NewRat(1<<60, 1),
}

// quantity reads a quantity; one that nobody writes, with hundreds of digits, is none.
func quantity(v any) (*big.Rat, bool) {
	if r, ok := number(v); ok {
		return r, true
	}
	text, ok := v.(string)
	if !ok || len(text) > 64 {
		return nil, false
	}
	m := quantityText.FindStringSubmatch(text)
	if m == nil {
		return nil, false
	}
	r, ok := new(big.Rat).SetString(m[1] + m[2])
	if !ok {
		return nil, false
	}
	return r.Mul(r, suffixes[m[3]]), true
}

// durations are the fields of Istio's networking API that are durations.
var durations = []string{"timeout", "perTryTimeout", "interval", "baseEjectionTime", "connectTimeout", "idleTimeout", "maxConnectionDuration",
	"fixedDelay", "exponentialDelay", "maxAge", "ttl", "warmupDurationSecs", "duration", "time", "tcpTimeout", "backoff"}

// isDuration says whether a field is a duration. A string such as 1m in an annotation is none.
func (w *walk) isDuration(at diag.Path) bool {
	return w.group == "networking.istio.io" && strings.HasPrefix(string(at), "spec.") && slices.Contains(durations, at.Last())
}

func duration(v any) (time.Duration, bool) {
	text, ok := v.(string)
	if !ok {
		return 0, false
	}
	d, err := time.ParseDuration(text)
	return d, err == nil
}
