// Package shape says whether a value, as decoded from YAML or JSON, has the shape of one of Istio's own messages: field
// names, JSON types, enum names, durations, numeric ranges, required and exclusive fields.
//
// It walks the message descriptors of istio.io/api beside the value. That module's own unmarshaller accepts every unknown
// field, and plain protojson refuses durations such as 1m, so neither can judge what a person wrote. JSON names are the only
// names, enums are names and never numbers, and null is no value. Bounds that the descriptors do not carry (ports, percentages,
// lengths, the durations that must be at least 1ms) come from the CustomResourceDefinitions of the same module through
// limits_gen.go; `UPDATE=1 go test ./shape` writes that file, and a test compares the verdicts with the CRDs'.
//
// Refused repeats the validation of istiod for traffic policies, which looks at fields together (weights that sum to 100, a port entry
// without settings). The package does not say whether a configuration makes sense (hosts that exist): those rules live elsewhere, as do the
// CRDs' CEL rules other than the two about durations and ports. It knows paths, not lines, and has no severities.
//
// For its next author: check.go walks messages, lists and maps; scalar.go judges single values; wellknown.go has the
// google.protobuf messages with a JSON form of their own; limits.go applies the CRDs' bounds; refused.go and policy.go are istiod's validation. The package imports nothing of
// ours; it may import istio.io/api and google.golang.org/protobuf.
package shape
