#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# leftovers.bats - What crashes and other people leave exposes no listener of the host, and blocks nobody
#
#	tests/lab/run bats tests/net/leftovers.bats
#
# The host listens on [::], ports 22 and 80. Container h shares its network; a and b do not.

load lab

setup_file() {
	lab_ready
	mkdir -p /etc/oci-v6
	lab_start sshd "$peer" serve tcp 22 host
	lab_start httpd "$peer" serve tcp 80 host
	lab_until eval 'ss -Hltn "sport = :22" | grep -q . && ss -Hltn "sport = :80" | grep -q .'
}

setup() {
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_up b fd42::b/64
	box_serve a tcp 80
	box_serve b tcp 443
	lab_start init-h sleep infinity
}

teardown() {
	box_unbind h 2>/dev/null
	lab_stop init-h
	lab_clear_bridge a b c
	ip link del eth1 2>/dev/null || true
}

# make_eth1 - a second link to the outside, as a network manager would make it again
make_eth1() {
	ip link del eth1 2>/dev/null || :
	ip link add eth1 type veth peer name eth1 netns /run/netns/lan
	ip -n lan link set eth1 master br0 up
	sysctl -qw net.ipv6.conf.eth1.accept_dad=0
	ip link set eth1 up
	ip addr add 2001:db8:7::1/64 dev eth1 nodad
}

# Whether anything is left of a service address
is_gone() {
	[ -z "$(ip -6 -o addr show to "$1")$(ip -6 neigh show proxy | grep "$1")" ] &&
		[ -z "$(ip -6 route show table local "$1")" ]
}

is_refused() {
	run ask tcp "$@"
	echo "$output"
	[[ "$output" == *refused* ]]
}

@test "the host's port that a dead container in its network had is closed when another takes it over" {
	box_bind h v6.host=web3
	answers "host $LAB_CLIENT" tcp 2001:db8::203 80
	lab_stop init-h
	box_bind a v6.host=web3
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	box_bind b v6.host=web3 v6.ports=443
	box_unbind a
	is_refused 2001:db8::203 80
	answers "b $LAB_CLIENT" tcp 2001:db8::203 443
}

@test "and when the claim of it had been removed" {
	box_bind h v6.host=web3
	nft flush map ip6 oci-v6 services
	box_unbind h
	box_bind b v6.host=web3 v6.ports=443
	is_refused 2001:db8::203 80
}

@test "the host's port without a claim is closed by reconcile, though the address is in use" {
	box_bind h v6.host=web3
	box_bind b v6.host=web3 v6.ports=443
	nft add element ip6 oci-v6 local '{ tcp . 2001:db8::203 . 22 }'
	nft add element ip6 oci-v6 traffic '{ tcp . 2001:db8::203 . 22 }'
	answers "host $LAB_CLIENT" tcp 2001:db8::203 22
	run -0 v6ctl reconcile
	[[ "$output" == *"2 orphans removed"* ]]
	is_refused 2001:db8::203 22
	answers "host $LAB_CLIENT" tcp 2001:db8::203 80
	answers "b $LAB_CLIENT" tcp 2001:db8::203 443
}

@test "an interface that was made again: the last container removes the address by its old number" {
	make_eth1
	box_bind a v6.host=2001:db8:7::203
	make_eth1
	box_bind b v6.host=2001:db8:7::203 v6.ports=443
	box_unbind b
	box_unbind a
	is_gone 2001:db8:7::203
}

@test "the same where addresses are local routes" {
	echo '{"attach": "route"}' >/etc/oci-v6/config.json
	make_eth1
	box_bind a v6.host=2001:db8:7::203
	make_eth1
	box_bind b v6.host=2001:db8:7::203 v6.ports=443
	[[ "$(ip -6 neigh show proxy)" == "2001:db8:7::203 dev eth1"* ]]
	box_unbind b
	box_unbind a
	is_gone 2001:db8:7::203
}

@test "an address that was removed comes back with another container the way it was" {
	box_bind a v6.host=web3
	ip addr del 2001:db8::203/128 dev eth0
	echo '{"attach": "route"}' >/etc/oci-v6/config.json
	box_bind b v6.host=web3 v6.ports=443
	ip -6 -o addr show to 2001:db8::203 | grep -q 2001:db8::203
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	box_unbind b
	box_unbind a
	is_gone 2001:db8::203
}

