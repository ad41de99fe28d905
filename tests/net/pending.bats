#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# pending.bats - Containers whose network comes after the hook, goes, or is another one later
#
#	tests/lab/run bats tests/net/pending.bats

load lab

setup_file() {
	lab_ready
	box_bridge fd42::ffff/64
}

setup() {
	: >/run/lab/v6d.log
	: >/run/lab/messages
}

teardown() {
	cat /run/lab/v6d.log
	lab_stop v6d
	box_unbind a
	box_unbind b
	box_down a b
	ip link del cni1 2>/dev/null
	rm -f /etc/oci-v6/config.json
	# nothing may be left of any of them
	[ -z "$(left)" ]
}

left() {
	nft list table ip6 oci-v6 2>/dev/null | grep '2001:db8\|fd4[23]:'
	ip -6 addr show | grep 2001:db8::20
	ip -6 route show proto 83
	find /run/oci-v6/records /run/oci-v6/holders-* -type f 2>/dev/null
	return 0
}

# bare NAME - a box with nothing but loopback
bare() {
	box_netns "$1"
	box_init "$1"
}

state_of() {
	v6ctl list --tsv | awk -v id="$(box_id "$1")" '$6 == id { print $11 }' | sort -u
}

is() {
	[ "$(state_of "$1")" = "$2" ]
}

pending() {
	bare "$1"
	box_bind "$@"
	is "$1" pending
}

refused() {
	[[ "$(ask "$@" 2>&1)" == *refused* ]]
}

@test "v6d does not run: the start fails, and the error says what to do" {
	bare a
	run box_bind a v6.host=web3
	[ "$status" = 1 ]
	[[ "$output" == *"the container has no network but loopback; "*"start v6d"* ]]
	[ -z "$(left)" ]
}

@test "the address comes later: it is published then" {
	box_v6d_start
	pending a v6.host=web3
	[ -z "$(ip -6 addr show to 2001:db8::203)" ]
	box_plug a fd42::a/64
	box_serve a tcp 80
	lab_until answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	is a active
	v6ctl check web3
	[ "$(v6ctl reconcile)" = "1 live, 0 repaired; 0 dead collected, 0 orphans removed" ]
}

@test "a network without IPv6 comes later: an address is provided once it has its default route" {
	box_v6d_start
	pending a v6.host=web3
	box_plug a
	run v6ctl show web3
	[[ "$output" == *"no IPv6 address and no default route"* ]]
	v6ctl reconcile
	is a pending
	ip -n a addr add 10.42.0.2/24 dev eth0
	ip -n a route add default via 10.42.0.1 dev eth0
	box_serve a tcp 80
	lab_until answers "a $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "what is pending is held: a second one is refused, and the error names the holder" {
	box_v6d_start
	pending a v6.host=web3
	box_up b fd42::b/64
	run box_bind b v6.host=web3
	[ "$status" = 1 ]
	[[ "$output" == *"is held by container $(box_id a | cut -c1-12)"* ]]
	bare c
	run box_bind c v6.host=web3
	[ "$status" = 1 ]
	[[ "$output" == *"is held by container $(box_id a | cut -c1-12)"* ]]
	run box_down c
	# another port of the same address is free
	box_bind b v6.host=web3 v6.ports=81:80
	box_serve b tcp 80
	answers "b $LAB_CLIENT" tcp 2001:db8::203 81
	# where the address is there, what is pending is refused at once
	refused tcp 2001:db8::203 80
	box_plug a fd42::a/64
	box_serve a tcp 80
	lab_until answers "a $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "v6d is killed meanwhile: the next one completes it" {
	box_v6d_start
	pending a v6.host=web3
	pid=$(cat /run/lab/v6d.pid)
	kill -KILL "$pid"
	lab_until lab_is_gone "$pid"
	rm /run/lab/v6d.pid
	box_plug a fd42::a/64
	box_serve a tcp 80
	is a pending
	box_v6d_start
	lab_until answers "a $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "v6ctl reconcile completes it without v6d, and tells beforehand" {
	box_v6d_start
	pending a v6.host=web3
	lab_stop v6d
	run v6ctl reconcile
	[ "$output" = "1 live, 1 pending, 0 repaired; 0 dead collected, 0 orphans removed" ]
	run v6ctl check web3
	[ "$status" = 1 ]
	[[ "$output" == *"no network but loopback"* ]]
	[[ "$output" == *"run: systemctl start v6d"* ]]
	box_plug a fd42::a/64
	box_serve a tcp 80
	run v6ctl check web3
	[[ "$output" == *"run: v6ctl reconcile"* ]]
	run v6ctl reconcile --dry-run
	[[ "$output" == *"forward to fd42::a, through cni0"* ]]
	is a pending
	v6ctl reconcile
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	v6ctl check web3
}

@test "a container that ends while it is pending is collected" {
	box_v6d_start
	pending a v6.host=web3
	box_kill a
	lab_until test ! -e "/run/oci-v6/records/$(box_id a).json"
	[ -z "$(left)" ]
}

@test "the ruleset flushed while it is pending: it is held all the same" {
	box_v6d_start
	pending a v6.host=web3
	nft flush ruleset
	lab_until eval 'nft list map ip6 oci-v6 services | grep -q 2001:db8::203'
	is a pending
	box_plug a fd42::a/64
	box_serve a tcp 80
	lab_until answers "a $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "ranges and whole addresses are held, too" {
	box_v6d_start
	pending a v6.host=web3 v6.ports=5000-7000/tcp
	pending b v6.host=web4 v6.ports=all
	box_plug a fd42::a/64
	box_serve a tcp 6000
	box_plug b fd42::b/64
	box_serve b udp 53
	lab_until answers "a $LAB_CLIENT" tcp 2001:db8::203 6000
	lab_until answers "b $LAB_CLIENT" udp 2001:db8::204 53
}

