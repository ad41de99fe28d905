#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# failures.bats - Input -> message -> exit status -> nothing left; the message is found again later
#
#	tests/lab/run bats tests/net/failures.bats
#	tests/lab/run bats tests/net/failures-valgrind.bats	the same, and no leak on any of these paths

bats_require_minimum_version 1.5.0

load_lab() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	. tests/lab/topology.sh
	. tests/net/box.sh
	case $BATS_TEST_FILENAME in
	*-valgrind.bats)
		V6_WRAP="valgrind -q --leak-check=full --show-leak-kinds=all --errors-for-leak-kinds=all"
		V6_WRAP+=" --track-fds=no --error-exitcode=99"
		;;
	esac
}

setup_file() {
	load_lab
	lab_up
	box_install
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	# what the first bind changes for good is no leftover of a failure
	box_bind a v6.host=2001:db8::aaaa
	box_unbind a
}

setup() {
	load_lab
	cp /run/lab/resolv.conf /etc/resolv.conf
	: >/run/lab/messages
}

# fails TEXT KEY=VALUE... - the start of box a fails with this text, everywhere it should be, and
# leaves nothing
fails() {
	local text=$1 before

	shift
	before=$(box_snapshot)
	run box_bind a "$@"
	echo "$output"
	[ "$status" = 1 ]
	[[ "$output" == "oci-v6-hook: $(box_id a | cut -c1-12): $text"* ]]
	[ "${#lines[@]}" = 1 ]
	# podman takes these words for its own failures
	[[ "${output,,}" != *"no such file or directory"* && "${output,,}" != *"permission denied"* ]]
	box_same "$before"
	lab_until grep -qF "$(box_id a | cut -c1-12): $text" /run/lab/messages
	[[ "$(v6ctl)" == *"$(box_id a | cut -c1-12): $text"* ]]
}

@test "names: no such name" {
	fails 'nowhere: no such name in DNS or /etc/hosts' v6.host=nowhere
}

@test "names: only IPv4" {
	fails 'v4only: has only IPv4 addresses (192.0.2.9)' v6.host=v4only
}

@test "names: DNS times out" {
	echo "nameserver 2001:db8::dead" >/etc/resolv.conf
	fails 'web3: DNS timed out after 2' v6.host=web3
}

@test "names: several share one budget" {
	echo "nameserver 2001:db8::dead" >/etc/resolv.conf
	began=$EPOCHREALTIME
	run box_bind a v6.host=web2,web3,web4,web5
	[ "$status" = 1 ]
	# four times as long, if each had its own
	awk "BEGIN { exit !($EPOCHREALTIME - $began < 7) }"
}

@test "names: DNS refuses" {
	ip -n dns addr replace 2001:db8::5353/64 dev eth0 nodad
	fake=$(lab_dns "$PWD/$V6_BUILD/tests/net/fakedns" 2001:db8::5353 refused 3>&-)
	echo "nameserver 2001:db8::5353" >/etc/resolv.conf
	fails 'web3: cannot ask DNS: 2001:db8::5353 refuses to answer (REFUSED)' v6.host=web3
	kill "$fake"
}

@test "names: nobody listens there" {
	echo "nameserver $LAB_CLIENT" >/etc/resolv.conf
	fails "web3: cannot ask DNS: nothing listens on $LAB_CLIENT" v6.host=web3
}

@test "names: one of two fails: the other is not published either" {
	fails 'nowhere: no such name' v6.host=web3,nowhere
}

@test "addresses: no link holds the prefix" {
	fails '2001:db8:9::1 is in no prefix of any link of this host; correct' \
		v6.host=2001:db8:9::1
}

@test "addresses: not for services" {
	for address in ::1 :: fe80::5 ff02::1 ::ffff:192.0.2.9 64:ff9b::1; do
		fails "$address can't be a service address; use a global" v6.host=$address
	done
}

