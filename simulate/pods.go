package simulate

// podIndex finds Deployments by the labels of their pods.
type podIndex struct {
	byLabel map[string][]*deployment // by namespace, key and value
}

func newPodIndex() *podIndex { return &podIndex{byLabel: map[string][]*deployment{}} }

func labelKey(namespace, key, value string) string { return namespace + "\x00" + key + "\x00" + value }

func (x *podIndex) add(d *deployment) {
	for k, v := range d.labels {
		key := labelKey(d.namespace, k, v)
		x.byLabel[key] = append(x.byLabel[key], d)
	}
}

// matching gives the Deployments in a namespace whose pods a selector chooses, in the order they were added. A selector without labels
// chooses none, as in Kubernetes.
func (x *podIndex) matching(namespace string, selector map[string]string) []*deployment {
	var rarest []*deployment
	first := true
	for k, v := range selector {
		if have := x.byLabel[labelKey(namespace, k, v)]; first || len(have) < len(rarest) {
			rarest, first = have, false
		}
	}
	var found []*deployment
	for _, d := range rarest {
		if subset(selector, d.labels) {
			found = append(found, d)
		}
	}
	return found
}
