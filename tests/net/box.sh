# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# box.sh - Containers without an engine; to be sourced inside the lab, after topology.sh
#
#	client ---- lan ---- eth0 [ the host ] cni0 ---- eth0 [ box NAME ]
#	                          2001:db8::1  fd42::ffff     fd42::N, or no IPv6 address
#
# A box is a network namespace with one process in it, which stands for a container's init. The
# hook is run as a runtime would run it, with a state on stdin. Ids are 64 characters, as engines
# make them: box_id NAME.

: "${V6_BUILD:=build}"
hook=/usr/libexec/oci/hooks.d/oci-v6-hook
peer=$PWD/$V6_BUILD/tests/net/peer

# What the next machine would install; quiet. With V6_INSTALLED a package is, and is what is tested
box_install() {
	[ -n "${V6_INSTALLED-}" ] || make -s install prefix=/usr ${V6_SAN:+SAN=1} >/dev/null
}

# box_bridge [ADDRESS/LENGTH] - cni0, as an engine makes it; box_bridge_named NAME for another one
box_bridge() {
	box_bridge_named cni0 "$@"
}

box_bridge_named() {
	ip link add name "$1" type bridge stp_state 0 forward_delay 0 &&
		sysctl -qw "net.ipv6.conf.$1.accept_dad=0" &&
		ip link set dev "$1" up || return
	[ $# = 1 ] || ip addr add "$2" dev "$1" nodad
}

# box_up NAME [ADDRESS/LENGTH [GATEWAY [BRIDGE]]] - a box; its init runs until box_kill. Where the
# address is "", it has none
box_up() {
	box_netns "$1" && box_plug "$@" && box_init "$1"
}

# box_netns NAME - the network of a box, with nothing but loopback
box_netns() {
	ip netns add "$1" &&
		ip -n "$1" link set lo up &&
		nsenter --net="/run/netns/$1" sysctl -qw net.ipv6.conf.default.accept_dad=0 \
			net.ipv6.conf.default.accept_ra=0
}

# box_plug NAME [ADDRESS/LENGTH [GATEWAY [BRIDGE]]] - its eth0
box_plug() {
	local name=$1

	ip link add name "$name" type veth peer name eth0 netns "$name" &&
		sysctl -qw "net.ipv6.conf.$name.accept_dad=0" &&
		ip link set dev "$name" master "${4:-cni0}" up &&
		ip -n "$name" link set eth0 up || return
	if [ -n "${2-}" ]; then
		ip -n "$name" addr add "$2" dev eth0 nodad &&
			ip -n "$name" route add default via "${3:-fd42::ffff}" dev eth0 || return
	fi
	lab_until box_settled "$name" && lab_until box_settled "${4:-cni0}"
}

# box_connect NAME ADDRESS/LENGTH - one more network of a box: eth1, on a bridge cni1 with that address
box_connect() {
	box_bridge_named cni1 "$2" &&
		ip link add name "${1}1" type veth peer name eth1 netns "$1" &&
		ip link set dev "${1}1" master cni1 up &&
		ip -n "$1" link set eth1 up
}

# box_init NAME [NETNS] - start what stands for a container's init, and wait until it is in there:
# before, it would pass for a container in the host's network
box_init() {
	lab_start "init-$1" nsenter --net="/run/netns/${2:-$1}" sleep infinity &&
		lab_until test "/proc/$(box_pid "$1")/ns/net" -ef "/run/netns/${2:-$1}"
}

# Whether a link has its link-local address, which comes a moment after the link is up
box_settled() {
	ip -6 route show table local dev "$1" | grep -q '^local fe80'
}

# box_serve NAME PROTO PORT [ADDRESS] - what listens in a box, on all addresses or on one
box_serve() {
	lab_start "serve-$1-$2-$3" nsenter --net="/run/netns/$1" "$peer" serve "$2" "$3" "$1" ${4:+"$4"} &&
		lab_until box_listens "$@"
}

box_listens() {
	nsenter --net="/run/netns/$1" ss -Hlno "--$2" "sport = :$3" | grep -q .
}

# box_host_listens PORT - likewise, the host
box_host_listens() {
	ss -Hlnt "sport = :$1" | grep -q .
}

# box_kill NAME - its init dies, and nobody tells us
box_kill() {
	lab_stop "init-$1"
}

# box_down NAME... - gone, whatever state it is in
box_down() {
	local file name

	for name; do
		for file in "/run/lab/init-$name.pid" "/run/lab/serve-$name"-*.pid; do
			[ ! -e "$file" ] || lab_stop "$(basename "$file" .pid)"
		done
		ip link del dev "$name" 2>/dev/null
		ip netns del "$name" 2>/dev/null
		rm -rf "/run/lab/bundle-$name"
	done
	return 0
}

box_pid() {
	cat "/run/lab/init-$1.pid"
}

box_id() {
	echo -n "$1" | sha256sum | cut -d' ' -f1
}

# box_bundle NAME NETNS-FILE [SYSCTL=VALUE...] - the config.json that its engine would have written; ""
# for a network that its runtime makes
box_bundle() {
	local dir=/run/lab/bundle-$1 file=${2:+,\"path\":\"$2\"} pair comma=

	mkdir -p "$dir"
	shift 2
	{
		printf '{"ociVersion":"1.0.0","linux":{"sysctl":{'
		for pair; do
			printf '%s"%s":"%s"' "$comma" "${pair%%=*}" "${pair#*=}"
			comma=,
		done
		printf '},"namespaces":[{"type":"mount"},{"type":"network"%s}]}}\n' "$file"
	} >"$dir/config.json"
}

# box_state NAME [KEY=VALUE...] - what runc would send
box_state() {
	local name=$1 bundle=/run/lab/bundle-$1 pair comma=

	[ -d "$bundle" ] || bundle=/
	printf '{"ociVersion":"1.2.0","id":"%s","status":"creating","pid":%s,"bundle":"%s",' \
		"$(box_id "$name")" "$(box_pid "$name")" "$bundle"
	printf '"annotations":{'
	shift
	for pair; do
		printf '%s"%s":"%s"' "$comma" "${pair%%=*}" "${pair#*=}"
		comma=,
	done
	printf '}}\n'
}

# box_bind NAME KEY=VALUE... - run the hook before the start; V6_WRAP may be valgrind
box_bind() {
	box_state "$@" | ${V6_WRAP-} $hook createRuntime
}

# box_unbind NAME - run it after the end. Engines send no pid, since the container's init has exited;
# that of a box lives on, for the next bind, and so is named here
box_unbind() {
	box_stopped "$1" | ${V6_WRAP-} $hook poststop
}

# box_stopped NAME [ID] - what box_unbind sends
box_stopped() {
	printf '{"ociVersion":"1.0.2-dev","id":"%s","status":"stopped","pid":%s,"annotations":{}}' \
		"${2-$(box_id "$1")}" "$(box_pid "$1" 2>/dev/null || echo 0)"
}

# The kernel makes the local route of an address in the background
box_routed() {
	[ "$(ip -6 -o addr show -tentative | wc -l)" = \
		"$(ip -6 route show table local type local | grep -vc 'proto 83')" ]
}

# What the kernel and the state directory hold of ours, for comparison; counters are left out
box_snapshot() {
	lab_until box_routed
	ip -6 -o addr show | sed 's/^[0-9]*: //; s/ tentative//' | sort
	ip -6 route show table all | grep -v '^multicast\|^ff00' | sort
	ip -6 neigh show proxy | sort
	ip -6 rule show
	box_ruleset | sed 's/ counter packets [0-9]* bytes [0-9]*//' |
		box_sort_elements
	find /run/oci-v6/records /run/oci-v6/holders-* -type f 2>/dev/null | sort
	find /run/oci-v6/holders-* -mindepth 1 -type d 2>/dev/null | sort
	find /run/oci-v6/inside-* -type f 2>/dev/null | sort
	return 0
}

# box_but_opened - without the interfaces that were opened for services, which stay so when those have gone
box_but_opened() {
	grep -vx '"[a-z0-9]*"\( \. "[a-z0-9]*"\)\?'
}

# Our table, without what its packets fill, which goes by itself
box_ruleset() {
	nft -s list table ip6 oci-v6 2>/dev/null |
		awk '/^\t(set|map) / { filled = $2 ~ /^(questions|askers|asked-)/ } !filled { print }
			/^\t}/ { filled = 0 }'
}

# The kernel lists the elements of a set in any order
box_sort_elements() {
	awk '/elements = {/ { inside = 1; sub(/elements = {/, "") }
		!inside { block = NR }
		{ last = sub(/ }$/, ""); if (inside) gsub(/^[ \t]+|,$/, ""); print block "\t" $0 }
		inside && last { inside = 0 }' | sort -t $'\t' -k 1,1n -k 2 | cut -f 2-
}