@test "an address that was brought another way than its last container's record says" {
	box_bind a v6.host=web3
	ip addr del 2001:db8::203/128 dev eth0
	ip -6 route add local 2001:db8::203 dev lo proto 83
	box_unbind a
	is_gone 2001:db8::203
}

@test "the table made again by a start: the addresses of the dead are guarded until they are collected" {
	box_bind a v6.host=web3
	box_kill a
	nft flush ruleset
	box_bind b v6.host=web2 v6.ports=443
	is_refused 2001:db8::203 22
	answers "b $LAB_CLIENT" tcp 2001:db8::202 443
	v6ctl reconcile
	is_gone 2001:db8::203
}

@test "the table made again by a start: addresses that no record knows of are guarded, too" {
	box_bind a v6.host=web3
	echo '{"attach": "route"}' >/etc/oci-v6/config.json
	box_bind a v6.host=web3,2001:db8::204
	rm -r /run/oci-v6
	nft flush ruleset
	box_bind b v6.host=web2 v6.ports=443
	is_refused 2001:db8::203 22
	is_refused 2001:db8::204 22
	v6ctl reconcile
	is_gone 2001:db8::203
	is_gone 2001:db8::204
	answers "b $LAB_CLIENT" tcp 2001:db8::202 443
}

@test "a namespace that got the number of a dead container's is no member of its pod" {
	box_bind a v6.host=web3
	box_kill a
	number=$(stat -Lc %i /run/netns/a)
	box_down a
	for ((i = 0; i < 20; i++)); do
		box_up c fd42::c/64
		[ "$(stat -Lc %i /run/netns/c)" != "$number" ] || break
		box_down c
	done
	[ "$(stat -Lc %i /run/netns/c)" = "$number" ] || skip "the kernel gave other numbers"
	box_serve c tcp 80
	box_bind c v6.host=web3 v6.ports=all
	answers "c $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "an administrator's own proxy neighbour is used, and stays" {
	echo '{"attach": "route"}' >/etc/oci-v6/config.json
	ip neigh add proxy 2001:db8::203 dev eth0
	box_bind a v6.host=web3
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	box_unbind a
	[[ "$(ip -6 neigh show proxy)" == "2001:db8::203 dev eth0"* ]]
	ip neigh del proxy 2001:db8::203 dev eth0
}

@test "ports and ranges whose records were lost do not stand before an address as a whole" {
	box_bind a v6.host=web3 v6.ports=80,5000-9000
	rm -r /run/oci-v6
	box_serve b tcp 80
	box_serve b tcp 6000
	box_bind b v6.host=web3 v6.ports=all
	answers "b $LAB_CLIENT" tcp 2001:db8::203 80
	answers "b $LAB_CLIENT" tcp 2001:db8::203 6000
	# of the claims nothing is left; its neighbour entry is in nobody's way
	run -0 v6ctl reconcile
	[ "$output" = "remove neighbour fd42::a: no record wants it
1 live, 0 repaired; 0 dead collected, 1 orphans removed" ]
}

@test "nor is a range that lies within a new one in its way, also where others are on the address" {
	box_bind a v6.host=web3 v6.ports=6000-7500
	rm -r /run/oci-v6
	box_serve b tcp 6000
	box_bind a v6.host=web3 v6.ports=443:80
	box_bind b v6.host=web3 v6.ports=5000-8000
	answers "b $LAB_CLIENT" tcp 2001:db8::203 6000
	answers "a $LAB_CLIENT" tcp 2001:db8::203 443
	run -0 v6ctl reconcile
	[ "$output" = "2 live, 0 repaired; 0 dead collected, 0 orphans removed" ]
}

@test "what a container had before the records were lost, and asks for no more, is free" {
	box_bind a v6.host=web3 v6.ports=80,443:80
	rm -r /run/oci-v6
	box_bind a v6.host=web3 v6.ports=443:80
	box_serve b tcp 80
	box_bind b v6.host=web3
	answers "b $LAB_CLIENT" tcp 2001:db8::203 80
	answers "a $LAB_CLIENT" tcp 2001:db8::203 443
	run box_bind b v6.host=web3 v6.ports=443
	[ "$status" = 1 ]
	[[ "$output" == *"is held by container $(box_id a | cut -c1-12)"* ]]
}
