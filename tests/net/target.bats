#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# target.bats - A route is no proof of who is at its end: services lead to their container alone
#
#	tests/lab/run bats tests/net/target.bats

bats_require_minimum_version 1.5.0

load lab

setup_file() {
	lab_up
	box_install
	sysctl -qw net.bridge.bridge-nf-call-ip6tables=0 2>/dev/null || true
	box_bridge fd42::ffff/64
	# else it changes with the boxes, and the kernel forgets its neighbours
	ip link set cni0 address 02:00:00:00:00:30
}

setup() {
	: >/run/lab/v6d.log
}

teardown() {
	cat /run/lab/v6d.log
	lab_stop v6d
	lab_stop far
	box_unbind a
	box_unbind b
	box_down a b
	ip -6 neigh flush dev cni0 nud permanent
	v6ctl reconcile >/run/lab/left
	is_uplink_plain || uplink_plain
}

# mac NAME - of a box's eth0
mac() {
	ip -n "$1" -o link show eth0 | grep -o 'link/ether [^ ]*' | cut -d' ' -f2
}

# pinned ADDRESS NAME - on cni0, to the box
pinned() {
	ip -6 neigh show "$1" dev "${3:-cni0}" nud permanent | grep -q "lladdr $(mac "$2") PERMANENT"
}

no_pins() {
	[ -z "$(ip -6 neigh show nud permanent)" ]
}

given() {
	ip -n "$1" -6 -o addr show dev eth0 scope global | awk '{print $4}' | cut -d/ -f1
}

# The uplink is a port of a bridge, on which containers are, too
uplink_bridge() {
	box_bridge_named br0 &&
		sysctl -qw net.ipv6.conf.br0.accept_ra=0 &&
		ip addr del 2001:db8::1/64 dev eth0 &&
		ip link set eth0 master br0 &&
		ip addr add 2001:db8::1/64 dev br0 nodad &&
		ip -6 route replace default via "$LAB_ROUTER" dev br0
}

is_uplink_plain() {
	! ip link show br0 >/dev/null 2>&1
}

uplink_plain() {
	ip link set eth0 nomaster
	ip link del br0
	ip addr add 2001:db8::1/64 dev eth0 nodad
	ip -6 route replace default via "$LAB_ROUTER" dev eth0
}

@test "a container's own address is pinned to it, and with the last container nothing is left" {
	box_up a fd42::a/64
	box_serve a tcp 80
	box_bind a v6.host=web3
	pinned fd42::a a
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	box_unbind a
	no_pins
}

@test "an assigned address is, too" {
	box_up a
	box_serve a tcp 80
	box_bind a v6.host=web3
	pinned "$(given a)" a
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	box_unbind a
	no_pins
}

