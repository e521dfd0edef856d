#!/bin/sh
# Times renders of fleets beside loops of kustomize and helm, and writes docs/benchmarks.md and its plot (bench/scale.go says what). Needs Go and 6 GB of memory or disk;
# modules are fetched by it. It takes some ten minutes.
set -eu
cd "$(dirname "$0")"
export GOTOOLCHAIN=local

helm=v3.18.6

bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

go build -C .. -buildvcs=false -trimpath -o "$bin/meshtopo" ./cmd/meshtopo
go build -trimpath -o "$bin/kustomize" sigs.k8s.io/kustomize/kustomize/v5
GOBIN="$bin" go install -trimpath helm.sh/helm/v3/cmd/helm@$helm
go build -buildvcs=false -trimpath -o "$bin/bench" ./bench
go build -buildvcs=false -trimpath -o "$bin/floor" ./bench/floor

"$bin/bench" -only scale -meshtopo "$bin/meshtopo" -kustomize "$bin/kustomize" -kustomize-version "$("$bin/kustomize" version)" -helm "$bin/helm" -helm-version $helm -floor "$bin/floor" \
  -repository .. -docs ../docs "$@"
