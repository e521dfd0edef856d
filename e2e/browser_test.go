package e2e

import (
	"context"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser is a page of a file in Debian's Chromium, and what went on in it.
type browser struct {
	*testing.T
	ctx context.Context
	url string

	mu       sync.Mutex
	trouble  []string // exceptions, messages of the console, dialogs
	requests []string // of anything but the file
}

// look is how a page is shown.
type look struct {
	dark      bool
	width     int64
	noScripts bool
}

// wide is a desktop's window, and narrow a telephone's; heights do not matter.
const (
	wide   = 1280
	narrow = 375
)

// openPage opens a file in a headless browser that ends with the test. The test fails when the page asks any host for anything, or complains.
func openPage(t *testing.T, file string, l look) *browser {
	t.Helper()
	path, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{T: t, url: (&url.URL{Scheme: "file", Path: path}).String()}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath("chromium"), chromedp.NoSandbox, chromedp.Flag("force-color-profile", "srgb"), chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND"))
	ctx, cancelTime := context.WithTimeout(t.Context(), 2*time.Minute)
	ctx, cancelProcess := chromedp.NewExecAllocator(ctx, options...)
	ctx, cancel := chromedp.NewContext(ctx)
	b.ctx = ctx
	t.Cleanup(func() {
		cancel()
		cancelProcess()
		cancelTime()
	})
	if err := chromedp.Listen(ctx, b.note); err != nil {
		t.Fatal(err)
	}
	scheme := "light"
	if l.dark {
		scheme = "dark"
	}
	call(b, network.Enable, network.EnableParams{})
	call(b, log.Enable, cdp.Empty{})
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: l.noScripts})
	call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: l.width, Height: 900, DeviceScaleFactor: 1, Mobile: l.width == narrow})
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	b.do(chromedp.Navigate(b.url))
	return b
}

// call sends a command of the browser's protocol.
func call[P, R any](b *browser, command cdp.Command[P, R], parameters P) R {
	b.Helper()
	answer, err := chromedp.Call(b.ctx, command, parameters)
	if err != nil {
		b.Fatal(err)
	}
	return answer
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.Fatal(err)
	}
}

// note keeps what must not happen.
func (b *browser) note(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.trouble = append(b.trouble, "exception: "+e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		b.trouble = append(b.trouble, "console: "+string(e.Type))
	case *log.EventEntryAdded:
		b.trouble = append(b.trouble, "log: "+e.Entry.Text)
	case *page.EventJavascriptDialogOpening:
		b.trouble = append(b.trouble, "dialog: "+e.Message)
	case *network.EventRequestWillBeSent:
		if e.Request.URL != b.url {
			b.requests = append(b.requests, e.Request.URL)
		}
	}
}

// quiet wants that the page has asked for nothing and complained of nothing.
func (b *browser) quiet() {
	b.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.trouble {
		b.Errorf("the page complains: %s", s)
	}
	for _, s := range b.requests {
		b.Errorf("the page asks for %s", s)
	}
}

// ask evaluates an expression in the page.
func ask[T any](b *browser, expression string) T {
	b.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.Fatal(err)
	}
	return value
}
