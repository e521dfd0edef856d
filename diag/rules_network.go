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
)

func networkRules() []Rule {
	const plan = `ASM, "Plan CIDR blocks for multiple clusters on the data plane"`
	return []Rule{
		{ID: CIDROverlap, Name: "cidr-overlap", Severity: Error,
			Summary: "Pod, Service or vSwitch ranges of two clusters in the mesh overlap (R1 to R5).",
			Why: "Every pod of the mesh must be reachable by one address. ASM refuses to add a cluster whose ranges conflict with one that is in the mesh: " +
				"Service ranges with each other (R1), a Service range with another cluster's pods or vSwitches (R2, flannel), pod ranges with each other (R3), " +
				"a pod range with another cluster's Services or vSwitches (R4), vSwitches of different clusters with each other (R5, flannel).",
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
		{ID: MeshVPCOverlap, Name: "mesh-vpc-overlap", Severity: Error,
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
			Summary: "The range of a VPC is not /8 to /28, or that of a vSwitch not /16 to /29 (R10).",
			Why:     "The cloud refuses to create it.",
			Fix:     "Choose a range of an allowed length.",
			Source:  "alicloud_vpc and alicloud_vswitch of the Terraform provider"},
	}
}
