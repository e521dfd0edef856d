package diag

// Clusters, gateways and identity.
const (
	UnknownReference        = "MT201"
	DuplicateName           = "MT202"
	GatewayNamespace        = "MT203"
	GatewayClusterID        = "MT204"
	OverrideCluster         = "MT205"
	RegionMismatch          = "MT206"
	PlacementChoice         = "MT207"
	PlacementTwice          = "MT208"
	PlacementNowhere        = "MT209"
	ClusterAddressing       = "MT210"
	ReservedNamespace       = "MT211"
	UnknownWorkload         = "MT212"
	ServiceWithoutEndpoints = "MT213"
	GatewayReplicas         = "MT214"
)

func identityRules() []Rule {
	return []Rule{
		{ID: UnknownReference, Name: "unknown-reference", Severity: Error,
			Summary: "A name leads nowhere: there is no cluster, VPC, vSwitch, region, service, listener or version of that name.",
			Why:     "What was meant cannot be rendered.",
			Fix:     "Correct the name, or add what it names."},
		{ID: DuplicateName, Name: "duplicate-name", Severity: Error,
			Summary: "Two things of one kind have the same name, or two Services of a cluster the same name or nodePort.",
			Why:     "References to the name would be ambiguous, and one rendered file would overwrite the other.",
			Fix:     "Rename one of the two."},
		{ID: GatewayNamespace, Name: "gateway-namespace", Severity: Error,
			Summary: "A gateway is outside istio-system.",
			Why:     "Since Istio 1.6 an ASM gateway in any other namespace fails to start.",
			Fix:     "Leave the gateway's namespace out.",
			Source:  "ASM, gateway CRD reference"},
		{ID: GatewayClusterID, Name: "gateway-cluster-id", Severity: Warning, Waivable: true,
			Summary: "A gateway names clusters whose ids the topology does not know, so the IstioGateway is rendered without clusterIds.",
			Why:     "ASM chooses the clusters of an IstioGateway by id. Without clusterIds the object does not say where the gateway runs.",
			Fix:     "Write the cluster's id (`clusters[].id`) as soon as the cloud has given it."},
		{ID: OverrideCluster, Name: "override-cluster", Severity: Error,
			Summary: "A gateway's override is for a cluster without an id, or for one the gateway does not run in.",
			Why:     "The overrides of an IstioGateway are keyed by cluster id; without it they cannot be rendered.",
			Fix:     "Write the cluster's id, or add the cluster to the gateway's clusters."},
		{ID: RegionMismatch, Name: "region-mismatch", Severity: Error,
			Summary: "A cluster or control plane is in another region than its VPC, or its vSwitch belongs to another VPC.",
			Why:     "A VPC lies in one region and a vSwitch in one VPC; the cloud refuses anything else.",
			Fix:     "Correct the region, the VPC or the vSwitch."},
		{ID: PlacementChoice, Name: "placement-choice", Severity: Error,
			Summary: "A placement does not name exactly one of cluster, region and clusterSelector.",
			Why:     "Where the version runs is not said, or said twice.",
			Fix:     "Keep exactly one of the three."},
		{ID: PlacementTwice, Name: "placement-twice", Severity: Error,
			Summary: "One version of a service is placed in one cluster twice.",
			Why:     "Both placements would be one Deployment.",
			Fix:     "Remove one of the two, and set replicas on the other."},
		{ID: PlacementNowhere, Name: "placement-nowhere", Severity: Error,
			Summary: "A placement's region or selector matches no cluster.",
			Why:     "The version would run nowhere.",
			Fix:     "Correct the region or the labels."},
		{ID: ClusterAddressing, Name: "cluster-addressing", Severity: Error,
			Summary: "A cluster's address fields do not fit its network plugin: podVSwitches with flannel, podCIDR with terway.",
			Why:     "With flannel pods have addresses of a range of their own, with terway those of vSwitches; the other field would mean nothing.",
			Fix:     "Remove the field, or correct cni."},
		{ID: ReservedNamespace, Name: "reserved-namespace", Severity: Error,
			Summary: "A service is in istio-system, kube-system, kube-public or kube-node-lease.",
			Why: "The namespace of a service is rendered with the label that injects sidecars, which these must not get. " +
				"And ASM refuses to add a cluster that has a namespace istio-system already.",
			Fix:    "Choose a namespace of your own.",
			Source: "ASM, add a cluster: ForbiddenFlag 4; Istio, sidecar injection"},
		{ID: UnknownWorkload, Name: "unknown-workload", Severity: Error,
			Summary: "With workloads: bookinfo a placement has no image, and its service is not one of Bookinfo's.",
			Why:     "The Deployment would name an image that was never published, and its pods would not start.",
			Fix:     "Add image to the placement, or correct the service's name: productpage, details, reviews or ratings.",
			Source:  "Istio, samples/bookinfo"},
		{ID: ServiceWithoutEndpoints, Name: "service-without-endpoints", Severity: Warning, Waivable: true,
			Summary: "A service that another one calls, or that a route leads to, has no placement, or none with pods.",
			Why:     "Requests to it are answered with 503.",
			Fix:     "Place the service. Where something else runs its pods, waive the finding."},
		{ID: GatewayReplicas, Name: "gateway-replicas", Severity: Error,
			Summary: "A gateway has minReplicas above maxReplicas, by itself or with an override.",
			Why:     "Kubernetes refuses the HorizontalPodAutoscaler.",
			Fix:     "Lower minReplicas, or raise maxReplicas.",
			Source:  "Kubernetes, HorizontalPodAutoscaler v2"},
	}
}
