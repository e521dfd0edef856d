//go:build !linux || !(amd64 || arm64)

package sandbox_test

import "errors"

const canSeal = false

func unsealable() {} // it is

func (s surroundings) systemAttempts() map[string]func() error { return nil }

func calls([]byte) ([]byte, error) { return nil, errors.New("not on this system") }
