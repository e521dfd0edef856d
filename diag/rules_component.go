package diag

// Objects of the user's own.
const (
	ComponentMissing   = "MT420"
	ComponentNowhere   = "MT421"
	ComponentEmpty     = "MT422"
	ComponentFailed    = "MT423"
	ComponentOutput    = "MT424"
	ComponentDuplicate = "MT425"
	ComponentOutside   = "MT426"
	ComponentFile      = "MT427"
)

func componentRules() []Rule {
	return []Rule{
		{ID: ComponentMissing, Name: "component-missing", Severity: Error,
			Summary: "A component is neither a directory with templates nor a Jsonnet file.",
			Why:     "There is nothing to render.",
			Fix:     "Correct the path; it is relative to the topology's directory, and names a directory that holds *.yaml.tmpl, or a file *.jsonnet."},
		{ID: ComponentNowhere, Name: "component-nowhere", Severity: Error,
			Summary: "A component is chosen for no target.",
			Why:     "It would be silently without effect.",
			Fix:     "Correct its targets, regions or labels."},
		{ID: ComponentEmpty, Name: "component-empty", Severity: Error,
			Summary: "A component makes no object for any target that it is chosen for.",
			Why:     "A policy that is silently not there is not in force. To make nothing for some of the targets is fine.",
			Fix:     "Choose other targets for the component, or correct its conditions."},
		{ID: ComponentFailed, Name: "component-failed", Severity: Error,
			Summary: "A template or Jsonnet file of a component is not well-formed, or fails.",
			Why:     "A name that does not exist is an error, never an empty text: what a component makes is what it says.",
			Fix:     "Mend the component at the place named."},
		{ID: ComponentOutput, Name: "component-output", Severity: Error,
			Summary: "What a component makes is no Kubernetes object.",
			Why:     "It cannot be applied: it is not YAML, not a mapping, or has no apiVersion, kind or metadata.name.",
			Fix:     "Mend the component at the place named."},
		{ID: ComponentDuplicate, Name: "component-duplicate", Severity: Error,
			Summary: "A component makes an object that the topology, or another component, already makes.",
			Why:     "The second would overwrite the first when it is applied. To change an object, write an overlay.",
			Fix:     "Rename the component's object, or change the other one by an overlay instead."},
		{ID: ComponentOutside, Name: "component-outside", Severity: Error,
			Summary: "A component reads a file outside its own directory.",
			Why:     "A component can be taken over from somebody else as a directory; what it reads must be seen there.",
			Fix:     "Move the file into the component's directory, or pass what it holds as values."},
		{ID: ComponentFile, Name: "component-file", Severity: Error,
			Summary: "A file of a component has a name or content of no use.",
			Why:     "It would be silently left out.",
			Fix:     "Name templates *.yaml.tmpl; component.yaml holds name and description."},
	}
}