@test "a client of UDP that was refused is served from the moment on" {
	box_v6d_start
	box_up b fd42::b/64
	box_bind b v6.host=web3 v6.ports=81:80
	pending a v6.host=web3 v6.ports=53/udp
	refused udp 2001:db8::203 53
	box_plug a fd42::a/64
	box_serve a udp 53
	lab_until answers "a $LAB_CLIENT" udp 2001:db8::203 53
}

@test "another address inside: it is followed" {
	box_v6d_start
	box_up a fd42::a/64
	box_serve a tcp 80
	box_bind a v6.host=web3
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	ip -n a addr add fd42::aa/64 dev eth0 nodad
	is a active
	ip -n a addr del fd42::a/64 dev eth0
	lab_until eval 'v6ctl list --tsv | grep -q "fd42::aa.80.*active"'
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	v6ctl check web3
}

@test "none for a while: clients are refused, v6d logs it once, and then it goes on" {
	box_v6d_start
	box_up a fd42::a/64
	box_serve a tcp 80
	box_bind a v6.host=web3
	ip -n a addr del fd42::a/64 dev eth0
	lab_until is a pending
	refused tcp 2001:db8::203 80
	v6ctl reconcile
	is a pending
	ip -n a addr add fd42::ab/64 dev eth0 nodad
	lab_until answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	[ "$(grep -c "its address fd42::a is gone" /run/lab/v6d.log)" = 1 ]
}

@test "another network: its services move there, and nothing is left of the first one" {
	box_v6d_start
	box_up a
	box_serve a tcp 80
	box_bind a v6.host=web3
	lab_until answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	[ -n "$(ip -6 route show dev cni0 proto 83)" ]
	box_bridge_named cni1 fd43::ffff/64
	ip link del dev a
	lab_until is a pending
	[ -z "$(ip -6 route show proto 83)" ]
	[ -z "$(ip -6 addr show dev cni0 to fe80::7636:0:0:0/80)" ]
	box_plug a fd43::a/64 fd43::ffff cni1
	lab_until answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	v6ctl check web3
}

@test "a container with an assigned address is connected to a network with IPv6: its services move there" {
	box_v6d_start
	box_up a
	box_serve a tcp 80
	box_bind a v6.host=web3
	lab_until answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	box_connect a fd43::ffff/64
	ip -n a route add default via fd43::ffff dev eth1 onlink
	ip -n a addr add fd43::a/64 dev eth1 nodad
	lab_until eval '[[ "$(v6ctl list)" == *" [fd43::a]:80 "* ]]'
	lab_until answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	[ -z "$(ip -6 route show dev cni0 proto 83)" ]
}

@test "its default route comes first, and then its address: its services move on to that" {
	box_v6d_start
	box_up a
	box_serve a tcp 80
	box_bind a v6.host=web3
	lab_until answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	box_connect a fd43::ffff/64
	ip -n a route add default via fd43::ffff dev eth1 onlink
	ip -n a addr add fe80::a/64 dev eth1 nodad
	lab_until eval '[ -n "$(ip -6 route show dev cni1 proto 83)" ]'
	ip -n a addr add fd43::a/64 dev eth1 nodad
	lab_until eval '[[ "$(v6ctl list)" == *" [fd43::a]:80 "* ]]'
	lab_until answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	[ -z "$(ip -6 route show proto 83)" ]
}

# turned_off_too_often - IPv6 is turned off once more, and v6d has said that this happens too often
turned_off_too_often() {
	nsenter --net=/run/netns/a sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
	grep "its address was removed 5 times" /run/lab/v6d.log
}

@test "IPv6 turned off inside, again and again: v6d backs off, and logs it once" {
	box_v6d_start
	box_up a
	box_serve a tcp 80
	box_bind a v6.host=web3
	lab_until turned_off_too_often
	[ "$(grep -c "its address was removed 5 times" /run/lab/v6d.log)" = 1 ]
	v6ctl reconcile
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "more happens inside than is heard of: what was lost is looked for" {
	box_v6d_start
	box_up a fd42::a/64
	box_up b fd42::b/64
	box_bind a v6.host=web3
	lab_until eval 'find "/proc/$(cat /run/lab/v6d.pid)/fd" -lname "*pidfd*" | grep .'
	kill -STOP "$(cat /run/lab/v6d.pid)"
	for i in $(seq 5000); do
		echo addr add fd42::99/128 dev eth0 nodad
		echo addr del fd42::99/128 dev eth0
	done | ip -n b -batch -
	ip -n a addr del fd42::a/64 dev eth0
	kill -CONT "$(cat /run/lab/v6d.pid)"
	lab_until is a pending
}

@test "of a namespace's file: pending, and completed" {
	box_v6d_start
	box_netns a
	v6ctl bind --netns /run/netns/a --host web3 --id byfile
	[[ "$(v6ctl list --tsv)" == *pending* ]]
	box_plug a fd42::a/64
	box_serve a tcp 80
	lab_until answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	v6ctl unbind byfile
}

@test "members of a pod that are pending together share what they claim" {
	box_v6d_start
	pending a v6.host=web3
	box_init b a
	box_bind b v6.host=web3
	is b pending
	box_plug a fd42::a/64
	box_serve a tcp 80
	lab_until answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	lab_until is b active
	lab_until is a active
	box_kill b
	lab_until test ! -e "/run/oci-v6/records/$(box_id b).json"
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	box_unbind a
	[ -z "$(left)" ]
}
