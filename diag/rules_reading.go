package diag

// Reading and schema.
const (
	Syntax          = "MT001"
	Encoding        = "MT002"
	Empty           = "MT003"
	DuplicateKey    = "MT004"
	YAMLFeature     = "MT005"
	AmbiguousScalar = "MT006"
	Limit           = "MT007"
	Evaluation      = "MT008"
	OutsideRoot     = "MT009"
	UnknownField    = "MT010"
	MissingField    = "MT011"
	WrongValue      = "MT012"
	IstioShape      = "MT013"
	NotBuilt        = "MT014"
)

func readingRules() []Rule {
	return []Rule{
		{ID: Syntax, Name: "syntax", Severity: Error,
			Summary: "The file is not well-formed YAML, JSON, CUE or Jsonnet.",
			Why:     "Nothing else can be checked before it can be read. The extension of the file decides which language it is read as.",
			Fix:     "Mend the file at the place named."},
		{ID: Encoding, Name: "encoding", Severity: Error,
			Summary: "The file is not UTF-8 text, or holds control or bidirectional characters.",
			Why:     "Such characters make a file look like something else than it is, on a terminal and in a review.",
			Fix:     "Save the file as UTF-8 and remove the character named."},
		{ID: Empty, Name: "empty", Severity: Error,
			Summary: "The file holds no topology.",
			Why:     "An empty topology would render nothing, and an empty output with pruning on deletes an application.",
			Fix:     "Write a topology, or let `meshtopo init` write one."},
		{ID: DuplicateKey, Name: "duplicate-key", Severity: Error,
			Summary: "A mapping has one key twice.",
			Why:     "Readers disagree on which of the two counts: some take the last, some fail.",
			Fix:     "Remove one of the two."},
		{ID: YAMLFeature, Name: "yaml-feature", Severity: Error,
			Summary: "The file uses anchors, aliases, merge keys, tags, complex keys or a second document.",
			Why:     "They let a few hundred bytes grow into gigabytes, and tools downstream read them differently.",
			Fix:     "Write the value out. To share values between places or files, write the topology in CUE or Jsonnet."},
		{ID: AmbiguousScalar, Name: "ambiguous-scalar", Severity: Error,
			Summary: "A plain scalar means one thing to YAML 1.1 readers and another to YAML 1.2 readers.",
			Why:     "kubectl reads no as false, 0777 as 511 and 1:20 as 80; other tools read them as text. What was meant cannot be known.",
			Fix:     "Put quotes around text; write numbers in plain decimals and booleans as true or false."},
		{ID: Limit, Name: "limit", Severity: Error,
			Summary: "The input exceeds a limit of size, depth, keys, time, memory or stack.",
			Why:     "Renderers run on pull requests of strangers; a few bytes of CUE or Jsonnet can run for ever or eat all memory.",
			Fix:     "Make the input smaller or simpler. The message names the limit; who runs meshtopo can allow more with --limit (`meshtopo explain limits`)."},
		{ID: Evaluation, Name: "evaluation", Severity: Error,
			Summary: "The CUE or Jsonnet program failed, or its result is not plain data.",
			Why:     "A topology is data; the program that makes it must come to an end with all values concrete.",
			Fix:     "Mend the program at the place named."},
		{ID: OutsideRoot, Name: "outside-root", Severity: Error,
			Summary: "A path or an import leads outside the root.",
			Why:     "Nothing outside the root is read: a topology from a pull request must not be able to read the machine that renders it.",
			Fix:     "Move the file below the root, or name a higher root with --root. The root is the nearest directory above the topology that holds .git or .meshtopo-root, else the topology's own."},
		{ID: UnknownField, Name: "unknown-field", Severity: Error,
			Summary: "A field that the schema does not know.",
			Why:     "A misspelt field that is silently ignored is a rule that is not in force.",
			Fix:     "Correct the name, or remove the field. `meshtopo explain spec` lists the fields there are."},
		{ID: MissingField, Name: "missing-field", Severity: Error,
			Summary: "A field that must be there is not.",
			Why:     "There is no default that would be right for everybody.",
			Fix:     "Add the field."},
		{ID: WrongValue, Name: "wrong-value", Severity: Error,
			Summary: "A value is of the wrong type or outside what the schema allows.",
			Why:     "It would be refused, or misread, by what receives the rendered objects.",
			Fix:     "Write a value as the message describes it."},
		{ID: IstioShape, Name: "istio-shape", Severity: Error,
			Summary: "A value that is handed to Istio does not have the shape of Istio's own API.",
			Why:     "Istio's API machinery ignores unknown fields in some paths and refuses the whole object in others; either way the policy is not in force.",
			Fix:     "Correct the field as the message says. The shapes are those of istio.io/api.",
			Source:  "istio.io/api, message descriptors"},
		{ID: NotBuilt, Name: "not-built", Severity: Error,
			Summary: "The field or value belongs to the design, but this version does not act on it yet.",
			Why:     "A field that is accepted and ignored would promise what is not done.",
			Fix:     "Remove it until a version that acts on it is there."},
	}
}
