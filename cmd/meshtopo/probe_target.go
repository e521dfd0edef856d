package main

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
)

// target is what is asked for.
type target struct {
	url    *url.URL
	host   string // of a Host header; "" for the URL's
	header http.Header
}

// target reads --url and --header.
func (f *probeFlags) target() (*target, error) {
	if f.url == "" {
		return nil, errors.New("say with --url where to send requests, such as --url http://203.0.113.10/productpage")
	}
	u, err := url.Parse(f.url)
	switch {
	case err != nil:
		return nil, fmt.Errorf("--url %q is no URL", f.url)
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("--url %q is neither http:// nor https://", f.url)
	case u.Hostname() == "":
		return nil, fmt.Errorf("--url %q has no host", f.url)
	}
	u.Fragment = ""
	t := &target{url: u, header: http.Header{"User-Agent": {"meshtopo"}}}
	for _, text := range f.headers {
		if err := t.add(text); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// headerPattern is a header as RFC 9110 has it, with a value of visible characters, spaces and tabs.
var headerPattern = regexp.MustCompile("^([-!#$%&'*+.^_`|~0-9A-Za-z]+):[ \t]*([^\\x00-\\x08\\x0a-\\x1f\\x7f]*?)[ \t]*$")

func (t *target) add(text string) error {
	m := headerPattern.FindStringSubmatch(text)
	if m == nil {
		return fmt.Errorf("--header %q is not NAME: VALUE", text)
	}
	switch name := http.CanonicalHeaderKey(m[1]); name {
	case "Host":
		t.host = m[2]
	case "Connection", "Content-Length", "Transfer-Encoding":
		return fmt.Errorf("--header: %s is not for you to set", name)
	case "User-Agent":
		t.header.Set(name, m[2])
	default:
		t.header.Add(name, m[2])
	}
	return nil
}

// setPath asks for a path of the topology.
func (t *target) setPath(path string) {
	if path == "" {
		path = "/"
	}
	if u, err := url.ParseRequestURI(path); err == nil {
		t.url.Path, t.url.RawPath = u.Path, u.RawPath
		if t.url.RawQuery == "" {
			t.url.RawQuery = u.RawQuery
		}
	}
}

// hostname is the host that routes see, without a port.
func (t *target) hostname() string {
	if t.host != "" {
		return (&url.URL{Host: t.host}).Hostname()
	}
	return t.url.Hostname()
}

// lowered gives the headers as a demand has them.
func (t *target) lowered() map[string]string {
	headers := map[string]string{}
	for name, values := range t.header {
		headers[strings.ToLower(name)] = strings.Join(values, ",")
	}
	return headers
}

// demand says where the requests enter the mesh: what --gateway and --region say, or the only place there is.
func (f *probeFlags) demand(m *mesh.Mesh) (mesh.Demand, error) {
	d := mesh.Demand{Region: f.region}
	gateways, regions := doorsOf(m.Entries(mesh.Demand{}))
	switch {
	case len(gateways) == 0:
		return d, errors.New("no gateway lets requests into this mesh, so a URL leads nowhere")
	case f.gateway != "" && !slices.Contains(gateways, f.gateway):
		return d, unknownName("--gateway", f.gateway, gateways)
	case f.region != "" && !slices.Contains(regions, f.region):
		return d, unknownName("--region", f.region, regions)
	}
	if f.region != "" {
		gateways, regions = doorsOf(m.EntriesIn(f.region))
	}
	if f.gateway == "" && (len(gateways) > 1 || len(regions) > 1) {
		return d, fmt.Errorf("requests can enter at %v in %v: say with --gateway and --region where the URL leads", gateways, regions)
	}
	name := cmp.Or(f.gateway, gateways[0])
	d.Gateway = m.Gateways[slices.IndexFunc(m.Gateways, func(g *mesh.Gateway) bool { return g.Name == name })]
	if len(m.Entries(d)) == 0 {
		return d, fmt.Errorf("gateway %s does not run in region %s", name, f.region)
	}
	return d, nil
}

// doorsOf gives the names of the gateways and the regions of entries.
func doorsOf(entries []mesh.Entry) (gateways, regions []string) {
	for _, e := range entries {
		gateways, regions = append(gateways, e.Gateway.Name), append(regions, e.Cluster.Region.Name)
	}
	return distinct(gateways), distinct(regions)
}

func distinct(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

// unknownName refuses the name of something that requests cannot enter at.
func unknownName(flag, name string, known []string) error {
	err := fmt.Errorf("%s %q has no gateway that lets requests in; there are %v", flag, name, known)
	if near, ok := diag.Nearest(name, known); ok {
		return fmt.Errorf("%w: did you mean %s?", err, near)
	}
	return err
}
