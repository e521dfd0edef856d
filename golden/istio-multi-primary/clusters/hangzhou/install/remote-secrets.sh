#!/bin/sh
# Gives the istiod of one cluster access to the API servers of the others: for each of
# them a Secret istio-remote-secret-NAME, which istioctl makes of a service account's
# token there. Rendered by meshtopo: change the topology, not this file.
#
# Running it again is safe. It removes nothing, and no secret stands in it or is written
# to a file: what istioctl prints goes straight to kubectl.
# Needs istioctl and kubectl, and a context of your kubeconfig for every cluster.

set -fu

primary='hangzhou'

# Calls "$1" NAME for every other cluster.
each_other() {
	"$1" 'shanghai'
	return 0
}

usage() {
	cat <<'USAGE'
usage: remote-secrets.sh [--context NAME=CONTEXT]... [--server NAME=URL]...
                         [--dry-run] [--help]

Lets the istiod of this cluster read the API servers of all other clusters of the mesh.

  --context NAME=CONTEXT  the context of cluster NAME in your kubeconfig (default NAME)
  --server NAME=URL       where the istiod reaches the API server of cluster NAME
                          (default: as the context has it)
  --dry-run               print the commands, run none

exit status: 0 done, 2 trouble
USAGE
}

nl='
'

die() {
	printf 'remote-secrets.sh: error: %s\n' "$1" >&2
	exit 2
}

# given LIST NAME: the value of the last NAME=VALUE in the list, or nothing.
given() {
	unread=$1 value=
	while [ -n "$unread" ]; do
		line=${unread%%"$nl"*}
		unread=${unread#*"$nl"}
		case $line in "$2="*) value=${line#"$2="} ;; esac
	done
	printf '%s' "$value"
}

context_of() {
	value=$(given "$contexts" "$1")
	printf '%s' "${value:-$1}"
}

know() { case $1 in "$wanted") known=yes ;; esac; }

# check PAIR: whether it is NAME=VALUE with the name of a cluster.
check() {
	case $1 in
	*"$nl"*) die "a line break in an argument" ;;
	?*=?*) ;;
	*) die "$1 is not NAME=VALUE (--help says more)" ;;
	esac
	wanted=${1%%=*} known=
	know "$primary"
	each_other know
	[ -n "$known" ] || die "there is no cluster $wanted"
}

# grant NAME: makes the Secret for one cluster.
grant() {
	server=$(given "$servers" "$1")
	set -- "$1" create-remote-secret --context "$(context_of "$1")" --name "$1" ${server:+--server "$server"}
	name=$1
	shift
	if [ -n "$dry" ]; then
		printf 'istioctl %s | kubectl --context %s apply -f -\n' "$*" "$(context_of "$primary")"
		return
	fi
	secret=$(istioctl "$@") || die "istioctl has no access to cluster $name"
	printf '%s\n' "$secret" | kubectl --context "$(context_of "$primary")" apply -f - ||
		die "kubectl could not write the Secret for cluster $name into cluster $primary"
}

contexts='' servers='' dry=''
while [ $# -gt 0 ]; do
	case $1 in
	--context | --server)
		[ $# -ge 2 ] || die "$1 needs NAME=VALUE (--help says more)"
		check "$2"
		if [ "$1" = --context ]; then contexts="$contexts$2$nl"; else servers="$servers$2$nl"; fi
		shift 2
		;;
	--dry-run)
		dry=yes
		shift
		;;
	--help)
		usage
		exit 0
		;;
	*) die "unknown argument $1 (--help says more)" ;;
	esac
done
each_other grant
