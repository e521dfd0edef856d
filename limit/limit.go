// Package limit is what a topology may cost: names, defaults and values of the limits that --limit NAME=VALUE changes.
//
// Limits is one value that the door makes from flags and hands to every stage; the zero value stands for the defaults. No
// topology, functionConfig or environment can raise a limit. What exceeds one is a finding MT007 whose fix is Advice, so that it
// names the limit and the flag.
//
// For its next author: a limit is a field, a name, and a row of list; docs/limits.md and the flag follow from the rows, and a
// test asks for a case of each. The package imports nothing of ours.
package limit

import (
	"fmt"
	"time"
)

// Names of the limits.
const (
	InputSize      = "input-size"
	Depth          = "depth"
	Keys           = "keys"
	Items          = "items"
	Findings       = "findings"
	Placements     = "placements"
	TemplateOutput = "template-output"
	CPUTime        = "cpu-time"
	OverlayTime    = "overlay-time"
	WallTime       = "wall-time"
	Memory         = "memory"
	Stack          = "stack"
	Output         = "output"
)

// Limits are bounds; each is at least 1. Sizes are in bytes.
type Limits struct {
	InputSize      int64         // of a topology file, and of what a program makes of it
	Depth          int64         // levels of values inside each other
	Keys           int64         // of one mapping
	Items          int64         // of one list
	Findings       int64         // of one stage: errors, and as many warnings
	Placements     int64         // versions of services in clusters, selectors resolved
	TemplateOutput int64         // of a component for one target
	CPUTime        time.Duration // of processors, of one child
	OverlayTime    time.Duration // the same where a child applies overlays
	WallTime       time.Duration // by the clock, of one child
	Memory         int64         // of one child
	Stack          int64         // of one goroutine of a child
	Output         int64         // of the answer of a child
}

const (
	kib = 1 << 10
	mib = 1 << 20
	gib = 1 << 30
)

// Default gives limits that no honest topology comes near: one of 1,000 clusters with 500 services each takes a tenth of them.
func Default() Limits {
	return Limits{
		InputSize: 8 * mib, Depth: 64, Keys: 2000, Items: 10_000,
		Findings: 200, Placements: 2_000_000,
		TemplateOutput: 4 * mib,
		CPUTime:        4 * time.Second, OverlayTime: time.Minute, WallTime: 2 * time.Minute,
		Memory: 384 * mib, Stack: 64 * mib, Output: 64 * mib,
	}
}

// Untrusted gives the limits of --untrusted: those of Default, or less where that fleet still has room.
func Untrusted() Limits {
	l := Default()
	l.InputSize, l.Placements = 4*mib, 1_000_000
	l.OverlayTime, l.WallTime = 15*time.Second, time.Minute
	return l
}

// OrDefault gives the limits, and Default for the zero value.
func (l Limits) OrDefault() Limits {
	if l == (Limits{}) {
		return Default()
	}
	return l
}

// Limit is one of the limits, for people.
type Limit struct {
	Name, About string
	Value       string // as --limit takes it
}

// List gives all limits.
func (l Limits) List() []Limit {
	var all []Limit
	for _, r := range l.rows() {
		all = append(all, Limit{Name: r.name, About: r.about, Value: r.unit.format(*r.value)})
	}
	return all
}

// row is a limit and where its value is.
type row struct {
	name  string
	unit  unit
	value *int64
	most  int64 // more than the program itself could bear, or count
	about string
}

func (l *Limits) rows() []row {
	const many, day = 1 << 40, int64(24 * time.Hour)
	return []row{
		{InputSize, bytes, &l.InputSize, gib, "A topology file, and what a CUE or Jsonnet program makes of it."},
		{Depth, count, &l.Depth, 1000, "Levels of values inside each other."},
		{Keys, count, &l.Keys, many, "Keys of one mapping. The time that YAML parsers take grows with its square."},
		{Items, count, &l.Items, many, "Elements of one list."},
		{Findings, count, &l.Findings, many, "Findings that one stage prints: errors, and as many warnings."},
		{Placements, count, &l.Placements, many, "Versions of services in clusters, after selectors have chosen the clusters."},
		{TemplateOutput, bytes, &l.TemplateOutput, gib, "What one template or Jsonnet file of a component makes for one target."},
		{CPUTime, duration, (*int64)(&l.CPUTime), day, "Processor time of a child process that evaluates CUE or Jsonnet, or a component for 200 targets."},
		{OverlayTime, duration, (*int64)(&l.OverlayTime), day, "Processor time of a child process that applies overlays to 500 objects or so."},
		{WallTime, duration, (*int64)(&l.WallTime), day, "Time by the clock of any child process. It ends what waits; what works is ended by processor time, whatever else the machine does."},
		{Memory, bytes, &l.Memory, 1 << 40, "Memory of a child process."},
		{Stack, bytes, &l.Stack, gib, "Stack of a child process: what calls itself without end."},
		{Output, bytes, &l.Output, 4 * gib, "What a child process answers."},
	}
}

// Advice is what to do about something that exceeds a limit.
func Advice(name, otherwise string) string {
	return fmt.Sprintf("%s, or allow more with --limit %s=N", otherwise, name)
}
