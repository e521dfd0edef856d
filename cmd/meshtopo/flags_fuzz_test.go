package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/meshtopo/meshtopo/mesh"
)

// FuzzShard: what is read as a part of the targets is one, and every other text is refused with a sentence.
func FuzzShard(f *testing.F) {
	for _, s := range []string{"", "0/1", "3/4", "4/4", "-1/2", "1/0", "00001/00002", "1/10001", "1/2 ", "9999999999/1", "٣/٤"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parseShard(text)
		switch {
		case err != nil:
			if s != nil || !strings.Contains(err.Error(), "--shard") {
				t.Errorf("%q: %v, %v", text, s, err)
			}
		case text == "":
			if s != nil {
				t.Errorf("no flag is %v", s)
			}
		case s.index < 0 || s.count < 1 || s.index >= s.count || s.count > maxShards:
			t.Errorf("%q is %v", text, s)
		default:
			if again, err := parseShard(fmt.Sprintf("%d/%d", s.index, s.count)); err != nil || *again != *s {
				t.Errorf("%q is %v, and that is %v, %v", text, s, again, err)
			}
		}
	})
}

// FuzzTarget: what probe asks for is a URL of a host, without anything in a header that ends it.
func FuzzTarget(f *testing.F) {
	f.Add("http://203.0.113.10/a?b#c", "Host: a.example.com", "/a b")
	f.Add("https://[::1]:99999/", "X: \r\nY: z", "//evil/x")
	f.Add("http://%41/", "Transfer-Encoding: chunked", "?q")
	f.Fuzz(func(t *testing.T, url, header, path string) {
		flags := probeFlags{url: url, headers: []string{header}}
		target, err := flags.target()
		if err != nil {
			return
		}
		host := target.url.Host
		target.setPath(path)
		if target.url.Host != host || target.url.Hostname() == "" {
			t.Errorf("path %q of %q leads to host %q", path, url, target.url.Host)
		}
		if strings.ContainsAny(target.host, "\r\n\x00") {
			t.Errorf("host %q", target.host)
		}
		for name, values := range target.header {
			if strings.ContainsAny(name+strings.Join(values, ""), "\r\n\x00") {
				t.Errorf("header %q: %q", name, values)
			}
		}
		_, _ = target.hostname(), target.lowered()
	})
}

// FuzzPatterns: a pattern that is taken for targets is one that can be asked.
func FuzzPatterns(f *testing.F) {
	for _, s := range []string{"clusters/*", "[", "[a-", "\\", "clusters/[!a]*", "**", "?"} {
		f.Add(s, "clusters/a")
	}
	f.Fuzz(func(t *testing.T, pattern, target string) {
		if !mesh.ValidPattern(pattern) && mesh.TargetMatches(pattern, target) {
			t.Errorf("%q is no pattern, and matches %q", pattern, target)
		}
	})
}
