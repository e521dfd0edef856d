package diag

// Provider istio: control planes, networks and the gateways between them.
const (
	ForeignField          = "MT215"
	IstioVersion          = "MT216"
	PrimaryOfRemote       = "MT217"
	PilotAddress          = "MT218"
	WaitingRemote         = "MT219"
	AmbientModel          = "MT220"
	AmbientPolicy         = "MT221"
	NetworkWithoutGateway = "MT222"
	SharedNetworkGateway  = "MT223"
	EastWestCollision     = "MT224"
	EastWestBalancer      = "MT225"
	EmptyNetwork          = "MT226"
	ChartValue            = "MT227"
	SecretStore           = "MT228"
	ManagedField          = "MT229"
	UnusedGateways        = "MT230"
	NoAddress             = "MT231"

	WeightsAndFailover = "MT354"
	FeatureVersion     = "MT355"
	DistributionTwice  = "MT356"
	PriorityAcross     = "MT357"
	PlaintextAcross    = "MT358"
	ConnectionsAcross  = "MT359"
	ConnectTimeout     = "MT360"
	EntryWithoutPlace  = "MT361"
	WarmupUnused       = "MT362"
)

func istioRules() []Rule {
	return []Rule{
		{ID: ForeignField, Name: "foreign-field", Severity: Error,
			Summary: "With provider asm, a field belongs to Istio that you run yourself.",
			Why:     "Nothing would act on it, and leaving it out would change the mesh: ASM has one control plane for all clusters and networks.",
			Fix:     "Remove the field, or correct the provider."},
		{ID: IstioVersion, Name: "istio-version", Severity: Error,
			Summary: "With provider istio, mesh.version is not a version of Istio from 1.22 to 1.31.",
			Why:     "The charts and APIs of other versions have not been looked at, so what they would make of the rendered values is not known.",
			Fix:     "Write a version of Istio, as in 1.31.1 or 1.31."},
		{ID: PrimaryOfRemote, Name: "primary-of-remote", Severity: Error,
			Summary: "The primary of a remote is a remote itself.",
			Why:     "A remote has no istiod that could serve another cluster.",
			Fix:     "Name a cluster without a primary, or take the field away from that cluster."},
		{ID: PilotAddress, Name: "pilot-address", Severity: Error,
			Summary: "A cluster without a primary has remotePilotAddress, or a remote has one that leads to itself or to another primary.",
			Why:     "A cluster with an istiod of its own would never use the address. Proxies that are led to themselves find no istiod, and do not start; one address leads to one istiod.",
			Fix:     "Remove the field, name the cluster's primary, or write the address of its east-west gateway."},
		{ID: WaitingRemote, Name: "waiting-remote", Severity: Warning, Waivable: true,
			Summary: "A remote does not know yet at which address the istiod of its primary is reached.",
			Why: "The address exists only once the primary's east-west gateway has its load balancer. Until then what installs Istio in the remote is rendered without it, " +
				"with a note install/waiting.txt, and must not be installed.",
			Fix:    "Install the primary, read the address as install/waiting.txt says, and write remotePilotAddress.",
			Source: "Istio, install primary-remote"},
		{ID: AmbientModel, Name: "ambient-model", Severity: Error,
			Summary: "dataPlane: ambient with a remote, with clusters in one network, or before Istio 1.29.",
			Why: "Of the ways to join clusters Istio has built one for ambient meshes, several primaries in several networks, which is beta since 1.29 and was alpha before. " +
				"There is no primary-remote, and one network for several clusters is not tested.",
			Fix:    "Give each cluster an istiod and each network a name of its own, or use dataPlane: sidecar.",
			Source: "Istio, ambient multicluster, and the change notes of 1.29"},
		{ID: AmbientPolicy, Name: "ambient-policy", Severity: Error,
			Summary: "An ambient mesh has a rule that only sidecars, gateways and waypoints follow, or a setting of gateways that istiod does not take.",
			Why:     "ztunnels carry connections. They read neither DestinationRules nor VirtualServices, and no waypoints are rendered, so the rule would not be in force between pods.",
			Fix:     "Say where requests go with services[].trafficDistribution, or use dataPlane: sidecar.",
			Source:  "Istio, ambient mesh; istio/istio, pilot/pkg/serviceregistry/kube/controller/ambient"},
		{ID: NetworkWithoutGateway, Name: "network-without-gateway", Severity: Error,
			Summary: "One of several networks has no east-west gateway, or none with an address, or a primary has none for its remotes.",
			Why: "istiod replaces endpoints of other networks by the gateways of these. Without one, clients get the addresses of the pods, which they cannot reach: their requests time out. " +
				"A Service of type ClusterIP shows istiod no address, and one of type NodePort only with the annotation traffic.istio.io/nodeSelector. Proxies of remotes reach their istiod through the east-west gateway of its cluster.",
			Fix:    "Remove eastWest: false from a cluster of the network, leave the type of the Services LoadBalancer, or give the addresses of gateways of your own under mesh.networks.",
			Source: "istiod, ep_filters.go and conversion.go; istio/istio#28381"},
		{ID: SharedNetworkGateway, Name: "shared-network-gateway", Severity: Error, Waivable: true,
			Summary: "Two clusters share a network, not each has an east-west gateway, and traffic has a locality rule.",
			Why: "From other networks, all endpoints of the network are the same gateway, which chooses among the pods of both clusters by itself. " +
				"What the rule says of the two clusters' regions and zones is not kept.",
			Fix:    "Let each cluster have its east-west gateway, or its own network.",
			Source: "istio/istio#35126"},
		{ID: EastWestCollision, Name: "east-west-collision", Severity: Error, Waivable: true,
			Summary: "A gateway has a port of the east-west gateway of the same cluster, or two networks have one address and port in mesh.networks.",
			Why: "Wherever two Services share an address, as with NodePort, one load balancer for several Services, or hosts that serve as load balancers, " +
				"requests of other networks end up at the wrong gateway.",
			Fix: "Use another port. Where each Service has an address of its own, waive the finding."},
		{ID: EastWestBalancer, Name: "east-west-balancer", Severity: Error, Waivable: true,
			Summary: "The annotations of the east-west gateways ask for a load balancer that ends TLS or reads HTTP.",
			Why:     "Requests of other networks are mutual TLS from pod to pod, and the gateway tells them apart by the name in it (AUTO_PASSTHROUGH). A load balancer that ends TLS breaks it: handshakes fail, and callers see 503.",
			Fix:     "Remove the annotation, or ask for TCP.",
			Source:  "istio/istio.io#16648, #17065"},
		{ID: EmptyNetwork, Name: "empty-network", Severity: Error,
			Summary: "mesh.networks names a network that no cluster is in.",
			Why:     "Gateways would be configured that nothing is behind; the name is probably mistyped, and the clusters meant lack them.",
			Fix:     "Correct the name, or write it as network of the clusters meant."},
		{ID: ChartValue, Name: "chart-value", Severity: Error,
			Summary: "With provider istio, a gateway has a setting that Istio's chart gateway has no value for, or not in this version, or a label that the chart sets.",
			Why:     "Settings have the names of ASM; most become values of the chart, and one that does not would be ignored. Labels by which listeners and istiod know the pods must be what they are.",
			Fix:     "Remove the setting, or raise mesh.version where the message says so.",
			Source:  "istio/istio, manifests/charts/gateway in the tags 1.22.0 to 1.31"},
		{ID: SecretStore, Name: "secret-store", Severity: Error,
			Summary: "Secrets come from a store that is not named, or a store is named that nothing comes from.",
			Why:     "An ExternalSecret names the store that it reads.",
			Fix:     "Add mesh.secretStore, or remove it."},
		{ID: ManagedField, Name: "managed-field", Severity: Warning, Waivable: true,
			Summary: "With provider istio, something that only ASM knows is left out.",
			Why:     "A topology of ASM becomes one of Istio by its provider alone, and where traffic goes stays as it is. What says how ASM runs its control plane has no counterpart.",
			Fix:     "Remove the field, or write a version of Istio."},
		{ID: UnusedGateways, Name: "unused-gateways", Severity: Warning, Waivable: true,
			Summary: "mesh.networks or mesh.eastWest is about east-west gateways that the mesh does not have, since all clusters are in one network.",
			Why:     "Pods of one network reach each other directly; gateways are for requests of other networks, and for proxies of remotes. What is written there is left out.",
			Fix:     "Remove it, or write a network for the clusters that are in another one."},
		{ID: NoAddress, Name: "no-address", Severity: Error,
			Summary: "remotePilotAddress or an address in mesh.networks is no address, or not one that another cluster reaches.",
			Why:     "Istio takes the text as it stands: proxies would look for a host of that name, and requests to it time out.",
			Fix:     "Write an IP address or a DNS name, without a port."},
	}
}

