package limit

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// Every field has a row of its own, and every name is read back into its field.
func TestRows(t *testing.T) {
	l := Default()
	if fields := reflect.TypeFor[Limits]().NumField(); len(l.rows()) != fields {
		t.Fatalf("%d rows for %d fields", len(l.rows()), fields)
	}
	seen := map[*int64]bool{}
	for _, r := range l.rows() {
		if seen[r.value] {
			t.Errorf("%s has the field of another row", r.name)
		}
		seen[r.value] = true
		if *r.value <= 0 || *r.value > r.most {
			t.Errorf("%s: the default is %d of at most %d", r.name, *r.value, r.most)
		}
		if !strings.HasSuffix(r.about, ".") {
			t.Errorf("%s: %q is no sentence", r.name, r.about)
		}
	}
}

// What List writes, Set reads, and it changes nothing else.
func TestRoundTrip(t *testing.T) {
	for _, want := range []Limits{Default(), Untrusted(), odd()} {
		var got Limits
		for _, e := range want.List() {
			if err := got.Set(e.Name + "=" + e.Value); err != nil {
				t.Error(err)
			}
		}
		if got != want {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	}
}

// odd has another value in every field, and none that has a short form.
func odd() Limits {
	var l Limits
	for i, r := range l.rows() {
		*r.value = int64(i + 1)
	}
	return l
}

// Untrusted is nowhere looser than Default.
func TestUntrusted(t *testing.T) {
	loose, strict := Default(), Untrusted()
	for i, r := range strict.rows() {
		if *r.value > *loose.rows()[i].value {
			t.Errorf("%s is looser", r.name)
		}
	}
	if strict == loose {
		t.Error("it is not stricter")
	}
}

func TestSet(t *testing.T) {
	l := Default()
	for _, assignment := range []string{"keys=5000", "memory=1GiB", "cpu-time=1m30s", "input-size=100", "stack=3KiB"} {
		if err := l.Set(assignment); err != nil {
			t.Error(err)
		}
	}
	want := Default()
	want.Keys, want.Memory, want.CPUTime, want.InputSize, want.Stack = 5000, 1<<30, 90*time.Second, 100, 3<<10
	if l != want {
		t.Errorf("got  %+v\nwant %+v", l, want)
	}
	for assignment, message := range map[string]string{
		"keys":                       `limit "keys": want NAME=VALUE`,
		"":                           `limit "": want NAME=VALUE`,
		"key=1":                      `there is no limit "key"; the names are input-size, depth, keys`,
		"keys=":                      `limit keys: "" is not a whole number such as 5000`,
		"keys=0":                     `limit keys: "0" is not a whole number`,
		"keys=-1":                    `limit keys: "-1" is not a whole number`,
		"keys=1MiB":                  `limit keys: "1MiB" is not a whole number`,
		"keys=1e3":                   `limit keys: "1e3" is not a whole number`,
		"depth=1001":                 `limit depth: "1001" is more than 1000`,
		"memory=8589934592GiB":       `limit memory: "8589934592GiB" is not a size such as 16MiB`,
		"memory=1.5GiB":              `is not a size`,
		"cpu-time=10":                `limit cpu-time: "10" is not a time such as 30s`,
		"cpu-time=-1s":               `is not a time`,
		"wall-time=25h":              `limit wall-time: "25h" is more than 24h0m0s`,
		"output=9223372036854775807": `is more than 4GiB`,
	} {
		before := l
		if err := l.Set(assignment); err == nil || !strings.Contains(err.Error(), message) || l != before {
			t.Errorf("%q: %v, want %q", assignment, err, message)
		}
	}
}

func TestOrDefault(t *testing.T) {
	if (Limits{}).OrDefault() != Default() || Untrusted().OrDefault() != Untrusted() {
		t.Error("only the zero value stands for the defaults")
	}
	if names := Names(); !slices.Contains(names, OverlayTime) || len(names) != len(slices.Compact(slices.Sorted(slices.Values(names)))) {
		t.Errorf("names %v", names)
	}
}
