package manifest

import (
	"context"
	"errors"
	"os"
	"runtime"
	"testing"
)

// again opens the directory of a root once more: locks are of what was opened, so this is as another process is.
func again(t *testing.T, dir string) *os.Root {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root
}

func TestLock(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no lock on directories here")
	}
	for _, test := range []struct {
		name          string
		first, second bool // shared
		waits         bool
	}{
		{"two writers", false, false, true},
		{"a check during a write", false, true, true},
		{"a write during a check", true, false, true},
		{"two shards, or checks", true, true, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			root, dir := openRoot(t)
			release, err := Lock(t.Context(), root, test.first, func() { t.Error("the first waits") })
			if err != nil {
				t.Fatal(err)
			}
			gaveUp := errors.New("gave up")
			ctx, cancel := context.WithCancelCause(t.Context())
			waited := 0
			second, err := Lock(ctx, again(t, dir), test.second, func() { waited++; cancel(gaveUp) })
			if test.waits != (waited == 1) || test.waits != errors.Is(err, gaveUp) {
				t.Fatalf("waited %d times, %v", waited, err)
			}
			if err == nil {
				second()
			}
			release()
			third, err := Lock(t.Context(), again(t, dir), false, func() { t.Error("the third waits") })
			if err != nil {
				t.Fatal(err)
			}
			third()
		})
	}
}

// A writer that waits goes on as soon as the other one has ended.
func TestLockIsHandedOn(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no lock on directories here")
	}
	root, dir := openRoot(t)
	release, err := Lock(t.Context(), root, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	second, err := Lock(t.Context(), again(t, dir), false, release)
	if err != nil {
		t.Fatal(err)
	}
	second()
}
