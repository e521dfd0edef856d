#!/bin/sh
# Holds meshtopo against real programs: kustomize, tofu, the code of Argo CD and Flux, istioctl, kube-apiserver, istiod, gRPC's xDS client, Chromium, shellcheck, jq
# and the shells that rendered scripts run in. Needs Go and git; installs the rest with apt-get when it is missing, as root on Debian. Nothing is
# skipped: what is missing is an error. SEED=N repeats the random topologies of a run.
set -eu
cd "$(dirname "$0")"
export GOTOOLCHAIN=local

# shellcheck source=e2e/steps.sh
. ./steps.sh

# scripts gives every shell script that git knows or would add, rendered ones included.
scripts() { git -C .. ls-files -z --cached --others --exclude-standard -- '*.sh' .ci/run; }

lint_scripts() {
  scripts | tr '\0' '\n'
  scripts | (cd .. && xargs -0 shellcheck)
}

step "tools" need jq shellcheck dash bash git pre-commit mandoc chromium
step "build meshtopo" go build -C .. -buildvcs=false -trimpath -o "$bin/meshtopo" ./cmd/meshtopo
step "build kustomize" go build -trimpath -o "$bin/kustomize" sigs.k8s.io/kustomize/kustomize/v5
export MESHTOPO="$bin/meshtopo" KUSTOMIZE="$bin/kustomize" MESHTOPO_REQUIRE_TOOLS=1
step "versions" "$KUSTOMIZE" version
step "vet" go vet ./...
step "go.mod is tidy" go mod tidy -diff
step "kustomize builds what meshtopo renders, and applies overlays alike" go_test . ./...
step "rendered scripts run" go_test .. -run Script ./render
step "flux's go.mod is tidy" go -C flux mod tidy -diff
step "vet of the flux tests" go -C flux vet ./...
step "Flux's API knows what the examples say" go_test flux ./...
step "release's go.mod is tidy" go -C release mod tidy -diff
step "vet of the release tests" go -C release vet ./...
step "goreleaser makes a release (its first build takes minutes)" go_test release ./...
step "tofu's go.mod is tidy" go -C tofu mod tidy -diff
step "vet of the tofu tests" go -C tofu vet ./...
step "tofu reads, validates and plans the network (its first build takes minutes)" go_test tofu ./...
step "delivery's go.mod is tidy" go -C delivery mod tidy -diff
step "vet of the delivery tests (the first build of Argo CD's code takes minutes)" go -C delivery vet ./...
step "Argo CD's and Flux's own code does what is meant with what is rendered for them" go_test delivery ./...
step "istio's go.mod is tidy" go -C istio mod tidy -diff
step "vet of the istio tests" go -C istio vet ./...
step "build istiod, istioctl, kube-apiserver and etcd (minutes at first, then they are kept)" go -C istio run ./build
step "Istio takes what meshtopo renders, and does what it predicts" go_test istio ./...
step "shellcheck" lint_scripts
echo "== e2e: all passed"
