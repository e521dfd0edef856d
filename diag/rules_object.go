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
			Summary: "Two rendered objects of one target have the same group, kind, namespace and name, or an object has none.",
			Why:     "The second would overwrite the first when it is applied.",
			Fix:     "Rename one of the two."},
		{ID: NothingRendered, Name: "nothing-rendered", Severity: Error,
			Summary: "A target holds no object.",
			Why:     "An empty output with pruning on deletes an application.",
			Fix:     "Check that the overlays do not delete everything, and that something is placed."},
		{ID: OverlayNowhere, Name: "overlay-nowhere", Severity: Error,
			Summary: "An overlay is chosen for no target.",
			Why:     "It would be silently without effect.",
			Fix:     "Correct its targets, regions or labels."},
	}
}
