#!/bin/sh
# Sets what Alibaba Cloud Service Mesh (ASM) takes only through its API: which
# clusters are in the mesh, and its mesh-wide rule for traffic between regions.
# Rendered by meshtopo: change the topology, not this file.
#
# It reads first and writes only what differs, so that running it twice is safe.
# It removes nothing: a cluster that left the topology stays in the mesh.
# Needs aliyun (Alibaba Cloud CLI 3, configured) and jq 1.6 or later.

set -fu
LC_ALL=C # so that A-Z below means ASCII
export LC_ALL

mesh='asm-shop'
mesh_id=''   # '' asks for --mesh-id
region='cn-hangzhou'

# Calls "$1" NAME ID for every cluster of the topology; ID '' asks for --cluster-id.
each_cluster() {
	"$1" 'ack-hangzhou' ''
	"$1" 'ack-shanghai' ''
	return 0
}

# The LocalityLBConf of the mesh: failover, or distribute.
# '' for both: the topology has no mesh-wide rule, and the mesh's own is left alone.
locality_mode=''
locality_conf=''

usage() {
	cat <<'USAGE'
usage: asm-api.sh [--mesh-id ID] [--cluster-id NAME=ID]... [--wait SECONDS]
                  [--check | --dry-run] [--help]

Adds the clusters to the ASM instance and sets its mesh-wide locality rule.

  --mesh-id ID          the ASM instance (aliyun servicemesh DescribeServiceMeshes)
  --cluster-id NAME=ID  the ACK cluster behind a name (aliyun cs DescribeClustersV1)
  --wait SECONDS        pause between the readings that confirm a change (default 5)
  --check               change nothing, print what differs
  --dry-run             read, and print the commands that would change something

exit status: 0 done or nothing to do, 1 --check found a difference, 2 trouble
USAGE
}

# ---- words and messages ----

nl='
'

note() { printf 'asm-api.sh: %s\n' "$1" | tr -d '\000-\010\013-\037\177' >&2; }
die() { note "error: $1"; exit 2; }
usage_error() { die "$1 (--help says more)"; }

# say TEXT: news of an apply; in the other modes stdout is for what was asked.
say() { if [ "$mode" = apply ]; then printf '%s\n' "$1"; else note "$1"; fi; }

drift() { drifted=yes; printf 'drift: %s\n' "$1"; }

# quote WORD: prints it so that a shell reads the same word back.
quote() {
	case $1 in
	'' | *[!A-Za-z0-9_./:=-]*) ;;
	*) printf '%s' "$1"; return ;;
	esac
	unread=$1 quoted=
	while :; do
		case $unread in *\'*) ;; *) break ;; esac
		quoted="$quoted${unread%%\'*}'\\''"
		unread=${unread#*\'}
	done
	printf "'%s'" "$quoted$unread"
}

command_line() {
	printf '%s' "$1"
	shift
	for word in "$@"; do printf ' '; quote "$word"; done
}

# ---- the API ----

# json TEXT JQ-ARGUMENT...: runs jq on the values in the text, which it takes as one array.
# What jq says of text it cannot use differs between its versions; the caller says it.
json() {
	text=$1
	shift
	printf '%s\n' "$text" | jq -s "$@" 2>/dev/null
}
one_answer='if length == 1 and (.[0] | type) == "object" then .[0] else error("not one object") end'

# api read|write ACTION [--Param value]...: one call, its JSON object in $answer.
# A write runs in an apply only; a dry run prints it.
api() {
	kind=$1 action=$2
	shift 2
	set -- aliyun servicemesh "$action" --region "$region" "$@"
	if [ "$kind" = write ] && [ "$mode" != apply ]; then
		printf '%s\n' "$(command_line "$@")"
		return
	fi
	answer=$("$@") || die "exit status $? from: $(command_line "$@")$hint"
	# The CLI can exit 0 without an answer (unreadable configuration); the functions that
	# use the answer of a read see that.
	[ "$kind" = read ] || json "$answer" -e "$one_answer | .Code // 200 | tostring == \"200\"" >/dev/null ||
		die "no success from: $(command_line "$@")$hint${answer:+$nl$answer}"
}

