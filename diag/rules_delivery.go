package diag

// Delivery of what is rendered.
const (
	DeliveryRepository  = "MT430"
	DeliveryURL         = "MT431"
	DeliveryCredentials = "MT432"
	DeliveryPath        = "MT433"
	DeliveryOrder       = "MT434"
	DeliveryField       = "MT435"
	DeliveryName        = "MT436"
	DeliveryDestination = "MT437"
	DeliveryOutside     = "MT438"
)

func deliveryRules() []Rule {
	return []Rule{
		{ID: DeliveryRepository, Name: "delivery-repository", Severity: Error,
			Summary: "Delivery by Argo CD names no repository.",
			Why:     "An ApplicationSet reads the rendered tree from a git repository. Unlike Flux, Argo CD has none that it was installed from.",
			Fix:     "Write `delivery: {type: argocd, repoURL: ...}` with the address of the repository that holds the rendered tree."},
		{ID: DeliveryURL, Name: "delivery-url", Severity: Error,
			Summary: "The repository's address is not of a form that the delivering program takes.",
			Why:     "Argo CD takes https, http and ssh addresses and USER@HOST:PATH. Flux takes the first three only; its API server refuses a GitRepository with another.",
			Fix:     "Write https://HOST/PATH, or ssh://USER@HOST/PATH for what git calls USER@HOST:PATH.",
			Source:  "GitRepository of Flux's source-controller, pattern of spec.url"},
		{ID: DeliveryCredentials, Name: "delivery-credentials", Severity: Error,
			Summary: "The repository's address holds a password, or a user where it may be a token.",
			Why:     "The address is rendered as it is: the secret would be in git, and in objects that everyone in the cluster may read.",
			Fix:     "Take it out of the address, and replace it, since it has been read. Argo CD keeps credentials in Secrets of its own, by address; Flux in the one that `secret` names."},
		{ID: DeliveryPath, Name: "delivery-path", Severity: Error,
			Summary: "The directory of the rendered tree lies outside the repository.",
			Why:     "Neither Argo CD nor Flux reads above the top of a repository.",
			Fix:     "Write the directory as seen from the top of the repository, such as rendered; without it, it is the top itself."},
		{ID: DeliveryOrder, Name: "delivery-order", Severity: Error,
			Summary: "The order of delivery names a region without a cluster, or a remote's region before that of its primary.",
			Why:     "The region that was meant would come after all that are named. The pods of a remote are ready only when the istiod of its primary is, and what is delivered next waits for them.",
			Fix:     "Correct the region's name, or remove it; write the regions of primaries first."},
		{ID: DeliveryField, Name: "delivery-field", Severity: Error,
			Summary: "A field of the delivery means nothing to the program that delivers.",
			Why:     "Argo CD has no Secret for one repository, Flux has no projects, and the GitRepository of Flux's bootstrap has its branch and its credentials already: the field would be without effect.",
			Fix:     "Remove the field, or add repoURL."},
		{ID: DeliveryName, Name: "delivery-name", Severity: Error,
			Summary: "The Application or Kustomization of a target would have a name of more than 63 characters.",
			Why:     "Argo CD and Flux write the name as a label on every object that they apply, and a label has 63 characters at most.",
			Fix:     "Shorten the name of the topology, or that of the cluster or control plane."},
		{ID: DeliveryDestination, Name: "delivery-destination", Severity: Error,
			Summary: "The control plane has the name of a cluster.",
			Why:     "Argo CD and Flux know where a target goes by this name. What is for the one API server would go to the other's.",
			Fix:     "Rename one of the two."},
		{ID: DeliveryOutside, Name: "delivery-outside", Severity: Warning, Waivable: true,
			Summary: "The mesh-wide locality rule is not delivered.",
			Why:     "ASM takes it through an API of its own and not as an object: neither Argo CD nor Flux brings it there, and a change of it stays in git.",
			Fix:     "Write `scope: service`, which puts the rule into DestinationRules, or run the rendered asm-api.sh where you deliver, and waive this."},
	}
}