@test "what a neighbour says of the address changes nothing" {
	box_up a fd42::a/64
	box_serve a tcp 80
	box_bind a v6.host=web3
	box_up b fd42::b/64
	ip -n b addr add fd42::a/128 dev eth0 nodad
	box_serve b tcp 80
	nsenter --net=/run/netns/b ping -6 -c 1 -W 1 -I fd42::a fd42::ffff >/dev/null || true
	pinned fd42::a a
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "a far address behind a router is refused, on a bridge that is the uplink, too" {
	uplink_bridge
	box_up a "" "" br0
	ip -n a addr add 2001:db8:f::9/128 dev eth0 nodad
	ip -n a -6 route add default via fe80::1 dev eth0
	run box_bind a v6.host=web3
	[ "$status" != 0 ]
	[[ "$output" == *"this host's route to the container's address 2001:db8:f::9 does not go straight through br0"* ]]
	# nor by a default route that needs no router
	ip -6 route replace default dev br0
	run box_bind a v6.host=web3
	[ "$status" != 0 ]
	[[ "$output" == *"does not go straight through br0"* ]]
	[ "$(nft list set ip6 oci-v6 hairpin 2>/dev/null | grep -c '::/0')" = 0 ]
	no_pins
}

@test "another machine's address on the link: its services stay with the container" {
	uplink_bridge
	lab_start far nsenter --net=/run/netns/client "$peer" serve tcp 80 far
	lab_until eval '[[ "$("$peer" ask tcp "$LAB_CLIENT" 80)" == far* ]]'
	box_up a "" "" br0
	ip -n a addr add "$LAB_CLIENT/64" dev eth0 nodad
	ip -n a -6 route add default via 2001:db8::1 dev eth0
	box_serve a tcp 80
	box_bind a v6.host=web3
	pinned "$LAB_CLIENT" a br0
	[[ "$("$peer" ask tcp 2001:db8::203 80)" != far* ]]
	box_unbind a
	box_down a
	lab_until eval '[[ "$("$peer" ask tcp "$LAB_CLIENT" 80)" == far* ]]'
}

@test "another link-layer address inside: v6d follows, and a reconcile" {
	box_v6d_start
	box_up a fd42::a/64
	box_serve a tcp 80
	box_bind a v6.host=web3
	ip -n a link set eth0 address 02:00:00:00:00:21
	lab_until pinned fd42::a a
	lab_until answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	lab_stop v6d
	ip -n a link set eth0 address 02:00:00:00:00:22
	run pinned fd42::a a
	[ "$status" != 0 ]
	run -1 v6ctl check web3
	[[ "$output" == *"✗ inside"*"eth0 has another link-layer address by now than the one that fd42::a is pinned to"*"run: v6ctl reconcile"* ]]
	v6ctl reconcile
	run -0 v6ctl check web3
	pinned fd42::a a
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "the bridge's link-layer address changes, and the kernel forgets its neighbours: v6d pins again" {
	box_v6d_start
	box_up a fd42::a/64
	box_up b
	box_serve a tcp 80
	box_bind a v6.host=web3
	box_bind b v6.host=web2
	ip link set cni0 address 02:00:00:00:00:31
	lab_until pinned fd42::a a
	lab_until pinned "$(given b)" b
	ip link set cni0 address 02:00:00:00:00:32
	lab_until pinned fd42::a a
	lab_until pinned "$(given b)" b
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "a pin that was removed is reported, and comes back; one that no record wants goes" {
	box_up a fd42::a/64
	box_serve a tcp 80
	box_bind a v6.host=web3
	ip -6 neigh del fd42::a dev cni0
	run v6ctl check web3
	[[ "$output" == *"? route"*"fd42::a is behind cni0, but not pinned"* ]]
	[[ "$(v6ctl reconcile --dry-run)" == *"would "*": pin fd42::a to its link-layer address on cni0"* ]]
	v6ctl reconcile
	pinned fd42::a a
	v6ctl check web3
	ip -6 neigh replace fd42::99 lladdr 02:00:00:00:00:99 dev cni0 nud permanent protocol 83
	[[ "$(v6ctl reconcile)" == *"remove neighbour fd42::99: no record wants it"* ]]
	[ -z "$(ip -6 neigh show fd42::99 dev cni0)" ]
	pinned fd42::a a
}

@test "an administrator's own entry for another machine is not replaced: the start says so" {
	box_up a fd42::a/64
	ip -6 neigh replace fd42::a lladdr 02:00:00:00:00:98 dev cni0 nud permanent
	run box_bind a v6.host=web3
	[ "$status" != 0 ]
	[[ "$output" == *"fd42::a has a permanent neighbour entry on cni0 that is not ours; remove it: ip -6 neigh del fd42::a dev cni0"* ]]
	ip -6 neigh show fd42::a dev cni0 | grep -q 02:00:00:00:00:98
	[ ! -e "/run/oci-v6/records/$(box_id a).json" ]
}

@test "an address is used again: a dead container's services do not go to its new holder" {
	box_up a fd42::a/64
	box_serve a tcp 80
	box_bind a v6.host=web3
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	box_down a
	box_up b fd42::a/64
	box_serve b tcp 80
	box_bind b v6.host=web2
	answers "b $LAB_CLIENT" tcp 2001:db8::202 80
	run ask tcp 2001:db8::203 80
	[[ "$output" != *"b "* ]]
	[ ! -e "/run/oci-v6/records/$(box_id a).json" ]
	pinned fd42::a b
}

@test "a living container's address is not another's: at bind, and when it is changed later" {
	box_v6d_start
	box_up a fd42::a/64
	box_serve a tcp 80
	box_bind a v6.host=web3
	box_up b fd42::b/64
	box_serve b tcp 80
	ip -n b addr add fd42::a/64 dev eth0 nodad
	ip -n b addr del fd42::b/64 dev eth0
	run box_bind b v6.host=web2
	[ "$status" != 0 ]
	[[ "$output" == *"the container's address fd42::a is container $(box_id a | cut -c1-12)'s, which lives"* ]]
	ip -n b addr add fd42::b/64 dev eth0 nodad
	ip -n b addr del fd42::a/64 dev eth0
	box_bind b v6.host=web2
	answers "b $LAB_CLIENT" tcp 2001:db8::202 80
	ip -n b addr add fd42::a/64 dev eth0 nodad
	ip -n b addr del fd42::b/64 dev eth0
	lab_until eval 'v6ctl list | grep -q "web2.*pending"'
	pinned fd42::a a
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
}