@test "addresses: the router's" {
	fails "$LAB_ROUTER is the address of this host's router" v6.host="$LAB_ROUTER"
}

@test "addresses: behind the container bridge" {
	fails 'fd42::5 is in the prefix behind the container bridge cni0' v6.host=fd42::5
	fails 'fd42::ffff is in the prefix behind the container' v6.host=fd42::ffff
}

@test "annotations: each mistake has its own words" {
	fails 'annotation v6.hosts is not known; did you mean v6.host?' v6.host=web3 v6.hosts=web3
	fails 'v6.ports: "80-70"' v6.host=web3 v6.ports=80-70
	fails 'v6.ports: "0"' v6.host=web3 v6.ports=0
	fails 'v6.ports: "65536"' v6.host=web3 v6.ports=65536
	fails 'v6.ports: "80/icmp"' v6.host=web3 v6.ports=80/icmp
	fails 'v6.host: ' v6.host=-bad-
	fails 'v6.host: ' v6.host=
	fails 'v6.host: ' v6.host=192.0.2.7
	fails 'v6.required: ' v6.host=web3 v6.required=maybe
	fails 'web3: v6.interface: this host has no link eth9' v6.host=web3 v6.interface=eth9
	fails 'web3: 2001:db8::203 is in no prefix of link cni0' v6.host=web3 v6.interface=cni0
}

@test "annotations: no terminal escape reaches the log" {
	run box_bind a 'v6.host=web\u001b[31m3'
	[ "$status" = 1 ]
	[[ "$output" != *$'\e'* ]]
}

# says TEXT: the hook says this of a state that has no id to speak of
says() {
	[ "$status" = 1 ]
	echo "$output"
	[[ "$output" == "oci-v6-hook: $1"* ]]
	lab_until grep -qF "$1" /run/lab/messages
}

@test "state: malformed, empty, over-large, without an id" {
	run eval "echo '{\"id\": \"x\", ' | $V6_WRAP $hook createRuntime"
	says 'container state: line '
	run eval "$V6_WRAP $hook createRuntime </dev/null"
	says 'container state: '
	run eval "head -c 1100000 /dev/zero | tr '\\0' ' ' | $V6_WRAP $hook createRuntime"
	says 'container state: over 1048576 bytes'
	run eval "echo '{\"pid\": 1}' | $V6_WRAP $hook createRuntime"
	says 'container state: "id": missing'
	run eval "echo '{\"id\": \"../x\", \"pid\": 1}' | $V6_WRAP $hook createRuntime"
	says 'container state: "id"'
}

@test "state: what poststop cannot read is reported, and stops nobody" {
	run eval "echo nonsense | $V6_WRAP $hook poststop"
	[ "$status" = 0 ]
	[[ "$output" == "oci-v6-hook: container state: line 1"* ]]
}

@test "usage: another stage, or none" {
	run $V6_WRAP "$hook" poststart
	[ "$status" = 2 ]
	[[ "$output" == usage:* ]]
	run $V6_WRAP "$hook"
	[ "$status" = 2 ]
}

@test "container: the process has ended" {
	run eval "echo '{\"id\":\"gone\",\"pid\":4194303,\"annotations\":{\"v6.host\":\"web3\"}}' | $V6_WRAP $hook createRuntime"
	says 'gone: process 4194303: it has ended'
}

@test "container: no network" {
	lab_start init-none unshare -n sleep 300
	lab_until eval '[ "$(readlink /proc/$(cat /run/lab/init-none.pid)/ns/net)" != "$(readlink /proc/self/ns/net)" ]'
	run eval "box_state none v6.host=web3 | $V6_WRAP $hook createRuntime"
	lab_stop init-none
	says "$(box_id none | cut -c1-12): the container has no network but loopback"
}

@test "container: no way out of its network, as in an internal one" {
	ip -n a -6 route del default
	fails 'the container has an IPv6 address, but no default route, and could answer its' v6.host=web3
	ip -n a route add default via fd42::ffff
}

