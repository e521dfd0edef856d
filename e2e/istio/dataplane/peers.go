package dataplane

import (
	"context"
	"fmt"
	"net"
	"sync"

	"google.golang.org/grpc/stats"
)

// peers follows which addresses a client is connected to. It is a stats.Handler.
type peers struct {
	mu      sync.Mutex
	count   map[string]int // of connections, by address without port
	changed chan struct{}  // closed, and made anew, when count changes
}

func newPeers() *peers { return &peers{count: map[string]int{}, changed: make(chan struct{})} }

type peerKey struct{}

func (p *peers) TagConn(ctx context.Context, info *stats.ConnTagInfo) context.Context {
	host, _, err := net.SplitHostPort(info.RemoteAddr.String())
	if err != nil {
		host = info.RemoteAddr.String()
	}
	return context.WithValue(ctx, peerKey{}, host)
}

func (p *peers) HandleConn(ctx context.Context, s stats.ConnStats) {
	host, _ := ctx.Value(peerKey{}).(string)
	p.mu.Lock()
	defer p.mu.Unlock()
	switch s.(type) {
	case *stats.ConnBegin:
		p.count[host]++
	case *stats.ConnEnd:
		p.count[host]--
	}
	close(p.changed)
	p.changed = make(chan struct{})
}

func (*peers) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }
func (*peers) HandleRPC(context.Context, stats.RPCStats)                       {}

// Left waits until the client is connected to none of some addresses: it knows that they are gone.
func (c *Client) Left(ctx context.Context, addresses []string) error {
	for {
		connected, changed := c.peers.among(addresses)
		if len(connected) == 0 {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("still connected to %q: %w", connected, ctx.Err())
		}
	}
}

// among gives the addresses of a list that are connected to, and what is closed when that changes.
func (p *peers) among(addresses []string) (connected []string, changed <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range addresses {
		if p.count[a] > 0 {
			connected = append(connected, a)
		}
	}
	return connected, p.changed
}
