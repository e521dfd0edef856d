package diag

// Hosts: what runs meshtopo in a repository. `meshtopo doctor` finds them.
const (
	FunctionFlags    = "MT601"
	TreeStale        = "MT602"
	TreeEdited       = "MT603"
	HookNotInstalled = "MT604"
	OldSchema        = "MT605"
	TreeOrphan       = "MT606"
	FunctionMode     = "MT607"
)

func hostRules() []Rule {
	return []Rule{
		{ID: FunctionFlags, Name: "function-flags", Severity: Error,
			Summary: "kustomize is called without the flags that a kustomization with meshtopo as a function needs.",
			Why: "Without --enable-exec kustomize leaves an exec function out, says nothing and exits with 0: what is applied lacks the mesh, and pruning deletes " +
				"what is there. kubectl has no such flag. Where the flags or the directory may stand in a variable that nobody sees without running the call, it is a warning.",
			Fix:    "Add --enable-alpha-plugins, and --enable-exec for a function that is a program, to every call, and to kustomize.buildOptions in the ConfigMap argocd-cm.",
			Source: "kustomize v5.8, run"},
		{ID: TreeStale, Name: "tree-stale", Severity: Error,
			Summary: "A rendered target is not what its topology renders now.",
			Why:     "What is applied is an earlier mesh than the one that was reviewed. Where several topologies have the same name, nobody can even say which is meant.",
			Fix:     "Render again and commit what changed."},
		{ID: TreeEdited, Name: "tree-edited", Severity: Error,
			Summary: "A rendered file was edited by hand.",
			Why:     "The next render undoes it, and no reader of the topology knows of it.",
			Fix:     "Move the change to the topology or to an overlay, and render again."},
		{ID: HookNotInstalled, Name: "hook-not-installed", Severity: Warning,
			Summary: "The repository asks for hooks of meshtopo, and git does not run them in this clone.",
			Why:     "A stale tree can be committed here.",
			Fix:     "Run `pre-commit install`."},
		{ID: OldSchema, Name: "old-schema", Severity: Warning,
			Summary: "A topology, or a copy of the schema for editors, is of another version than this meshtopo, or the copy is missing.",
			Why:     "An editor completes fields that are refused, and marks ones that are right. A topology of another version is an error: nothing reads it.",
			Fix:     "Write the schema anew with `meshtopo schema --format jsonschema`."},
		{ID: TreeOrphan, Name: "tree-orphan", Severity: Warning,
			Summary: "There is a rendered tree, and no topology that makes it.",
			Why:     "Nobody can tell whether it is up to date, and nothing renders it again.",
			Fix:     "Bring its topology back below this directory. Remove the tree when no topology renders it any more."},
		{ID: FunctionMode, Name: "function-mode", Severity: Error,
			Summary: "A function stands under a field of a kustomization that is not for its mode.",
			Why: "kustomize does not tell a function which field it stands under. A check under transformers answers without items, and kustomize deletes everything and exits " +
				"with 0; what generates under validators fails every build. Where the mismatch does no harm yet it is a warning.",
			Fix:    "Write mode generate under generators, transform under transformers and validate under validators; a check under transformers needs args: [fn, --echo].",
			Source: "kustomize v5.8, run"},
	}
}
