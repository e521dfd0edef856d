//go:build !unix

package main

import "os"

// columns is how wide a terminal is, in characters; it is not asked for here.
func columns(*os.File) int { return 0 }
