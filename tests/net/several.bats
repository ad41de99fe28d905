#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# several.bats - A container with several addresses answers by UDP, whichever the kernel chooses
#
#	client --- eth0 [ the host ] cni0, cni1 === eth0, eth1 [ box a ]
#
#	tests/lab/run bats tests/net/several.bats

load lab

setup_file() {
	lab_up
	box_install
	for i in $(seq 0 15); do
		lab_client ip addr add "$(printf '2001:db8::c:%x' "$i")/64" dev eth0 nodad
	done
}

setup() {
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
}

teardown() {
	for file in /run/lab/udp-*.pid; do
		[ ! -e "$file" ] || lab_stop "$(basename "$file" .pid)"
	done
	box_unbind b 2>/dev/null
	lab_stop init-b
	lab_clear_bridge a
	ip link del cni1 2>/dev/null || true
	ip link del cni2 2>/dev/null || true
}

udp="/usr/bin/python3 tests/net/udp-peer.py"

# second - box a's other network, and default routes by both, as podman makes them
second() {
	box_connect a fd43::ffff/64
	ip -n a addr add fd43::a/64 dev eth1 nodad
	ip -n a route append default via fd43::ffff dev eth1
	lab_until eval 'ip -6 route show table local dev cni1 | grep -q fd43'
}

# listen PORT HOW - in box a
listen() {
	# shellcheck disable=SC2086
	lab_start "udp-$1-$2" nsenter --net=/run/netns/a $udp serve "$@"
	lab_until box_listens a udp "$1"
}

# all_ask PORT HOW - whether each of many clients is answered, as half of them would be by chance
all_ask() {
	local i

	for i in $(seq 0 15); do
		# shellcheck disable=SC2086
		diff <(echo "2001:db8::203 $2") \
			<(lab_client $udp ask "$(printf '2001:db8::c:%x' "$i")" 2001:db8::203 "$1") || return
	done
}

elements() {
	nft list "$@" | sed -n '/elements = {/,/}/p'
}

@test "two networks, and routes by both: every client is answered, on ports, ranges and by the host" {
	second
	listen 5300 ::
	box_bind a v6.host=web3 "v6.ports=5300/udp,53:5300/udp,6000-9000/udp"
	listen 6001 ::
	all_ask 5300 ::
	all_ask 53 ::
	all_ask 6001 ::
	[ "$($udp ask :: 2001:db8::203 53)" = "2001:db8::203 ::" ]
	# by its own addresses it answers as before
	[ "$($udp ask :: fd43::a 5300 fd42::a 5300)" = "fd43::a ::
fd42::a ::" ]
	v6ctl check web3
	before=$(box_snapshot)
	nft flush ruleset
	v6ctl reconcile
	box_same "$before"
	all_ask 53 ::
	box_unbind a
	[ -z "$(elements set ip6 oci-v6 several)$(elements map ip6 oci-v6 siblings)" ]
	[ -z "$(box_left)" ]
}

@test "all ports of an address, and a program that chooses its source itself" {
	second
	listen 5300 pktinfo
	listen 5301 ::
	box_bind a v6.host=web3 v6.ports=all
	all_ask 5300 pktinfo
	all_ask 5301 ::
}

@test "two addresses on one interface: the container's kernel prefers the other one" {
	listen 5300 ::
	box_bind a v6.host=web3 "v6.ports=5300/udp"
	all_ask 5300 ::
	ip addr add 2001:db8:42::ffff/64 dev cni0 nodad
	ip -n a addr add 2001:db8:42::a/64 dev eth0 nodad
	run ! all_ask 5300 ::
	v6ctl reconcile
	all_ask 5300 ::
	box_unbind a
	box_bind a v6.host=web3 "v6.ports=5300/udp"
	all_ask 5300 ::
}

@test "networks that come and go, more than two, and one with IPv4 alone" {
	listen 5300 ::
	box_bind a v6.host=web3 "v6.ports=5300/udp"
	box_connect a 10.1.0.1/24
	ip -n a addr add 10.1.0.2/24 dev eth1
	v6ctl reconcile
	all_ask 5300 ::
	[ -z "$(elements map ip6 oci-v6 siblings)" ]
	ip addr add fd43::ffff/64 dev cni1 nodad
	ip -n a addr add fd43::a/64 dev eth1 nodad
	ip -n a route append default via fd43::ffff dev eth1
	box_bridge_named cni2 fd44::ffff/64
	ip link add name a2 type veth peer name eth2 netns a
	ip link set dev a2 master cni2 up
	ip -n a link set eth2 up
	ip -n a addr add fd44::a/64 dev eth2 nodad
	ip -n a route append default via fd44::ffff dev eth2
	run -0 v6ctl reconcile
	[ "$(elements map ip6 oci-v6 siblings | grep -c fd42::a)" = 3 ]
	all_ask 5300 ::
	ip link set dev cni2 down
	ip link set dev cni2 name cni3 up
	v6ctl reconcile
	elements map ip6 oci-v6 siblings | grep cni3
	run ! grep cni2 <(elements map ip6 oci-v6 siblings)
	ip link set dev cni3 name cni2
	ip -n a link del eth1
	ip -n a link del eth2
	v6ctl reconcile
	[ -z "$(elements set ip6 oci-v6 several)$(elements map ip6 oci-v6 siblings)" ]
	all_ask 5300 ::
}

@test "containers of one network share its interfaces; a dead one's targets are replaced" {
	second
	listen 5300 ::
	box_init b a
	box_bind a v6.host=web3 "v6.ports=5300/udp"
	box_bind b v6.host=web2 "v6.ports=5301:5300/udp"
	box_unbind b
	all_ask 5300 ::
	box_unbind a
	[ -z "$(elements map ip6 oci-v6 siblings)" ]
	nft "add element ip6 oci-v6 siblings { cni1 . $(ip netns exec a cat /sys/class/net/eth1/address) : fd42::99 }"
	box_bind a v6.host=web3 "v6.ports=5300/udp"
	all_ask 5300 ::
	run ! grep fd42::99 <(elements map ip6 oci-v6 siblings)
	nft "add element ip6 oci-v6 siblings { cni7 . 02:00:00:00:00:01 : fd42::98 }
		add element ip6 oci-v6 several { fd42::98 }"
	run -0 v6ctl reconcile
	run ! grep fd42::98 <(nft list table ip6 oci-v6)
}

@test "an interface past this host: the start warns, and check; check misses elements, too" {
	listen 5300 ::
	ip link add name eth1 netns a type veth peer name past netns lan
	lab_lan ip link set dev past up
	ip -n a link set eth1 up
	ip -n a addr add 2001:db8:77::a/64 dev eth1 nodad
	run -0 box_bind a v6.host=web3 "v6.ports=5300/udp"
	[[ "$output" == *"clients may be answered by the container's interface eth1, past this host"* ]]
	run v6ctl check web3
	[[ "$output" == *"? inside     by UDP the container may answer by its interface eth1, past this host"* ]]
	ip -n a link del eth1
	second
	run -1 v6ctl check web3
	[[ "$output" == *"the container's networks have changed since the last reconcile"* ]]
	v6ctl reconcile
	run -0 v6ctl check web3
	[[ "$output" != *"may answer"* ]]
	nft flush map ip6 oci-v6 siblings
	run -1 v6ctl check web3
	[[ "$output" == *"by UDP the container may answer from another address than fd42::a"* ]]
	v6ctl reconcile
	all_ask 5300 ::
	run -0 box_bind a v6.host=web3 v6.ports=5300/tcp
	[ -z "$(elements set ip6 oci-v6 several)" ]
}
