package main
import ("testing";"os";"fmt";"strings")
func TestZZDump(t *testing.T){
 var b strings.Builder
 for _, f := range ruleFixtures(t) {
  found := findings(t, f.file)
  lines := strings.Split(string(readFile(t,f.file)),"\n")
  if len(found)>0 { fmt.Fprintf(&b,"== %s\n", f) }
  for _, x := range found {
    fmt.Fprintf(&b,"  %d:%d+%d %s %s: %s\n      fix: %s\n", x.Place.Line,x.Place.Column,x.Place.Width,x.Rule,x.Severity,x.Message,x.Fix)
    if x.Place.Line>0 { r:=[]rune(lines[x.Place.Line-1]); c:=x.Place.Column-1; if c<len(r) {s:=string(r[c:]); if len(s)>50 {s=s[:50]}; fmt.Fprintf(&b,"      at: %q\n", s)} }
    for _, r := range x.Related { fmt.Fprintf(&b,"      note %d:%d %s\n", r.Place.Line, r.Place.Column, r.Message) }
  }
 }
 os.WriteFile("/tmp/fx/dump.txt",[]byte(b.String()),0o644)
}
