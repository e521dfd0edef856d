package probe

import (
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// Bounds of what is read of one answer, in bytes.
const (
	MaxBody    = 1 << 20
	maxHeaders = 256 << 10
)

// Options say what is sent.
type Options struct {
	URL         *url.URL
	Host        string      // asked for instead of the URL's; "" for that
	Header      http.Header // of every request
	Requests    int         // at least 1
	Concurrency int         // requests that are under way at once, at least 1
	Timeout     time.Duration
	Progress    func(done, total int) // called after each request, one call at a time; nil: not
}

// Send sends GET requests and counts what comes back. It ends early when the context does; requests that are then under way are
// not counted.
func Send(ctx context.Context, signs *Signs, o Options) *Tally {
	client := newClient(o)
	defer client.CloseIdleConnections()
	tally := newTally(signs)
	var wait sync.WaitGroup
	var taken atomic.Int64
	for range min(o.Concurrency, o.Requests) {
		wait.Go(func() {
			for taken.Add(1) <= int64(o.Requests) && ctx.Err() == nil {
				a := o.ask(ctx, client)
				if ctx.Err() != nil && a.Err != nil {
					return
				}
				tally.add(a, signs.Read(a), o)
			}
		})
	}
	wait.Wait()
	return tally
}

// newClient makes a client that opens a connection for each request, since load balancers in front of a gateway choose once a
// connection; that goes to the URL's host and nowhere else: no proxy, no redirect; and that reads no more than it must.
func newClient(o Options) *http.Client {
	t := &http.Transport{
		DisableKeepAlives:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxHeaders,
	}
	if name := (&url.URL{Host: o.Host}).Hostname(); name != "" {
		t.TLSClientConfig = &tls.Config{ServerName: name, MinVersion: tls.VersionTLS12}
	}
	return &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// ask sends one request and reads its answer.
func (o *Options) ask(ctx context.Context, client *http.Client) *Answer {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, o.URL.String(), nil)
	if err != nil {
		return &Answer{Err: err}
	}
	request.Header = o.Header.Clone()
	request.Host = o.Host
	response, err := client.Do(request)
	if err != nil {
		return &Answer{Err: err}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, MaxBody))
	return &Answer{Status: response.StatusCode, Header: response.Header, Body: body, Err: err}
}
