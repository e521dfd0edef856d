//go:build !linux || !(amd64 || arm64)

package main

func unsealable() {} // no child can be sealed here
