// The program of the test reads a URL.
package main

import (
	"net/url"
	"os"
)

func main() {
	if _, err := url.Parse(os.Args[0]); err != nil {
		os.Exit(1)
	}
}
