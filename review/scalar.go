package review

import (
	"encoding/json"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/meshtopo/meshtopo/shape"
)

// sameScalar says whether two values that are spelled differently mean the same where the walk is.
func (w *differ) sameScalar(old, new any) bool {
	a, aNumber := old.(json.Number)
	b, bNumber := new.(json.Number)
	if aNumber && bNumber && sameNumber(a.String(), b.String()) {
		return true
	}
	s, isText := old.(string)
	t, alsoText := new.(string)
	if aNumber {
		s, isText = a.String(), true
	}
	if bNumber {
		t, alsoText = b.String(), true
	}
	if !isText || !alsoText {
		return false
	}
	if isQuantity(w.kind, w.keyPath()) {
		return sameQuantity(s, t)
	}
	return !aNumber && !bNumber && w.shape.isDuration(w.kind, w.keys) && sameDuration(s, t)
}

// sameNumber compares numbers of JSON exactly: 1 and 1.0 are the same, 12345678901234567890 and 12345678901234567891 are not.
func sameNumber(a, b string) bool {
	x, okX := decimal(a)
	y, okY := decimal(b)
	return okX && okY && x == y
}

// number is digits times ten to the power of exponent; digits begin and end with none of 0.
type number struct {
	negative bool
	digits   string
	exponent int
}

func decimal(s string) (number, bool) {
	var n number
	s, n.negative = strings.CutPrefix(s, "-")
	if at := strings.IndexAny(s, "eE"); at >= 0 {
		e, err := strconv.Atoi(s[at+1:])
		if err != nil || e > 1_000_000 || e < -1_000_000 {
			return n, false
		}
		n.exponent, s = e, s[:at]
	}
	whole, fraction, _ := strings.Cut(s, ".")
	n.exponent -= len(fraction)
	n.digits = strings.TrimLeft(whole+fraction, "0")
	trimmed := strings.TrimRight(n.digits, "0")
	n.exponent += len(n.digits) - len(trimmed)
	n.digits = trimmed
	if n.digits == "" {
		n.negative, n.exponent = false, 0
	}
	return n, true
}

// quantityPlaces are where Kubernetes reads a resource.Quantity, beside those of our own kinds: Kubernetes API reference, and Istio's
// resource annotations.
const quantityPlaces = "*.resources.limits.* *.resources.requests.* *.overhead.* *.capacity.* *.hard.* *.sizeLimit *.divisor " +
	"spec.limits.max.* spec.limits.min.* spec.limits.default.* spec.limits.defaultRequest.* " +
	"spec.metrics.*.target.value spec.metrics.*.target.averageValue " +
	"*.annotations.sidecar.istio.io/proxyCPU *.annotations.sidecar.istio.io/proxyCPULimit " +
	"*.annotations.sidecar.istio.io/proxyMemory *.annotations.sidecar.istio.io/proxyMemoryLimit"

func isQuantity(kind, path string) bool { return kind != "/File" && matchAny(quantityPlaces, path) }

// sameQuantity compares quantities of Kubernetes: 1000m is 1, 1Gi is 1024Mi.
func sameQuantity(a, b string) bool {
	x, okX := quantity(a)
	y, okY := quantity(b)
	return okX && okY && x.Cmp(y) == 0
}

// quantity reads a resource.Quantity: a decimal number, and then a binary suffix, a decimal one or an exponent
// (k8s.io/apimachinery, pkg/api/resource: Quantity).
func quantity(s string) (*big.Rat, bool) {
	end := strings.LastIndexAny(s, ".0123456789") + 1
	if at := strings.IndexAny(s, "eE"); at > 0 && at < len(s)-1 && strings.Trim(s[at+1:], "+-0123456789") == "" {
		end = at
	}
	digits, suffix := s[:end], s[end:]
	if len(digits) > 100 || strings.Trim(strings.TrimLeft(digits, "+-"), ".0123456789") != "" || strings.Trim(digits, "+-.") == "" {
		return nil, false
	}
	value, ok := new(big.Rat).SetString(strings.TrimSuffix(digits, "."))
	factor, known := suffixFactor(suffix)
	if !ok || !known {
		return nil, false
	}
	return value.Mul(value, factor), true
}

// suffixFactor gives what a suffix multiplies by.
func suffixFactor(suffix string) (*big.Rat, bool) {
	const binary, decimals = "KMGTPE", "numkMGTPE"
	power := func(base, exponent int64) *big.Rat {
		n := new(big.Int).Exp(big.NewInt(base), big.NewInt(max(exponent, -exponent)), nil)
		if exponent < 0 {
			return new(big.Rat).SetFrac(big.NewInt(1), n)
		}
		return new(big.Rat).SetInt(n)
	}
	if suffix == "" {
		return power(10, 0), true
	}
	if len(suffix) == 2 && suffix[1] == 'i' && strings.IndexByte(binary, suffix[0]) >= 0 {
		return power(2, 10*int64(1+strings.IndexByte(binary, suffix[0]))), true
	}
	if len(suffix) == 1 && strings.Contains(decimals, suffix) {
		at := int64(strings.Index(decimals, suffix)) // n is -9, u -6, m -3, k 3
		if at >= 3 {
			at++
		}
		return power(10, 3*(at-3)), true
	}
	if suffix[0] == 'e' || suffix[0] == 'E' {
		if e, err := strconv.ParseInt(suffix[1:], 10, 16); err == nil && e <= 100 && e >= -100 {
			return power(10, e), true
		}
	}
	return nil, false
}

// durations knows which fields hold durations.
type durations struct{ message shape.Message }

func durationsOf(apiVersion, kind string) durations {
	message, _ := shape.ForKind(apiVersion, kind)
	return durations{message}
}

// durationPlaces are those that istio.io/api does not describe: Gateway API (GEP-2257) and Flux (metav1.Duration).
var durationPlaces = [...]struct{ kinds, paths string }{
	{"gateway.networking.k8s.io/*", "spec.rules.timeouts.request spec.rules.timeouts.backendRequest"},
	{"*.toolkit.fluxcd.io/*", "spec.interval spec.timeout spec.retryInterval"},
}

func (d durations) isDuration(kind string, keys []string) bool {
	if d.message != "" && len(keys) > 1 && keys[0] == "spec" && d.message.IsDuration(keys[1:]...) {
		return true
	}
	path := strings.Join(keys, ".")
	for _, p := range durationPlaces {
		if matchAny(p.kinds, kind) && matchAny(p.paths, path) {
			return true
		}
	}
	return false
}

// sameDuration compares durations in Go's syntax: 1m is 60s.
func sameDuration(a, b string) bool {
	x, errX := time.ParseDuration(a)
	y, errY := time.ParseDuration(b)
	return errX == nil && errY == nil && x == y
}
