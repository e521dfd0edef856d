// Package review says what a change means: which objects differ between two sides, how, and what traffic does differently, while
// all is up and when something is lost.
//
// A report comes about in three steps, each on values. Objects are compared target by target (Comparison: pair.go, fields.go,
// rename.go, group.go), and flows scenario by scenario (TrafficComparison: traffic.go, says.go, cause.go). The results are judged by one small table
// (risk.go), thinned by what a repository silences (ignore.go) and put into a Report. A Report is printed as text, JSON,
// Markdown or one HTML page.
//
// Bytes that are equal on both sides are never parsed. Values of Secrets are never in a Report. Text that comes from
// manifests is escaped by the printers, in the manner of each format.
//
// The package reads no file but what it is given, runs nothing, and knows neither git nor how a side came about. It imports diag, flow, manifest and shape.
package review
