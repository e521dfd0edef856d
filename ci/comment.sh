#!/usr/bin/env bash
# Posts a report as a comment of a pull request, or updates the one that is there: GitHub's API, bash, curl and jq.
#
#   GITHUB_API_URL, GITHUB_REPOSITORY   as the runner sets them
#   TOKEN                               may write comments of pull requests
#   NUMBER                              of the pull request
#   FILE                                the report, whose first line is the hidden marker <!-- meshtopo:NAME -->
#   AUTHOR                              whose comment may be updated (default github-actions[bot])
#
# Only a comment of AUTHOR that begins with the marker is ours: anybody can write one with the same marker.
set -euo pipefail

[[ $NUMBER =~ ^[0-9]{1,10}$ ]] || { echo "NUMBER is not the number of a pull request" >&2; exit 2; }
[[ $GITHUB_REPOSITORY =~ ^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$ ]] || { echo "GITHUB_REPOSITORY is not OWNER/NAME" >&2; exit 2; }
marker=$(head -n 1 -- "$FILE")
[[ $marker =~ ^'<!-- meshtopo:'[A-Za-z0-9._-]+' -->'$ ]] || { echo "the first line of $FILE is not a marker" >&2; exit 2; }
# GitHub refuses comments of more than 65,536 characters. Reports are shorter; what came as an artifact may be anything.
if [ "$(wc -m <"$FILE")" -gt 65536 ]; then
  echo "$FILE is too long for a comment" >&2
  exit 2
fi

call() {
  local method=$1 path=$2
  shift 2
  # The token goes through a file descriptor, since others on the machine see arguments.
  curl --silent --show-error --fail-with-body --max-time 60 --retry 2 --request "$method" \
    --header 'Accept: application/vnd.github+json' --header @<(printf 'Authorization: Bearer %s\n' "$TOKEN") \
    "$@" "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/$path"
}

# The first comment that is ours, in at most 30 pages of 100.
id=
for ((page = 1; page <= 30; page++)); do
  comments=$(call GET "issues/$NUMBER/comments?per_page=100&page=$page")
  id=$(jq -r --arg marker "$marker" --arg author "${AUTHOR:-github-actions[bot]}" \
    '[.[] | select(.user.login == $author and (.body | startswith($marker)))][0].id // empty' <<<"$comments")
  if [ -n "$id" ] || [ "$(jq length <<<"$comments")" -lt 100 ]; then
    break
  fi
done

body=$(jq -Rs '{body: .}' <"$FILE")
if [ -n "$id" ]; then
  call PATCH "issues/comments/$id" --json @- <<<"$body" >/dev/null
  echo "updated comment $id"
else
  call POST "issues/$NUMBER/comments" --json @- <<<"$body" >/dev/null
  echo "posted a comment"
fi