# box_same SNAPSHOT - whether all is as it was; soon, as the kernel makes local routes in the background
box_same() {
	lab_until box_equals "$1" && return
	diff <(echo "$1") <(box_snapshot)
}

box_equals() {
	[ "$(box_snapshot)" = "$1" ]
}

# The table's text without its elements, which nft writes over several lines
box_table() {
	nft -s list table ip6 oci-v6 |
		awk '/elements = {/ { inside = 1 } !inside { print } / }$/ { inside = 0 }'
}

# ask PROTO ADDRESS PORT - what the client hears
ask() {
	lab_client "$peer" ask "$@"
}

# answers TEXT PROTO ADDRESS PORT - the client hears this, and what else it hears is told. Who expects no
# answer asks: it is not waited for that long
answers() {
	local expected=$1 heard

	shift
	heard=$(PEER_SECONDS=10 ask "$@") || :
	[ "$heard" = "$expected" ] || { echo "from $2 port $3/$1: $heard, not $expected"; return 1; }
}

# box_left - what is left on the host of services in 2001:db8::200 and on
box_left() {
	box_ruleset | grep 2001:db8
	ip -6 addr show | grep 2001:db8::20
	ip -6 route show proto 83
	find /run/oci-v6/records /run/oci-v6/holders-* /run/oci-v6/inside-* -type f 2>/dev/null
	conntrack -L -f ipv6 --dst-nat 2>/dev/null | grep 2001:db8::20
	return 0
}

