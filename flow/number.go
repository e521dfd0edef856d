package flow

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Round takes the noise of arithmetic from a number, such as the last digit of 0.30000000000000004: nine decimals stay, and of these
// nine digits.
func Round(f float64) float64 {
	const decimals, digits = 1e9, 9
	if f == 0 || f == 1 { // most are
		return f + 0 // no -0
	}
	if math.Abs(f) < math.MaxInt64/decimals {
		f = math.RoundToEven(f*decimals) / decimals
	}
	short, err := strconv.ParseFloat(strconv.FormatFloat(f, 'e', digits-1, 64), 64)
	if err != nil {
		return f // infinite, or no number
	}
	return short + 0 // nor is what rounds to it
}

// Percent prints a fraction as per cent, with a decimal at most. What is less than all is never printed as 100 %, and what is more
// than nothing never as 0 %.
func Percent(fraction float64) string {
	p := Round(fraction) * 100
	switch s := trimmed(p, 1); {
	case s == "0" && p > 0:
		return "<0.1 %"
	case s == "100" && p < 100-1e-7:
		return ">99.9 %"
	case s == "100" && p > 100+1e-7:
		return ">100 %"
	default:
		return s + " %"
	}
}

// rate prints requests per second.
func rate(rps float64) string {
	rps = Round(rps)
	switch {
	case rps > 0 && rps < 0.01:
		return "<0.01"
	case rps < 10:
		return trimmed(rps, 2)
	}
	return trimmed(rps, 1)
}

// seconds prints a time as people say it.
func seconds(s float64) string {
	s = Round(s)
	switch whole := math.Round(s); {
	case s > 0 && s < 0.01:
		return "<0.01 s"
	case s < 10:
		return trimmed(s, 2) + " s"
	case whole < 120:
		return trimmed(s, 1) + " s"
	case whole < 2*3600:
		return fmt.Sprintf("%.0f min %.0f s", math.Floor(whole/60), math.Mod(whole, 60))
	default:
		return trimmed(s/3600, 1) + " h"
	}
}

// trimmed prints a number with so many decimals at most.
func trimmed(f float64, decimals int) string {
	s := strconv.FormatFloat(f, 'f', decimals, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// counted is a number of things: 1 endpoint, 2 endpoints.
func counted(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return strconv.Itoa(n) + " " + word + "s"
}

// some joins names; of many it says the first and how many more there are.
func some(names []string, most int) string {
	if more := len(names) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), more)
	}
	return strings.Join(names, ", ")
}
