#!/bin/sh
# Tries the hook in a repository of its own, which is removed afterwards: a commit with a stale tree fails and the tree is repaired.
# Needs git, Go and pre-commit. The hook is that of this clone, as it is on disk.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
clone=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.com GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.com
say() { printf '\n== %s\n' "$*"; }

say "the hooks, as they are in this clone"
mkdir "$work/hooks"
(cd "$clone" && git ls-files -z --cached --others --exclude-standard -- '*.go' '*.mod' '*.sum' '*.cue' '*.tmpl' '*.yaml' 'review/page/*') >"$work/list"
(cd "$clone" && tar -c --null --ignore-failed-read -T "$work/list") | tar -x -C "$work/hooks"
git -C "$work/hooks" init -q
git -C "$work/hooks" add -A
git -C "$work/hooks" commit -q -m hooks
rev=$(git -C "$work/hooks" rev-parse HEAD)

say "a repository that uses them"
mkdir "$work/repository"
cd "$work/repository"
cp -r "$here/mesh" .
sed -e "s|repo: https.*|repo: file://$work/hooks|" -e "s|rev: .*|rev: $rev|" "$here/.pre-commit-config.yaml" >.pre-commit-config.yaml
git init -q
git add -A
pre-commit install

say "the first commit fails: the tree was not rendered"
if git commit -q -m "a mesh"; then
  echo "the commit went through" >&2
  exit 1
fi
git add -A
git commit -q -m "a mesh and what follows from it"

say "so does one that changes the topology and not the tree"
sed -i 's/replicas: 2/replicas: 3/' mesh/topology.yaml
git add -A
if git commit -q -m "more replicas"; then
  echo "the commit went through" >&2
  exit 1
fi

say "the hook has repaired the tree"
git diff --stat
git add -A
git commit -q -m "more replicas"

say "a commit that touches none of it runs nothing"
echo "notes" >notes.txt
git add -A
git commit -m "notes"