// Provider istio: traffic.
func istioTrafficRules() []Rule {
	return []Rule{
		{ID: WeightsAndFailover, Name: "weights-and-failover", Severity: Error,
			Summary: "distribute and failover of one service cannot be made one rule.",
			Why: "Istio takes one of the two. They are compiled into rows of distribute in which every region has somebody to take over for it, with the least weight; " +
				"this is refused where it would not keep what is written.",
			Fix:    "Correct the failover that the message names, or write the rows yourself.",
			Source: "istio/istio#35124"},
		{ID: FeatureVersion, Name: "feature-version", Severity: Error,
			Summary: "With provider istio, something is used that mesh.version does not have yet.",
			Why:     "An older istiod refuses the field, or drops it without a word.",
			Fix:     "Raise mesh.version, once the control planes have been updated, or remove the field.",
			Source:  "istio/istio, release notes of 1.24, 1.25, 1.27 and 1.31"},
		{ID: DistributionTwice, Name: "distribution-twice", Severity: Error,
			Summary: "A service has trafficDistribution and a locality rule in its DestinationRule.",
			Why:     "The DestinationRule counts, and trafficDistribution is never in force.",
			Fix:     "Keep one of the two.",
			Source:  "istiod, loadbalancer.go"},
		{ID: PriorityAcross, Name: "priority-across-networks", Severity: Error, Waivable: true,
			Summary: "failoverPriority compares a label that endpoints of other networks do not have.",
			Why:     "From another network an endpoint is the gateway of its own, which has the labels of its network and cluster and no others: region and zone never match, so all other networks are equally far.",
			Fix:     "Compare topology.istio.io/network or topology.istio.io/cluster, or use failover, which goes by region.",
			Source:  "istiod, ep_filters.go"},
		{ID: PlaintextAcross, Name: "plaintext-across-networks", Severity: Error, Waivable: true,
			Summary: "A service that is called from another network has a tls mode other than ISTIO_MUTUAL.",
			Why:     "East-west gateways tell requests apart by the name in Istio's own TLS. istiod leaves endpoints of other networks out where a rule asks for anything else: they get nothing.",
			Fix:     "Remove tls from the policy, or write mode: ISTIO_MUTUAL.",
			Source:  "istiod, ep_filters.go"},
		{ID: ConnectionsAcross, Name: "connections-across-networks", Severity: Warning, Waivable: true,
			Summary: "A service is called from another network, and its connections are never closed.",
			Why: "An east-west gateway spreads connections over the pods behind it, not requests. A client keeps one connection, so all its requests go to one pod " +
				"for as long as that connection lasts, and pods that are added later get nothing.",
			Fix:    "Set connectionPool.http.maxRequestsPerConnection, so that connections are made anew.",
			Source: "istio/istio#31549, #31583, #39203"},
		{ID: ConnectTimeout, Name: "connect-timeout", Severity: Warning, Waivable: true,
			Summary: "With provider istio, a service fails over between regions with Istio's connect timeout of 10 s.",
			Why: "When a region is gone whole, its endpoints stay until they are ejected, and packets to them vanish. With failover the requests of its clients go there first, " +
				"each waits for the timeout, and ejection needs several of them in a row.",
			Fix:    "Set connectionPool.tcp.connectTimeout to 1s or so.",
			Source: "istio/istio#52750; MeshConfig.connectTimeout"},
		{ID: EntryWithoutPlace, Name: "entry-without-place", Severity: Error,
			Summary: "A rendered ServiceEntry has endpoints with and without a locality, or none with one under a mesh-wide distribute.",
			Why:     "Under a locality rule, endpoints without a locality match no row and no region: they get no requests at all, or only when all others are gone.",
			Fix:     "Give each endpoint its locality, as region/zone, or none of them.",
			Source:  "istio/istio#35410"},
		{ID: WarmupUnused, Name: "warmup-unused", Severity: Warning, Waivable: true,
			Summary: "warmup stands beside a way of balancing that does not know it.",
			Why:     "istiod gives warmup to Envoy for ROUND_ROBIN and LEAST_REQUEST alone: new pods get their full share at once.",
			Fix:     "Remove warmup, or balance by one of the two.",
			Source:  "istio/istio, cluster_traffic_policy.go"},
	}
}