@test "container: macvlan" {
	ip netns add mv
	ip link add mv0 link eth0 type macvlan mode bridge || skip "this kernel has no macvlan"
	ip link set mv0 netns mv name eth0 up
	ip -n mv link set eth0 up
	ip -n mv addr add 2001:db8::77/64 dev eth0 nodad
	lab_start init-mv nsenter --net=/run/netns/mv sleep 300
	run eval "box_state mv v6.host=web3 | $V6_WRAP $hook createRuntime"
	lab_stop init-mv
	ip netns del mv
	says "$(box_id mv | cut -c1-12): the container's link eth0 is a macvlan"
}

@test "rights: none at all, or no CAP_NET_ADMIN" {
	before=$(box_snapshot)
	run eval "box_state a v6.host=web3 | setpriv --reuid=65534 --clear-groups $V6_WRAP $hook createRuntime"
	[ "$status" = 1 ]
	[[ "$output" == *"run as root"* ]]
	run eval "box_state a v6.host=web3 | setpriv --bounding-set=-net_admin $V6_WRAP $hook createRuntime"
	[ "$status" = 1 ]
	[[ "$output" == *"not allowed; run as root with CAP_NET_ADMIN"* ]]
	box_same "$before"
}

@test "kernel: no nf_tables" {
	before=$(box_snapshot)
	run eval "box_state a v6.host=web3 | OLDKERNEL=nf_tables LD_PRELOAD=$PWD/$V6_BUILD/tests/net/oldkernel.so ASAN_OPTIONS=verify_asan_link_order=0 $V6_WRAP $hook createRuntime"
	echo "$output"
	[ "$status" = 1 ]
	[[ "$output" == *"this kernel has no nf_tables; load it with modprobe nf_tables"* ]]
	box_same "$before"
}

@test "kernel: IPv6 is off on the host, and on the link" {
	sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	run box_bind a v6.host=2001:db8::203
	sysctl -qw net.ipv6.conf.all.disable_ipv6=0
	# it took all addresses with it
	ip addr add "$LAB_HOST/64" dev eth0 nodad
	ip addr add fd42::ffff/64 dev cni0 nodad
	ip route replace default via "$LAB_ROUTER" dev eth0
	echo "$output"
	[ "$status" = 1 ]
	[[ "$output" == *"IPv6 is off on this host; sysctl net.ipv6.conf.all.disable_ipv6=0"* ]]
}

@test "v6.required=false: the container starts, and the failure is logged and listed" {
	run box_bind a v6.host=nowhere v6.required=false
	[ "$status" = 0 ]
	[[ "$output" == *"nowhere: no such name"* ]]
	lab_until grep -q "nowhere: no such name" /run/lab/messages
	[[ "$(v6ctl)" == *"nowhere: no such name"* ]]
}

@test "pods of Kubernetes may claim nothing" {
	run eval "sed \"s/\\\"pid\\\":[0-9]*/\\\"pid\\\":$(box_pid a)/\" tests/states/crio-container-crun-created.json | $V6_WRAP $hook createRuntime"
	says 'bf07f46651db: pods of Kubernetes (cri-o) may not claim'
}

@test "claims: held by a living container, and one of several" {
	box_up b fd42::b/64
	box_bind b v6.host=web3
	fails "web3: 2001:db8::203 port 80/tcp is held by container $(box_id b | cut -c1-12); stop that one" \
		v6.host=web3
	fails "web3: 2001:db8::203 port 80/tcp is held by" v6.host=web2,web3 v6.ports=443,80,53/udp
	box_unbind b
	box_down b
}

@test "and all is well: bind, and unbind" {
	box_bind a v6.host=web3,web2 v6.ports=80,443,53/udp
	[ -n "$(ip -6 addr show dev eth0 to 2001:db8::203)" ]
	box_unbind a
	[ -z "$(ip -6 addr show dev eth0 to 2001:db8::203)" ]
}