# Brings a LocalityLBConf and what DescribeServiceMeshDetail shows to one form, so
# that equal settings are equal text: rows sorted, "region/*" written as "region".
# The SDK (alibabacloud-go/servicemesh-20200111) types Failover and Distribute as objects;
# the API reference's examples are the bare rows and {"failover": rows}. No live mesh was
# asked, so this takes each of them, also as a string, and refuses any other shape.
# Enabled without rows is failover mode: it is what the console enables by default.
# The rule is on when none of the two fields that say so says no.
locality_form='
	def place: until(endswith("/*") | not; .[:-2]);
	def parsed: if type != "string" then . elif . == "" then null else fromjson end;
	def rows(key): parsed
		| if type == "object" and has(key) then .[key] | parsed else . end
		| if . == null or . == {} then [] elif type == "array" then .
		  else error("unknown shape") end;
	def weights: to_entries | map(.key |= place) | group_by(.key)
		| map({key: .[0].key, value: (map(.value | tonumber) | add + 0)}) | from_entries;
	def form: .failover |= (rows("failover") | map({from: (.from | place), to: (.to | place)}) | sort)
		| .distribute |= (rows("distribute") | map({from: (.from | place), to: (.to | weights)}) | sort)
		| .mode = if .distribute == [] then "failover" elif .failover == [] then "distribute" else "both" end;
	def wanted: {on: true, failover: .failover, distribute: .distribute} | form;
	def shown: .ServiceMesh.Spec.MeshConfig
		| if type == "object" then . else error("no ServiceMesh.Spec.MeshConfig") end
		| {on: ([.LocalityLB.Enabled, .EnableLocalityLB] | map(select(. != null)) | length > 0 and all),
		   failover: .LocalityLB.Failover, distribute: .LocalityLB.Distribute} | form;
	def words: if .on | not then "off"
		elif .mode == "both" then "both \({failover: .failover, distribute: .distribute})"
		else "\(.mode) \(.failover + .distribute)" end;'

