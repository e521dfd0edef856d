# What run.sh and faults.sh share: a directory for programs and logs, removed at the end, and functions for steps. It is read by them in e2e/.
# shellcheck shell=sh

bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# step NAME COMMAND... says what it runs, runs it, and says how long it took.
step() {
  name=$1
  shift
  printf '== %s: %s\n' "$name" "$*"
  start=$(date +%s)
  "$@" || { status=$?; printf '== %s: FAILED (exit %s)\n' "$name" "$status" >&2; exit "$status"; }
  printf '== %s: %s s\n' "$name" "$(($(date +%s) - start))"
}

# need PROGRAM... installs the Debian packages of these names when a program is missing.
need() {
  missing=
  for program; do
    command -v "$program" >/dev/null || missing="$missing $program"
  done
  [ -z "$missing" ] && return
  if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    printf 'missing:%s; install them, or run this as root on Debian\n' "$missing" >&2
    return 1
  fi
  apt-get update -q
  # shellcheck disable=SC2086 # a list of names
  DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
}

# go_test runs tests and fails when one was skipped; it prints what they measured, and the skipped ones and why.
go_test() {
  dir=$1
  shift
  status=0
  go test -C "$dir" -count=1 -v "$@" >"$bin/log" 2>&1 || status=$?
  if [ "$status" != 0 ]; then
    grep -v -E '^ *(=== (RUN|PAUSE|CONT|NAME)|--- PASS)' "$bin/log"
    return "$status"
  fi
  grep -E '^(ok|\?|FAIL|testing:|measured:)' "$bin/log"
  grep -h 'NOT RUN' "$bin/log" || true # what was held against a specification only
  printf '%s tests passed\n' "$(grep -c -- '--- PASS' "$bin/log")"
  if grep -B 3 -- '--- SKIP' "$bin/log"; then
    printf 'skipped tests are not allowed here\n' >&2
    return 1
  fi
  if ! grep -q -- '--- PASS' "$bin/log"; then
    printf 'no test ran\n' >&2
    return 1
  fi
}
