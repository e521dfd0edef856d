package review

import (
	"encoding/json"
	"fmt"
)

// Risk is how much a change can hurt. The table is in docs/review.md.
type Risk int

// The levels, the least first.
const (
	None     Risk = iota // nothing that runs or routes changes
	Additive             // something is added that nothing depended on
	Traffic              // requests go elsewhere, or are treated otherwise
	Identity             // who is who changes: names, accounts, selectors, policies, secrets
	Removal              // something that was there is gone
	Outage               // requests that were answered no longer are, or something must be recreated
)

var riskNames = [...]string{"none", "additive", "traffic", "identity", "removal", "outage"}

// Risks gives the names of all levels, the least first.
func Risks() []string { return riskNames[:] }

// String is the level's name.
func (r Risk) String() string {
	if r < 0 || int(r) >= len(riskNames) {
		return fmt.Sprintf("risk %d", int(r))
	}
	return riskNames[r]
}

// ParseRisk reads a level by its name.
func ParseRisk(name string) (Risk, error) {
	for i, n := range riskNames {
		if n == name {
			return Risk(i), nil
		}
	}
	return None, fmt.Errorf("%q is not one of %v", name, riskNames)
}

// MarshalJSON writes the level's name.
func (r Risk) MarshalJSON() ([]byte, error) { return json.Marshal(r.String()) }

// UnmarshalJSON reads the level's name.
func (r *Risk) UnmarshalJSON(data []byte) error {
	var name string
	if err := json.Unmarshal(data, &name); err != nil {
		return err
	}
	level, err := ParseRisk(name)
	*r = level
	return err
}
