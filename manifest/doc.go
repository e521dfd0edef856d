// Package manifest holds Kubernetes objects, the targets they are applied to, and the files of a target: it reads
// manifests, gives canonical bytes, writes targets to a directory and compares a directory with what would be written.
//
// It does not know what a topology is, renders nothing, prints nothing and never leaves the *os.Root it is given. It is a
// value package: it imports none of the project's packages, so that every stage and every command can share its types.
//
// # Canonical bytes
//
// Encode prints what kustomize build (sigs.k8s.io/yaml.Marshal) prints for the same object: natural key order, sequences at
// their parent's column, two spaces of indentation. It departs from that in these cases only, because there
// the sigs.k8s.io/yaml spelling is read differently by some YAML 1.1 or 1.2 reader, is lost by a common commit hook, or
// hides text from a reviewer:
//
//   - Long strings stay on one line; kustomize folds them at the first space past column 80, which no search finds and which
//     changes when the field moves.
//   - Strings that only some readers take for something else are quoted too: "=", "<<", 1e999, 12e45678, 0x_, 2024-13-45,
//     "2001-12-14 21:59:43.10 -5".
//   - Floats with an exponent have a fraction, since YAML 1.1 reads 1e-07 as a string: 1.0e-07.
//   - U+0085, U+2028, U+2029, DEL, the C1 controls, the byte order mark and all invisible format characters (among them the
//     bidirectional controls) are escaped in double quotes.
//   - A string that ends in more than one line break, or is a single one, is double-quoted: a literal block would end in a
//     blank line, which end-of-file hooks strip.
//   - A key with a line break is double-quoted on one line; kustomize makes it a literal block after "? ".
//   - Kustomize's key order is not transitive for some mixtures of letters, digits and punctuation, and its output then differs from
//     run to run; here the order is fixed.
//
// Numbers follow what Kubernetes reads: a float64 with an integral value is written as an integer, as JSON would. Decode gives
// the meaning that Kubernetes gives (plain yes, no, on, off, y and n are booleans; integer keys become strings), not
// that of YAML 1.2.
//
// # Files on disk
//
// Each target holds an index, meshtopo.json: the topology, and each file with its hash and the field path that made it. Only
// files that the index lists are ever overwritten or removed. Before the first change the index is replaced by one in state
// "writing" that lists old and new files, and at the end by the final one, so an interrupted write is seen by Compare and
// repaired by the next Write. All replacements are a temporary file (named .meshtopo-<16 hex digits>.tmp) and a rename in
// the same directory. Nothing is synced to disk: after a power loss a file may be empty or torn, but then it differs from what
// is rendered, and from its hash in the index, and a sync for each of a fleet's files would cost minutes. Symbolic links
// below the root are never followed.
//
// Lock keeps writers apart. Without it, or where there are no locks, two writers at once in one directory leave every file whole, but may
// leave an index that Compare objects to; render again.
package manifest
