package diag

// Addresses and network.
const (
	CIDROverlap       = "MT101"
	CIDRSyntax        = "MT102"
	CIDRHostBits      = "MT103"
	MeshVPCOverlap    = "MT104"
	VSwitchSameRange  = "MT105"
	VSwitchOutsideVPC = "MT106"
	VSwitchOverlap    = "MT107"
	CIDRSize          = "MT108"
	ReservedRange     = "MT109"
	ForbiddenRange    = "MT110"
	PublicRange       = "MT111"
	ServiceMeshVPC    = "MT112"
	ClusterOverlap    = "MT113"
	RangeInVPC        = "MT114"
	JoinedVPCOverlap  = "MT115"
	PodVSwitchZone    = "MT116"
	NoPath            = "MT117"
	NoVPC             = "MT118"
	UnpublishedRoutes = "MT119"
	UnknownPodRange   = "MT120"
)

func networkRules() []Rule {
	const plan = `ASM, "Plan CIDR blocks for multiple clusters on the data plane"`
	return []Rule{
		{ID: CIDROverlap, Name: "cidr-overlap", Severity: Error, Waivable: true,
			Summary: "Pod, Service or vSwitch ranges of two clusters in the mesh overlap (R1 to R5).",
			Why: "Every pod of the mesh must be reachable by one address. ASM refuses to add a cluster whose ranges conflict with one that is in the mesh: " +
				"Service ranges with each other (R1), a Service range with another cluster's pods or vSwitches (R2, flannel), pod ranges with each other (R3), " +
				"a pod range with another cluster's Services or vSwitches (R4), vSwitches of different clusters with each other (R5, flannel). " +
				"ACK alone lets Service ranges overlap in one VPC; ASM does not (R17). Of a range inside many others the first three are named.",
			Fix:    "Give one of the two clusters a free range.",
			Source: plan},
		{ID: CIDRSyntax, Name: "cidr-syntax", Severity: Error,
			Summary: "A range is not an IPv4 range in CIDR notation.",
			Why:     "Neither the cloud nor Kubernetes takes it. ASM's address plan knows IPv4 ranges only.",
			Fix:     "Write four numbers, a slash and a length, such as 10.0.0.0/16."},
		{ID: CIDRHostBits, Name: "cidr-host-bits", Severity: Error,
			Summary: "A range has bits set beyond its length.",
			Why:     "10.0.0.1/16 is an address, not a range; some tools cut the bits off in silence and others refuse.",
			Fix:     "Write the range's first address, as the message computes it."},
		{ID: MeshVPCOverlap, Name: "mesh-vpc-overlap", Severity: Error, Waivable: true,
			Summary: "The VPC of a cluster overlaps the VPC of the control plane, and they are different VPCs (R7).",
			Why:     "The control plane could not tell the cluster's addresses from its own, and ASM refuses to add the cluster.",
			Fix:     "Give one of the two VPCs another range, or put the control plane into the cluster's VPC.",
			Source:  plan},
		{ID: VSwitchSameRange, Name: "vswitch-same-range", Severity: Error,
			Summary: "Two vSwitches that CEN joins have the same range (R9).",
			Why:     "CEN would learn one route twice. It tolerates overlapping ranges but refuses equal ones.",
			Fix:     "Give one of the two vSwitches another range.",
			Source:  "the tutorial's warning on vSwitches; CEN, protection level REDUCED"},
		{ID: VSwitchOutsideVPC, Name: "vswitch-outside-vpc", Severity: Error,
			Summary: "The range of a vSwitch is not inside the range of its VPC (R10).",
			Why:     "The cloud refuses to create it.",
			Fix:     "Choose a range inside the VPC's.",
			Source:  "ACK, network planning"},
		{ID: VSwitchOverlap, Name: "vswitch-overlap", Severity: Error,
			Summary: "Two vSwitches of one VPC overlap (R10).",
			Why:     "The cloud refuses to create the second one.",
			Fix:     "Give one of the two another range inside the VPC.",
			Source:  "ACK, network planning"},
		{ID: CIDRSize, Name: "cidr-size", Severity: Error,
			Summary: "The range of a VPC, of pods or of Services is not /8 to /28, or that of a vSwitch not /16 to /29 (R10).",
			Why:     "The cloud refuses to create it. A range of pods must hold a /28 for one node at least, and one that holds everything, such as /0, leaves no address for anything else.",
			Fix:     "Choose a range of an allowed length.",
			Source:  "alicloud_vpc, alicloud_vswitch and alicloud_cs_managed_kubernetes of the Terraform provider"},
		{ID: ReservedRange, Name: "reserved-range", Severity: Error, Waivable: true,
			Summary: "A range of a flannel cluster, or of its VPC, begins with 7 (R8).",
			Why:     "Managed clusters keep these addresses for themselves.",
			Fix:     "Choose another range.",
			Source:  plan},
		{ID: ForbiddenRange, Name: "forbidden-range", Severity: Error,
			Summary: "A range overlaps addresses that no VPC may have: 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, multicast (R18), or 0.0.0.0/8 and 240.0.0.0/4.",
			Why:     "The cloud refuses such a VPC, and CEN never learns such a route. It counts above ASM's advice of 20.0.0.0/8 to 255.0.0.0/8, which holds some of them.",
			Fix:     "Choose a private range.",
			Source:  "alicloud_vpc of the Terraform provider"},
		{ID: PublicRange, Name: "public-range", Severity: Warning, Waivable: true,
			Summary: "The range of a VPC is not private, as the tutorial's 20.0.0.0/8 and 21.0.0.0/8 (R16).",
			Why: "The addresses belong to others on the internet, who cannot be reached from the VPC. ACK makes clusters in such a VPC only with the quota " +
				"ack.white_list/supportVPCWithPublicIPRanges.",
			Fix:    "Ask for the quota, or choose a range in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16.",
			Source: "ACK, network planning; RFC 1918"},
		{ID: ServiceMeshVPC, Name: "service-mesh-vpc", Severity: Error, Waivable: true,
			Summary: "The Service range of a terway cluster overlaps the VPC of the control plane (R6).",
			Why:     "Sidecars could not tell the control plane's addresses from those of Services, and ASM refuses to add the cluster.",
			Fix:     "Give the cluster another Service range.",
			Source:  plan},
		{ID: ClusterOverlap, Name: "cluster-overlap", Severity: Error,
			Summary: "Ranges of one cluster overlap: pods, Services, or a vSwitch of its nodes or pods (R11).",
			Why:     "One address would be that of a pod, a Service and a node. ACK refuses to create the cluster.",
			Fix:     "Give pods or Services a free range.",
			Source:  "ACK, network planning"},
		{ID: RangeInVPC, Name: "range-in-vpc", Severity: Error, Waivable: true,
			Summary: "The pod or Service range of a cluster overlaps the range of its own VPC (R12).",
			Why:     "The VPC would send packets for pods to vSwitches. In 172.16.0.0/12 there is no room for pods in 172.16.0.0/16.",
			Fix:     "Choose a range outside the VPC's.",
			Source:  "ACK, network planning; alicloud_cs_managed_kubernetes, service_cidr"},
		{ID: JoinedVPCOverlap, Name: "joined-vpc-overlap", Severity: Error, Waivable: true,
			Summary: "The pod or Service range of a cluster overlaps a VPC that CEN joins with its own (R13).",
			Why:     "Packets for the other VPC would stay in the cluster, or packets for pods leave it.",
			Fix:     "Choose a range outside all VPCs.",
			Source:  "ACK, network planning"},
		{ID: PodVSwitchZone, Name: "pod-vswitch-zone", Severity: Error, Waivable: true,
			Summary: "With terway, nodes are in a zone without a vSwitch for pods, or the other way round (R14).",
			Why:     "A node takes its pods' addresses from a vSwitch in its own zone; without one no pod starts there.",
			Fix:     "Name a vSwitch of that zone in podVSwitches, or another for the nodes.",
			Source:  "ACK, network planning"},
		{ID: NoPath, Name: "no-path", Severity: Error, Waivable: true,
			Summary: "There is no path from the control plane to a cluster, or between two clusters that talk: no CEN, no transit router in a region, no link, a link without bandwidth, or a VPC without a vSwitch, which no transit router can be attached to.",
			Why: "It is the tutorial's own FAQ: adding the cluster to ASM fails when CEN does not join the VPCs or the link between the regions has no bandwidth. " +
				"Clusters talk when a caller or a gateway is in one and the service it calls in the other; their requests would not arrive. " +
				"A way through a third region does not count, since nothing says that routers hand on routes learned over a link.",
			Fix:    "Add what is missing. With a path that the topology does not describe, a leased line say, waive the finding.",
			Source: "the tutorial, step 2 and FAQ"},
		{ID: NoVPC, Name: "no-vpc", Severity: Error,
			Summary: "The topology has a network, and a cluster is in none of its VPCs. For the control plane, and for a cluster without vSwitches, it is a warning.",
			Why:     "A managed cluster cannot be made without a VPC and vSwitches, and without a VPC nothing can be said of how it is reached.",
			Fix:     "Name its VPC, or leave spec.network out."},
		{ID: UnpublishedRoutes, Name: "unpublished-routes", Severity: Warning, Waivable: true,
			Summary: "A flannel cluster talks with a cluster in another VPC over CEN, which does not learn the routes to its pods by itself.",
			Why: "With flannel the route to a node's pods has that node as its next hop, and CEN takes such routes only when they are published. " +
				"The tutorial does not say so. Nodes come and go, so the routes cannot be rendered. With terway pods have addresses of vSwitches, whose routes CEN takes by itself.",
			Fix:    "Publish the route of every node (alicloud_cen_route_entry, or PublishRouteEntries of the API), or use terway.",
			Source: "CEN, advertise routes to a transit router; cloud-provider-alibaba-cloud, which publishes none"},
		{ID: UnknownPodRange, Name: "unknown-pod-range", Severity: Warning, Waivable: true,
			Summary: "Clusters talk, and the addresses of the pods of one are not known.",
			Why:     "The security group of the other cluster must admit these addresses. Without them no rule can be rendered, and requests do not arrive.",
			Fix:     "Add podCIDR with flannel, vSwitches or podVSwitches with terway."},
	}
}
