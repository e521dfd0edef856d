package simulate

import (
	"encoding/json"
	"math"
	"time"
)

// at follows keys into nested mappings; nil when the way ends.
func at(v any, keys ...string) any {
	for _, k := range keys {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[k]
	}
	return v
}

func text(v any, keys ...string) string {
	s, _ := at(v, keys...).(string)
	return s
}

func list(v any, keys ...string) []any {
	l, _ := at(v, keys...).([]any)
	return l
}

// number reads a number, of whatever type a reader made it; ok is false for what is none.
func number(v any, keys ...string) (n float64, ok bool) {
	switch x := at(v, keys...).(type) {
	case int:
		n = float64(x)
	case int64:
		n = float64(x)
	case uint64:
		n = float64(x)
	case float64:
		n = x
	case json.Number:
		f, err := x.Float64()
		if err != nil {
			return 0, false
		}
		n = f
	default:
		return 0, false
	}
	return n, !math.IsNaN(n) && !math.IsInf(n, 0)
}

// whole reads a number that counts something, or gives a default.
func whole(v any, otherwise int, keys ...string) int {
	n, ok := number(v, keys...)
	if !ok || math.Abs(n) > math.MaxInt32 {
		return otherwise
	}
	return int(n)
}

// labels reads a mapping of strings.
func labels(v any, keys ...string) map[string]string {
	m, _ := at(v, keys...).(map[string]any)
	set := make(map[string]string, len(m))
	for k, value := range m {
		if s, ok := value.(string); ok {
			set[k] = s
		}
	}
	return set
}

// subset says whether every label of one set is in the other.
func subset(of, labels map[string]string) bool {
	for k, v := range of {
		if got, ok := labels[k]; !ok || got != v {
			return false
		}
	}
	return true
}

// duration reads a duration as Istio's APIs write it, or gives a default.
func duration(v any, otherwise time.Duration, keys ...string) time.Duration {
	d, err := time.ParseDuration(text(v, keys...))
	if err != nil {
		return otherwise
	}
	return d
}
