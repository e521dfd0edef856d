package diag

// Overlays and rendered objects.
const (
	OverlayMissing      = "MT401"
	OverlayField        = "MT402"
	OverlayUnmatched    = "MT403"
	OverlayFailed       = "MT404"
	OverlayListReplaced = "MT405"
	ObjectShape         = "MT406"
	ObjectIdentity      = "MT407"
	NothingRendered     = "MT408"
	OverlayNowhere      = "MT409"
	MTLSOff             = "MT410"
	SecondRule          = "MT411"
	KubernetesField     = "MT412"
	KubernetesType      = "MT413"
	UnreadInRemote      = "MT414"
)

func objectRules() []Rule {
	return []Rule{
		{ID: OverlayMissing, Name: "overlay-missing", Severity: Error,
			Summary: "An overlay's directory or one of its files is not there.",
			Why:     "The overlay cannot be applied.",
			Fix:     "Correct the path; it is relative to the file that names it."},
		{ID: OverlayField, Name: "overlay-field", Severity: Error,
			Summary: "An overlay is not a kustomize Component, or uses a field that is not allowed.",
			Why:     "kustomize can fetch from the network, run programs and read helm charts. Only fields that do none of this are allowed.",
			Fix:     "Use resources, patches, labels, commonAnnotations, namespace, namePrefix, nameSuffix, images, replicas, replacements, configMapGenerator and generatorOptions, with local paths."},
		{ID: OverlayUnmatched, Name: "overlay-unmatched", Severity: Error,
			Summary: "A patch matches nothing in any target that the overlay was chosen for.",
			Why:     "A patch that is silently without effect is a setting that is not in force.",
			Fix:     "Correct the patch's target, or choose other targets for the overlay."},
		{ID: OverlayFailed, Name: "overlay-failed", Severity: Error,
			Summary: "kustomize could not apply an overlay.",
			Why:     "The message is kustomize's.",
			Fix:     "Mend the file named, or choose other targets for the overlay."},
		{ID: OverlayListReplaced, Name: "overlay-list-replaced", Severity: Warning, Waivable: true,
			Summary: "A strategic-merge patch replaces a whole list of an Istio object.",
			Why:     "kustomize knows merge keys of built-in kinds only; a list of a custom resource is replaced, and what stood in it is lost.",
			Fix:     "Use the JSON6902 form that the message shows."},
		{ID: ObjectShape, Name: "object-shape", Severity: Error,
			Summary: "A rendered Istio object does not have the shape of Istio's API.",
			Why:     "The control plane would refuse it, or ignore what it does not know.",
			Fix:     "Mend the component that made it, or the overlay that changed it.",
			Source:  "istio.io/api, message descriptors"},
		{ID: ObjectIdentity, Name: "object-identity", Severity: Error,
			Summary: "Two rendered objects of one target have the same group, kind, namespace and name, or an object has none, or one that no API server takes.",
			Why:     "The second would overwrite the first when it is applied; and a name is a part of a URL, where ../ would lead to another object.",
			Fix:     "Rename one of the two, or give the object a name."},
		{ID: NothingRendered, Name: "nothing-rendered", Severity: Error,
			Summary: "A target holds no object.",
			Why:     "An empty output with pruning on deletes an application.",
			Fix:     "Check that the overlays do not delete everything, and that something is placed."},
		{ID: OverlayNowhere, Name: "overlay-nowhere", Severity: Error,
			Summary: "An overlay is chosen for no target.",
			Why:     "It would be silently without effect.",
			Fix:     "Correct its targets, regions or labels."},
		{ID: MTLSOff, Name: "mtls-off-across-networks", Severity: Error,
			Summary: "A PeerAuthentication or DestinationRule of a component or an overlay turns mTLS off for a service that is called from another network.",
			Why:     "East-west gateways tell requests apart by the name in Istio's own TLS. istiod leaves endpoints of other networks out where their own policy refuses it: callers there get nothing.",
			Fix:     "Write mode: PERMISSIVE in a PeerAuthentication, which takes both, or ISTIO_MUTUAL in a DestinationRule.",
			Source:  "istiod, ep_filters.go"},
		{ID: SecondRule, Name: "second-destination-rule", Severity: Error,
			Summary: "A DestinationRule of a component or an overlay is for the host of one that the topology makes in the same namespace.",
			Why:     "istiod merges them: of the two traffic policies only that of the older object counts, so what is in force depends on the order in which they were created.",
			Fix:     "Change the topology's rule by an overlay's patch, or by trafficPolicy of the service.",
			Source:  "istiod, destination_rule.go, mergeDestinationRule"},
		{ID: KubernetesField, Name: "kubernetes-field", Severity: Warning,
			Summary: "An object that a component or an overlay adds has a field that Kubernetes does not know, and that looks like one it knows.",
			Why:     "An API server drops it, or refuses the object.",
			Fix:     "Correct the name of the field.",
			Source:  "the schema of Kubernetes 1.21 that kustomize brings; newer fields are not reported unless they look like an older one"},
		{ID: KubernetesType, Name: "kubernetes-type", Severity: Error,
			Summary: "An object that a component or an overlay adds has a value of a type that Kubernetes does not take there.",
			Why:     "An API server refuses the object. A number or true where a string belongs, as in labels and the data of a ConfigMap, is the most frequent case.",
			Fix:     "Write the value as the message says.",
			Source:  "the schema of Kubernetes 1.21 that kustomize brings"},
		{ID: UnreadInRemote, Name: "unread-in-remote", Severity: Warning, Waivable: true,
			Summary: "A component adds an object of Istio to a remote and not to its primary.",
			Why:     "An istiod reads rules, policies and routes from the cluster in which it runs, and from no remote: the object is without effect.",
			Fix:     "Let the component give it where cluster.name is cluster.primary."},
	}
}