# read_mesh: the name of the mesh, its locality setting and the IDs of its clusters.
read_mesh() {
	api read DescribeServiceMeshDetail --ServiceMeshId "$mesh_id"
	setting='null'
	[ -z "$locality_mode" ] || setting=shown
	joined=$(json "$answer" -r "$locality_form $one_answer"'
		| (.ServiceMesh | if type == "object" then . else error("no ServiceMesh") end | .ServiceMeshInfo.Name // "" | tojson),
		  ('"$setting"' | tojson), (.ServiceMesh.Clusters // [])[]') ||
		die "cannot read the answer of DescribeServiceMeshDetail; its LocalityLB is: $(json "$answer" -c '.[0].ServiceMesh.Spec.MeshConfig.LocalityLB')"
	name=${joined%%"$nl"*}
	joined=${joined#*"$nl"}
	present=${joined%%"$nl"*} # stays the first line of joined; it is no ID
	stale=
}

# warn_of_another_mesh: a wrong --mesh-id would change the traffic of somebody else.
# Only a warning, because ASM lets an instance be called anything.
warn_of_another_mesh() {
	case $name in '""' | "\"$mesh\"") ;; *) note "warning: $mesh_id is called $name, the topology says $(quote "$mesh")" ;; esac
}

# list_clusters: every cluster the mesh may be asked to take, page by page.
list_clusters() {
	listed='[]' offset=0
	while :; do
		api read DescribeServiceMeshClusters --ServiceMeshId "$mesh_id" --Offset "$offset" --Limit 30
		listed=$(json "$listed$nl$answer" -r 'if length == 2 then . else error("not one answer") end
			| "\(.[1].Clusters // [] | length) \(.[1].NumberOfClusters // 0 | floor)", (.[0] + (.[1].Clusters // []) | tojson)') ||
			die "the answer of DescribeServiceMeshClusters has another shape than expected"
		counts=${listed%%"$nl"*}
		listed=${listed#*"$nl"}
		offset=$((offset + ${counts% *}))
		[ "${counts% *}" -gt 0 ] && [ "$offset" -lt "${counts#* }" ] || return 0
	done
}

# ---- clusters: each function takes the NAME and ID that each_cluster gives ----

is_id() { case $1 in '' | -* | *[!A-Za-z0-9-]*) return 1 ;; esac; }

# use_id: sets id, from the last --cluster-id of that name or the rendered one.
use_id() {
	id=$2 unread=$overrides
	while [ -n "$unread" ]; do
		line=${unread%%"$nl"*}
		unread=${unread#*"$nl"}
		case $line in "$1="*) id=${line#"$1="} ;; esac
	done
}

know_name() { [ "$1" != "$name" ] || known=yes; }

need_id() {
	use_id "$1" "$2"
	if [ -z "$id" ]; then
		missing="$missing --cluster-id $(quote "$1=ID")"
	elif ! is_id "$id"; then
		die "cluster $(quote "$1"): $(quote "$id") is not an ID (letters, digits and -)"
	else
		case $nl$ids in *"$nl$id$nl"*) die "two clusters have the ID $id" ;; esac
		ids="$ids$id$nl"
	fi
}

in_mesh() { case $nl$joined$nl in *"$nl$1$nl"*) ;; *) return 1 ;; esac; }

check_joined() {
	use_id "$1" "$2"
	in_mesh "$id" || drift "cluster $(quote "$1") ($id) is not in the mesh"
}

# check_allowed: whether the mesh may take the cluster. The meanings of ForbiddenFlag are
# from the API reference, https://www.alibabacloud.com/help/doc-detail/171594.htm
check_allowed() {
	use_id "$1" "$2"
	! in_mesh "$id" || return 0
	[ -n "$listed" ] || list_clusters
	# An ID is letters, digits and - (is_id), so it may stand in the jq program.
	entry=".[0] | map(select(.ClusterId == \"$id\"))"
	verdict=$(json "$listed" -r "$entry | if . == [] then \"absent\" else
		\"\(.[0].ForbiddenFlag) \(.[0].ForbiddenInfo // \"\" | (fromjson? // .) | tojson)\" end") ||
		die "the answer of DescribeServiceMeshClusters has another shape than expected"
	info=${verdict#* }
	case ${verdict%% *} in
	0) return 0 ;;
	1) reason="you do not have administrator permissions on it: grant them in ACK (RBAC)" ;;
	2) reason="it is in another VPC than the mesh, without a private connection: join both VPCs with CEN and, between regions, buy and set the inter-region bandwidth" ;;
	3) reason="its CIDR blocks conflict with the mesh: $info" ;;
	4) reason="it already has a namespace istio-system: remove the Istio that is installed there" ;;
	# Whether the list has clusters of other regions is not documented.
	absent) reason="DescribeServiceMeshClusters does not list it. If its ID is right and you may see it, run: aliyun servicemesh AddClusterIntoServiceMesh --region $(quote "$region") --ClusterId $id --ServiceMeshId $mesh_id" ;;
	*) reason="ForbiddenFlag ${verdict%% *}, which this script does not know: $info" ;;
	esac
	refused=yes
	note "error: cluster $(quote "$1") ($id) cannot be added to the mesh: $reason"
}

add() {
	use_id "$1" "$2"
	if in_mesh "$id"; then
		say "cluster $(quote "$1") ($id): in the mesh, nothing to do"
		return
	fi
	api write AddClusterIntoServiceMesh --ClusterId "$id" --ServiceMeshId "$mesh_id"
	[ "$mode" = apply ] || return 0
	added=yes stale=yes
	say "cluster $(quote "$1") ($id): asked the mesh to take it"
}

tell_arrival() {
	use_id "$1" "$2"
	in_mesh "$id" || say "cluster $(quote "$1") ($id): not in the mesh yet; ASM adds clusters in the background, --check tells when it is in"
}

# ---- the mesh-wide locality rule ----

