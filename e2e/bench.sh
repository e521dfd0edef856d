#!/bin/sh
# Times meshtopo as a process, beside kustomize and dyff (bench/main.go says what). Needs Go; modules are fetched by it. Prints to stdout only.
# MESHTOPO_BENCH_WRITE_ALL=1 also writes the tree of 1,000 clusters: 502,000 files, 2 GB.
set -eu
cd "$(dirname "$0")"
export GOTOOLCHAIN=local

bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

go build -C .. -buildvcs=false -trimpath -o "$bin/meshtopo" ./cmd/meshtopo
go build -trimpath -o "$bin/kustomize" sigs.k8s.io/kustomize/kustomize/v5
GOBIN="$bin" go install -trimpath github.com/homeport/dyff/cmd/dyff@v1.12.0
go build -buildvcs=false -trimpath -o "$bin/bench" ./bench

printf 'kustomize %s, dyff 1.12.0, %s, %s processors\n' "$("$bin/kustomize" version)" "$(go version)" "$(getconf _NPROCESSORS_ONLN)"
"$bin/bench" -meshtopo "$bin/meshtopo" -kustomize "$bin/kustomize" -dyff "$bin/dyff" -repository .. "$@"
