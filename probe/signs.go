package probe

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/mesh"
)

// Signs tells from answers who served them.
type Signs struct {
	services []*signed
}

// signed is the markers of one service. Of its classes the last two are Unsigned and Failed.
type signed struct {
	service *mesh.Service
	ref     string
	markers []marker
	classes []Class
}

type marker struct {
	class  int
	header string // "" for the body
	sign   *regexp.Regexp
}

// Answer is what came back for one request. Status is 0 when nothing did; then Err says why. An answer that broke off has both.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte // its first MaxBody bytes
	Err    error
}

// NewSigns takes the markers of a topology, in order. The error is of a pattern that is no regular expression.
func NewSigns(markers []mesh.Marker) (*Signs, error) {
	s := &Signs{}
	for _, m := range markers {
		sign, err := regexp.Compile(m.Pattern)
		if err != nil {
			return nil, fmt.Errorf("marker of %s: %w", refOf(m.Service), err)
		}
		of := s.of(m.Service)
		of.markers = append(of.markers, marker{class: of.class(m), header: m.Header, sign: sign})
	}
	for _, of := range s.services {
		of.classes = append(of.classes, Class{Kind: Unsigned}, Class{Kind: Failed})
	}
	return s, nil
}

func (s *Signs) of(service *mesh.Service) *signed {
	i := slices.IndexFunc(s.services, func(of *signed) bool { return of.service == service })
	if i < 0 {
		s.services = append(s.services, &signed{service: service, ref: refOf(service)})
		i = len(s.services) - 1
	}
	return s.services[i]
}

// class gives the class that a marker is the sign of; markers that say the same share one.
func (of *signed) class(m mesh.Marker) int {
	c := Class{Kind: Signed, Version: m.Version, Region: m.Region}
	i := slices.Index(of.classes, c)
	if i < 0 {
		of.classes = append(of.classes, c)
		i = len(of.classes) - 1
	}
	return i
}

func (of *signed) unsigned() int { return len(of.classes) - 2 }
func (of *signed) failed() int   { return len(of.classes) - 1 }

// Read gives the class of an answer for each service.
func (s *Signs) Read(a *Answer) []int {
	read := make([]int, len(s.services))
	for i, of := range s.services {
		read[i] = of.read(a)
	}
	return read
}

// read gives the class of the first marker that matches.
func (of *signed) read(a *Answer) int {
	if a.failed() {
		return of.failed()
	}
	for _, m := range of.markers {
		if m.matches(a) {
			return m.class
		}
	}
	return of.unsigned()
}

func (a *Answer) failed() bool { return a.Err != nil || a.Status >= http.StatusInternalServerError }

func (m *marker) matches(a *Answer) bool {
	if m.header == "" {
		return m.sign.Match(a.Body)
	}
	return slices.ContainsFunc(a.Header.Values(m.header), m.sign.MatchString)
}

// truth gives the class that answers of a version in a region are in: that of the first marker that is true of them.
func (of *signed) truth(version, region string) int {
	for _, m := range of.markers {
		if c := of.classes[m.class]; (c.Version == "" || c.Version == version) && (c.Region == "" || c.Region == region) {
			return m.class
		}
	}
	return of.unsigned()
}

// refOf names a service as a topology does.
func refOf(s *mesh.Service) string {
	return strings.TrimPrefix(s.Namespace+"/"+s.Name, mesh.DefaultNamespace+"/")
}
