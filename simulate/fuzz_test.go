package simulate_test

import (
	"context"
	"io"
	"testing"

	"github.com/meshtopo/meshtopo/flow"
	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/mesh"
	"github.com/meshtopo/meshtopo/render"
	"github.com/meshtopo/meshtopo/simulate"
)

// FuzzObjects: whatever an overlay makes of the objects that traffic depends on, reading them and losing a region ends in a report or an error.
func FuzzObjects(f *testing.F) {
	for _, s := range []string{
		"apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: web, namespace: default}\nspec: {host: web.default.svc.cluster.local, trafficPolicy: {outlierDetection: {maxEjectionPercent: -1, interval: x}, loadBalancer: {localityLbSetting: {distribute: [{from: '*', to: {a: 1e300}}]}}}}\n",
		"apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: web, namespace: default}\nspec: {hosts: [web], http: [{route: [{destination: {host: web}, weight: -5}], match: [{uri: {regex: '('}}]}]}\n",
		"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web-v1, namespace: default}\nspec: {replicas: -3, template: []}\n",
		"apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: default}\nspec: {ports: 1}\n",
		"apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web-v1, namespace: default}\nspec: {minReplicas: 1.5, scaleTargetRef: {name: web-v1}}\n",
	} {
		f.Add([]byte(s))
	}
	m := mesh.Build(pair())
	r, findings, err := render.Prepare(context.Background(), m, render.Options{})
	if err != nil || len(findings) > 0 {
		f.Fatal(err, findings)
	}
	lost, err := m.Place("region/" + m.Regions[0].Name)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		more, err := manifest.Decode(text)
		if err != nil {
			return
		}
		model, err := simulate.New(m, overlaid(r.Targets(""), more))
		if err != nil {
			return
		}
		for _, mode := range []string{mesh.ModeRemoved, mesh.ModeFailing} {
			if err := flow.JSON(io.Discard, model.Run(simulate.Scenario{Lost: []mesh.Place{lost}, Mode: mode})); err != nil {
				t.Fatal(err)
			}
		}
	})
}
