// Build builds the programs that the tests need, so that a test's time is a test's time: `go run ./build` in the module's directory.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/meshtopo/meshtopo/e2e/istio/parts"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if _, err := parts.Build(ctx, ".", os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
