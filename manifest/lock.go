package manifest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// lockPoll is how long a writer or reader that has to wait sleeps between two looks.
const lockPoll = 20 * time.Millisecond

// Lock keeps root to this process, or with shared to those that asked for it shared, until release is called or the process ends, however it ends. While others have
// it, Lock waits until ctx ends, whose cause is then the error; waiting, which may be nil, is called once before that.
//
// It is flock(2) on the directory itself, so nothing is written and nothing can be left over. Where the operating or the file system has no such locks it does
// nothing: see the package comment for what two writers at once then do.
func Lock(ctx context.Context, root *os.Root, shared bool, waiting func()) (release func(), err error) {
	dir, err := root.Open(".")
	if err != nil {
		return nil, failed("open", ".", err)
	}
	err = awaitLock(ctx, func() (bool, error) { return tryLock(dir, shared) }, waiting)
	if err != nil {
		_ = dir.Close() // a directory handle; nothing is lost
		return nil, fmt.Errorf("lock the output directory: %w", err)
	}
	return func() { _ = dir.Close() }, nil
}

func awaitLock(ctx context.Context, try func() (bool, error), waiting func()) error {
	for told := false; ; told = true {
		locked, err := try()
		if locked || err != nil {
			return err
		}
		if !told && waiting != nil {
			waiting()
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(lockPoll):
		}
	}
}

// ErrBusy is for contexts that end a wait for a lock.
var ErrBusy = errors.New("another meshtopo is at work in it")