# box_v6d_start - v6d, as far as that it watches; it holds its lock before
box_v6d_start() {
	lab_start v6d v6d
	lab_until box_v6d_watches
}

box_v6d_watches() {
	find "/proc/$(cat /run/lab/v6d.pid)/fd" -lname '*inotify*' | grep -q .
}

# host_up NAME NUMBER - another host on the link, 2001:db8::NUMBER, to be spoken to by host_run
host_up() {
	lab_netns "$1" && lab_plug "$1" "$2" &&
		install -d -m 700 "/run/lab/state-$1" /run/oci-v6 &&
		echo "$1" >"/run/lab/machine-id-$1" && touch /etc/machine-id
}

# host_run NAME COMMAND... - run a command, or a function of these files, on another host. Boxes
# have one name space for all hosts
host_run() {
	V6_WRAP="host_hook $1" nsenter --net="/run/netns/$1" \
		bash -c '. tests/lab/topology.sh && . tests/net/box.sh && "$@"' - "${@:2}"
}

# Only the hook and v6ctl see that host's files: what box_up mounts would hide in here
host_hook() {
	unshare --mount sh -c 'mount --bind "/run/lab/state-$0" /run/oci-v6 &&
		mount --bind "/run/lab/machine-id-$0" /etc/machine-id && exec "$@"' "$@"
}