set_locality() {
	wanted=$(json "$locality_conf" -c "$locality_form .[0] | wanted") || die "the rendered locality_conf is not a LocalityLBConf"
	if [ "$present" = "$wanted" ]; then
		say "locality rule: as the topology says, nothing to do"
		return
	fi
	will_be=$(json "$present$nl$wanted" -r "$locality_form .[] | words") || die "jq failed"
	was=${will_be%%"$nl"*}
	will_be=${will_be#*"$nl"}
	if [ "$mode" = check ]; then
		drift "locality rule is $was; the topology says $will_be"
		return
	fi
	# ASM takes another mode only after the present one was disabled.
	case ${was%% *} in
	off | "$locality_mode") ;;
	*)
		api write UpdateMeshFeature --ServiceMeshId "$mesh_id" --LocalityLoadBalancing=false
		hint="; the locality rule is off now, run this script again to set it" ;;
	esac
	api write UpdateMeshFeature --ServiceMeshId "$mesh_id" --LocalityLoadBalancing=true --LocalityLBConf "$locality_conf"
	hint=
	[ "$mode" = apply ] || return 0
	say "locality rule: was $was; asked for $will_be"
	confirm_locality
}

confirm_locality() {
	for left in 4 3 2 1 0; do
		read_mesh
		if [ "$present" = "$wanted" ]; then
			say "locality rule: the mesh shows it"
			return
		fi
		[ "$left" = 0 ] || sleep "$pause"
	done
	die "UpdateMeshFeature was accepted, but the mesh still shows $(json "$present" -r "$locality_form .[0] | words"); look again with --check"
}

# ---- from here on it runs ----

parse_arguments() {
	mode=apply overrides='' pause=5
	while [ $# -gt 0 ]; do
		case $1 in --mesh-id | --cluster-id | --wait) [ $# -ge 2 ] || usage_error "$1 needs a value" ;; esac
		case $1 in
		--mesh-id) mesh_id=$2; shift ;;
		--cluster-id) override_id "$2"; shift ;;
		--wait)
			case $2 in '' | *[!0-9]*) usage_error "--wait takes whole seconds, not $(quote "$2")" ;; esac
			pause=$2
			shift ;;
		--check | --dry-run)
			[ "$mode" = apply ] || usage_error "only one of --check and --dry-run, and once"
			mode=${1#--} ;;
		-h | --help) usage; exit 0 ;;
		*) usage_error "unknown argument $(quote "$1")" ;;
		esac
		shift
	done
}

override_id() {
	case $1 in *=*) ;; *) usage_error "--cluster-id takes NAME=ID, not $(quote "$1")" ;; esac
	name=${1%%=*} known=no
	each_cluster know_name
	[ "$known" = yes ] || usage_error "--cluster-id $(quote "$1"): the topology has no cluster $(quote "$name")"
	is_id "${1#"$name="}" || usage_error "--cluster-id $(quote "$1"): letters, digits and - make an ID"
	overrides="$overrides$1$nl"
}

need_tools_and_ids() {
	command -v aliyun >/dev/null 2>&1 || die "aliyun, the Alibaba Cloud CLI, is not installed (https://github.com/aliyun/aliyun-cli)"
	command -v jq >/dev/null 2>&1 || die "jq, which reads the API's JSON answers, is not installed (https://jqlang.org; apt-get install jq)"
	[ -n "$mesh_id" ] || die "the topology has no ID for mesh $(quote "$mesh"): add --mesh-id ID"
	is_id "$mesh_id" || die "mesh $(quote "$mesh"): $(quote "$mesh_id") is not an ID (letters, digits and -)"
	missing='' ids=''
	each_cluster need_id
	[ -z "$missing" ] || die "the topology has no ID for these clusters: add$missing"
}

main() {
	parse_arguments "$@"
	need_tools_and_ids
	hint='' listed='' refused='' added='' stale='' drifted='' present=''
	read_mesh
	warn_of_another_mesh
	if [ "$mode" = check ]; then
		each_cluster check_joined
	else
		each_cluster check_allowed
		[ -z "$refused" ] || exit 2
		each_cluster add
	fi
	[ -z "$locality_mode" ] || set_locality
	[ -z "$stale" ] || read_mesh
	[ -z "$added" ] || each_cluster tell_arrival
	[ -z "$drifted" ] || exit 1
	[ "$mode" != check ] || note "no difference"
}

main "$@"
