package mesh

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"
	"strings"
)

// Talk gives the pairs of different clusters between which requests go: a caller or a gateway is in one, a placement of what it
// calls in the other. Placements without replicas count, since what is scaled to 0 today runs tomorrow. Each pair is in the
// order of the names and stands once, and so are the pairs.
func (m *Mesh) Talk() [][2]*Cluster {
	at := m.clusterIndex()
	n := len(m.Clusters)
	talks := make([]uint64, (n*n+63)/64)
	for _, c := range m.conversations() {
		for _, from := range c.from {
			for _, to := range c.to {
				i, j := at[from], at[to]
				bit := min(i, j)*n + max(i, j)
				talks[bit/64] |= 1 << (bit % 64)
			}
		}
	}
	var pairs [][2]*Cluster
	for i := range n {
		for j := i + 1; j < n; j++ {
			if bit := i*n + j; talks[bit/64]&(1<<(bit%64)) != 0 {
				pairs = append(pairs, [2]*Cluster{m.Clusters[i], m.Clusters[j]})
			}
		}
	}
	return pairs
}

func (m *Mesh) clusterIndex() map[*Cluster]int {
	at := make(map[*Cluster]int, len(m.Clusters))
	for i, c := range m.Clusters {
		at[c] = i
	}
	return at
}

// conversation is requests from every cluster of one list to every cluster of another; both are by name, without repetitions.
type conversation struct{ from, to []*Cluster }

// conversations gives who talks to whom, each pair of lists once: in a fleet most services run in the same clusters.
func (m *Mesh) conversations() []conversation {
	t := talkers{mesh: m, at: m.clusterIndex(), byRef: m.servicesByRef(), places: map[*Service][]*Cluster{}, seen: map[string]bool{}}
	for _, s := range m.Services {
		t.places[s] = s.clusters()
	}
	for _, s := range m.Services {
		for _, call := range s.Calls {
			for _, to := range t.answering(call.Service) {
				t.add(t.places[s], t.places[to])
			}
		}
	}
	for _, r := range m.Routes {
		for _, from := range m.entries(r) {
			for _, to := range t.destinations(r.Namespace, r.HTTP, r.TCP, r.TLS) {
				t.add(from, t.places[to])
			}
		}
	}
	return t.list
}

// clusters gives where a service is placed, by name.
func (s *Service) clusters() []*Cluster {
	var list []*Cluster
	for _, p := range s.Placements {
		list = append(list, p.Cluster)
	}
	return slices.Compact(list)
}

// entries gives the clusters of each gateway that a route is bound to.
func (m *Mesh) entries(r *Route) [][]*Cluster {
	var lists [][]*Cluster
	for _, g := range m.Gateways {
		if slices.ContainsFunc(g.Listeners, func(l *Listener) bool { return slices.Contains(r.Gateways, l.Namespace+"/"+l.Name) }) {
			lists = append(lists, g.Clusters)
		}
	}
	return lists
}

type talkers struct {
	mesh   *Mesh
	at     map[*Cluster]int
	byRef  map[string]*Service
	places map[*Service][]*Cluster
	seen   map[string]bool
	list   []conversation
}

// add notes requests between two lists of clusters: those of one network, since nothing goes from pod to pod between networks.
func (t *talkers) add(from, to []*Cluster) {
	if t.mesh.Istio == nil || !t.mesh.Istio.MultiNetwork {
		t.note(from, to)
		return
	}
	inside := byNetwork(to)
	senders := byNetwork(from)
	for _, network := range slices.Sorted(maps.Keys(senders)) {
		t.note(senders[network], inside[network])
	}
}

func byNetwork(list []*Cluster) map[string][]*Cluster {
	clusters := map[string][]*Cluster{}
	for _, c := range list {
		clusters[c.MeshNetwork] = append(clusters[c.MeshNetwork], c)
	}
	return clusters
}

func (t *talkers) note(from, to []*Cluster) {
	key := t.key(from) + "|" + t.key(to)
	if len(from) > 0 && len(to) > 0 && !t.seen[key] {
		t.seen[key] = true
		t.list = append(t.list, conversation{from, to})
	}
}

func (t *talkers) key(list []*Cluster) string {
	key := make([]byte, 0, 4*len(list))
	for _, c := range list {
		key = binary.BigEndian.AppendUint32(key, uint32(t.at[c]))
	}
	return string(key)
}

// answering gives the services that calls to one reach: itself, and where its own routes and those of all sidecars send them.
func (t *talkers) answering(s *Service) []*Service {
	list := append([]*Service{s}, t.destinations(s.Namespace, s.HTTP)...)
	for _, r := range t.mesh.Routes {
		named := slices.ContainsFunc(r.Hosts, func(h string) bool { return h == "*" || ServiceRef(h, r.Namespace) == s.Namespace+"/"+s.Name })
		if named && slices.Contains(r.Gateways, "mesh") {
			list = append(list, t.destinations(r.Namespace, r.HTTP, r.TCP, r.TLS)...)
		}
	}
	return distinct(list)
}

// destinations gives the services that lists of Istio's routes send requests to, mirrors included.
func (t *talkers) destinations(namespace string, routes ...[]any) []*Service {
	var list []*Service
	for _, host := range Destinations(slices.Concat(routes...)) {
		if s := t.byRef[ServiceRef(host, namespace)]; s != nil {
			list = append(list, s)
		}
	}
	return distinct(list)
}

func distinct(list []*Service) []*Service {
	slices.SortFunc(list, func(x, y *Service) int {
		return cmp.Or(cmp.Compare(x.Namespace, y.Namespace), cmp.Compare(x.Name, y.Name))
	})
	return slices.Compact(list)
}

// Destinations gives the hosts in a list of Istio's HTTPRoutes, TCPRoutes or TLSRoutes, mirrors included.
func Destinations(routes []any) []string {
	var hosts []string
	add := func(destination any) {
		m, _ := destination.(map[string]any)
		if host := field[string](m, "host"); host != "" {
			hosts = append(hosts, host)
		}
	}
	for _, r := range routes {
		route, _ := r.(map[string]any)
		for _, key := range []string{"route", "mirrors"} {
			for _, e := range field[[]any](route, key) {
				entry, _ := e.(map[string]any)
				add(entry["destination"])
			}
		}
		add(route["mirror"])
	}
	return hosts
}

// ServiceRef gives namespace/name of a host as Istio reads it, or "": a name without dots is in the rule's own namespace, and
// any other is taken as it is (ResolveShortnameToFQDN), so that name.namespace is no service.
func ServiceRef(host, namespace string) string {
	if !strings.Contains(host, ".") {
		return namespace + "/" + host
	}
	short, ok := strings.CutSuffix(host, ".svc.cluster.local")
	name, namespace, dotted := strings.Cut(short, ".")
	if !ok || !dotted || strings.Contains(namespace, ".") {
		return ""
	}
	return namespace + "/" + name
}
