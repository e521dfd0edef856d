#!/bin/sh
# Makes things fail under meshtopo that do not fail on a good day: processes killed at every system call, full disks, mounts that cannot be written, hostile input
# under strace. Needs root on Debian, for mounts and apt-get; nothing is skipped: what is missing is an error. SEED=N repeats the random parts of a run.
set -eu
cd "$(dirname "$0")"
export GOTOOLCHAIN=local
# shellcheck source=e2e/steps.sh
. ./steps.sh

# need_cgo installs a C compiler and its headers, which the race detector is linked with.
need_cgo() {
  [ -e /usr/include/stdlib.h ] || DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends libc6-dev
  need gcc
}

# race runs under the race detector what works side by side, and the rooms around it. What is left out for time is said.
race() {
  # shellcheck disable=SC2086 # a list of names
  CGO_ENABLED=1 go test -C .. -race -vet=off -count=1 -timeout 20m $raced || return
  CGO_ENABLED=1 go test -C .. -race -vet=off -count=1 -timeout 20m -run '^TestShards' ./cmd/meshtopo || return
  printf 'measured: race detector: no race in %s and the shards; NOT RUN under it: the other rooms\n' "$raced"
}
raced='./component ./diag ./document ./flow ./graph ./krm ./manifest ./probe ./render'

step "tools" need strace mount
step "C compiler" need_cgo
step "build meshtopo" go build -C .. -buildvcs=false -trimpath -o "$bin/meshtopo" ./cmd/meshtopo
export MESHTOPO="$bin/meshtopo"
step "go.mod is tidy" go -C faults mod tidy -diff
step "vet" go -C faults vet ./...
step "writes: killed, failed and raced" go_test faults -timeout 20m .
export THOROUGH=1
step "same bytes in every surrounding and language" go_test .. -timeout 20m -run '^(TestSameBytes|TestSameLanguages|TestLimits)$' ./cmd/meshtopo
step "every string of a topology survives" go_test .. -timeout 20m -run '^TestEveryString$' ./cmd/meshtopo
step "overlays give the bytes that whole targets give" go_test .. -timeout 20m -run '^TestLocalOverlays$' ./render
unset THOROUGH
export HOSTILE=strace CGO_ENABLED=0
step "hostile inputs, and what they ask of the kernel" go_test .. -timeout 60m -run '^Test(Hostile|Audit)$' ./cmd/meshtopo
unset HOSTILE CGO_ENABLED
step "races" race
step "govulncheck finds what a database holds" go_test vuln ./...
echo "== faults: all passed"
