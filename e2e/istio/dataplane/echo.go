package dataplane

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync/atomic"
	"syscall"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

const (
	port   = 7070            // of every service, as the Services say
	method = "/e2e.Echo/Who" // takes and gives nothing; who answered is in the trailer
	who    = "who"           // the trailer: an Endpoint as JSON
)

// An Echo is a server in the place of a pod. It says who it is, also with an error.
type Echo struct {
	Endpoint
	server   *grpc.Server
	failing  atomic.Bool
	attempts atomic.Int64
}

// Listen starts a server for each endpoint, each on an address of its own in 127.0.0.0/8, which is all loopback on
// Linux, and fills the addresses in.
func Listen(endpoints []Endpoint) ([]*Echo, error) {
	var echoes []*Echo
	next := 0
	for _, e := range endpoints {
		echo := &Echo{Endpoint: e}
		for {
			next++
			echo.Address = fmt.Sprintf("127.0.%d.%d", 1+next/250, 1+next%250)
			err := echo.Open()
			if err == nil {
				break
			}
			if !errors.Is(err, syscall.EADDRINUSE) || next > 60_000 {
				return echoes, err
			}
		}
		echoes = append(echoes, echo)
	}
	return echoes, nil
}

// Open listens. A server that was closed comes back under its address.
func (e *Echo) Open() error {
	l, err := net.Listen("tcp", net.JoinHostPort(e.Address, strconv.Itoa(port)))
	if err != nil {
		return err
	}
	e.server = grpc.NewServer()
	e.server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "e2e.Echo",
		HandlerType: (*any)(nil),
		Methods:     []grpc.MethodDesc{{MethodName: "Who", Handler: answer}},
	}, e)
	go e.server.Serve(l) // ends with Close, and then without an error
	return nil
}

// Close breaks every connection; new ones are refused.
func (e *Echo) Close() { e.server.Stop() }

// Fail has every call answered with UNAVAILABLE from now on, or no longer.
func (e *Echo) Fail(failing bool) { e.failing.Store(failing) }

// Attempts gives how many calls came in, with those that a client tried again.
func (e *Echo) Attempts() int { return int(e.attempts.Load()) }

func answer(server any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
	e := server.(*Echo)
	e.attempts.Add(1)
	if err := decode(new(emptypb.Empty)); err != nil {
		return nil, err
	}
	self, err := json.Marshal(e.Endpoint)
	if err != nil {
		return nil, err
	}
	if err := grpc.SetTrailer(ctx, metadata.Pairs(who, string(self))); err != nil {
		return nil, err
	}
	if e.failing.Load() {
		return nil, status.Error(codes.Unavailable, "told to fail")
	}
	return new(emptypb.Empty), nil
}
