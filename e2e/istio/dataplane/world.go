package dataplane

import (
	"context"
	"errors"
	"fmt"
)

// Clients is the service of a topology whose pods are the gRPC clients; it has no servers.
const Clients = "clients"

// A World is a mesh with a server for every endpoint of a topology, the clients that have called, and what is lost at the moment. It
// is for one goroutine.
type World struct {
	mesh    *Mesh
	echoes  []*Echo
	gone    map[*Echo]bool               // closed or not registered
	clients map[Place]map[string]*Client // by service; they live as long as the world
}

// NewWorld starts a server for every endpoint and registers it. End ends what it started, also after an error.
func NewWorld(ctx context.Context, mesh *Mesh, endpoints []Endpoint) (*World, error) {
	w := &World{mesh: mesh, gone: map[*Echo]bool{}, clients: map[Place]map[string]*Client{}}
	var served []Endpoint
	for _, e := range endpoints {
		if e.Service != Clients {
			served = append(served, e)
		}
	}
	var err error
	if w.echoes, err = Listen(served); err != nil {
		return w, err
	}
	return w, mesh.Register(ctx, w.Endpoints(everything))
}

// End ends every client and server.
func (w *World) End() {
	for _, services := range w.clients {
		for _, c := range services {
			c.Close()
		}
	}
	for _, e := range w.echoes {
		e.Close()
	}
}

func everything(Endpoint) bool { return true }

// Endpoints gives those of the endpoints, lost ones included.
func (w *World) Endpoints(of func(Endpoint) bool) []Endpoint {
	var endpoints []Endpoint
	for _, e := range w.of(of) {
		endpoints = append(endpoints, e.Endpoint)
	}
	return endpoints
}

func (w *World) of(of func(Endpoint) bool) []*Echo {
	var echoes []*Echo
	for _, e := range w.echoes {
		if of(e.Endpoint) {
			echoes = append(echoes, e)
		}
	}
	return echoes
}

// Close closes the servers of some endpoints, which stay registered.
func (w *World) Close(of func(Endpoint) bool) {
	for _, e := range w.of(of) {
		e.Close()
		w.gone[e] = true
	}
}

// Open opens them again.
func (w *World) Open(of func(Endpoint) bool) error {
	var problems []error
	for _, e := range w.of(of) {
		problems = append(problems, e.Open())
		delete(w.gone, e)
	}
	return errors.Join(problems...)
}

// Fail has the servers of some endpoints answer with UNAVAILABLE, or no longer.
func (w *World) Fail(of func(Endpoint) bool, failing bool) {
	for _, e := range w.of(of) {
		e.Fail(failing)
	}
}

// Deregister takes some endpoints from the lists; their servers stay open.
func (w *World) Deregister(ctx context.Context, of func(Endpoint) bool) error {
	for _, e := range w.of(of) {
		w.gone[e] = true
	}
	return w.mesh.Deregister(ctx, w.Endpoints(of))
}

// Register puts them back.
func (w *World) Register(ctx context.Context, of func(Endpoint) bool) error {
	for _, e := range w.of(of) {
		delete(w.gone, e)
	}
	return w.mesh.Register(ctx, w.Endpoints(of))
}

// Attempts gives how many calls came in at some endpoints so far, with those that clients tried again.
func (w *World) Attempts(of func(Endpoint) bool) int {
	sum := 0
	for _, e := range w.of(of) {
		sum += e.Attempts()
	}
	return sum
}

// Told waits until istiod tells the client of a flow exactly what is predicted.
func (w *World) Told(ctx context.Context, f Flow, p Prediction) error {
	if err := w.mesh.Told(ctx, f.Client, p.Told, w.Endpoints(everything)); err != nil {
		return fmt.Errorf("%s: istiod: %w", f, err)
	}
	return nil
}

// Call makes the calls of a flow and counts who answers, after the client has taken in what it must know: istiod tells it what is
// predicted, it has left what is gone, and everything else with a share has answered it. Shares are those of the prediction, but
// where a client is known not to follow it.
func (w *World) Call(ctx context.Context, f Flow, p Prediction, shares Shares) (Tally, error) {
	if err := w.Told(ctx, f, p); err != nil {
		return nil, err
	}
	client, err := w.client(f.Client, f.Service)
	if err != nil {
		return nil, err
	}
	// What had no share may stay connected to: gRPC keeps the connections of a priority that it is not in for some minutes.
	if err := client.Left(ctx, w.addresses(f.Service, client.used, true)); err != nil {
		return nil, fmt.Errorf("%s: %w", f, err)
	}
	if err := client.Reach(ctx, w.addresses(f.Service, shares, false)); err != nil {
		return nil, fmt.Errorf("%s: %w", f, err)
	}
	client.used = shares
	return client.Call(ctx, f.Calls)
}

// client gives the client of a place and a service, the same whenever it is asked for.
func (w *World) client(place Place, service string) (*Client, error) {
	if c := w.clients[place][service]; c != nil {
		return c, nil
	}
	c, err := w.mesh.Dial(place, service)
	if err != nil {
		return nil, err
	}
	if w.clients[place] == nil {
		w.clients[place] = map[string]*Client{}
	}
	w.clients[place][service] = c
	return c, nil
}

// addresses gives those of a service's endpoints with a share that are gone, or that are not.
func (w *World) addresses(service string, shares Shares, gone bool) []string {
	var addresses []string
	for _, e := range w.echoes {
		if e.Service == service && shares.has(e.Endpoint) && w.gone[e] == gone {
			addresses = append(addresses, e.Address)
		}
	}
	return addresses
}
