package dataplane

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/xds"
	"google.golang.org/protobuf/types/known/emptypb"
)

// A Client is a gRPC client in a place that calls one service and learns from istiod where its endpoints are.
type Client struct {
	conn  *grpc.ClientConn
	peers *peers
	used  Shares // who had a share of its last calls
}

// An Answer is who answered a call; of a call that nobody answered the endpoint is empty.
type Answer struct {
	Endpoint
	Problem string // why the call failed; "" when it did not
}

// String names the answer for people.
func (a Answer) String() string {
	name := "nobody"
	if a.Name != "" {
		name = a.Name + " at " + a.Address
	}
	if a.Problem != "" {
		name += ": " + a.Problem
	}
	return name
}

// A Tally counts answers.
type Tally map[Answer]int

// Dial gives a client; it connects when it is first asked to.
func (mesh *Mesh) Dial(place Place, service string) (*Client, error) {
	bootstrap, err := json.Marshal(m{
		"xds_servers": []any{m{
			"server_uri": mesh.Istiod, "channel_creds": []any{m{"type": "insecure"}}, "server_features": []any{"xds_v3"},
		}},
		"node": node(place),
	})
	if err != nil {
		return nil, err
	}
	resolver, err := xds.NewXDSResolverWithConfigForTesting(bootstrap)
	if err != nil {
		return nil, err
	}
	c := &Client{peers: newPeers()}
	c.conn, err = grpc.NewClient(fmt.Sprintf("xds:///%s.default.svc.cluster.local:%d", service, port),
		grpc.WithResolvers(resolver), grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithStatsHandler(c.peers),
		grpc.WithConnectParams(grpc.ConnectParams{
			// Not where requests go, only how soon a server that comes back is found.
			Backoff:           backoff.Config{BaseDelay: 20 * time.Millisecond, Multiplier: 1.5, MaxDelay: 200 * time.Millisecond},
			MinConnectTimeout: 5 * time.Second,
		}))
	return c, err
}

// node gives the client as it presents itself, to istiod, in the form of the xDS bootstrap.
func node(place Place) m {
	return m{
		"id": "sidecar~127.0.0.1~" + Clients + "." + place.Zone + "~default.svc.cluster.local",
		"metadata": m{
			"GENERATOR": "grpc", "CLUSTER_ID": clusterID, "NAMESPACE": "default", "ISTIO_VERSION": "1.31.1",
			"LABELS": m{"app": Clients, "version": "v1"},
		},
		"locality": m{"region": place.Region, "zone": place.Zone},
	}
}

// Close ends the client.
func (c *Client) Close() { c.conn.Close() }

// Reach calls, one call after the other, until every one of some addresses has answered, with an error or not. It is how a client is
// known to use them all: it connects to endpoints in an order of its own.
func (c *Client) Reach(ctx context.Context, addresses []string) error {
	missing := map[string]bool{}
	for _, a := range addresses {
		missing[a] = true
	}
	seen := Tally{}
	for len(missing) > 0 {
		if ctx.Err() != nil {
			return fmt.Errorf("%q never answered: %w; answers so far: %v", slices.Sorted(maps.Keys(missing)), ctx.Err(), seen)
		}
		a, err := c.call(ctx)
		if err != nil {
			return err
		}
		seen[a]++
		delete(missing, a.Address)
	}
	return nil
}

// Call makes n calls, several at a time, and counts who answered.
func (c *Client) Call(ctx context.Context, n int) (Tally, error) {
	const parallel = 8
	tallies := make([]Tally, parallel)
	var made atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for i := range tallies {
		tallies[i] = Tally{}
		g.Go(func() error {
			for made.Add(1) <= int64(n) {
				a, err := c.call(ctx)
				if err != nil {
					return err
				}
				tallies[i][a]++
			}
			return ctx.Err()
		})
	}
	err := g.Wait()
	sum := Tally{}
	for _, t := range tallies {
		for a, count := range t {
			sum[a] += count
		}
	}
	return sum, err
}

// call makes a call. That it fails is an answer too; an error is only an answer that says nothing it can read.
func (c *Client) call(ctx context.Context) (Answer, error) {
	ctx, stop := context.WithTimeout(ctx, 5*time.Second)
	defer stop()
	var trailer metadata.MD
	err := c.conn.Invoke(ctx, method, new(emptypb.Empty), new(emptypb.Empty), grpc.Trailer(&trailer))
	var a Answer
	if err != nil {
		a.Problem = err.Error()
	}
	for _, text := range trailer.Get(who) {
		if err := json.Unmarshal([]byte(text), &a.Endpoint); err != nil {
			return a, fmt.Errorf("an answer %q: %w", text, err)
		}
	}
	return a, nil
}
