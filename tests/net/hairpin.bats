#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# hairpin.bats - Containers of one bridge reach each other by their services, whatever prefixes others have
#
#	tests/lab/run bats tests/net/hairpin.bats
#
# The set of prefixes takes none that overlaps another. Box a is in a wide one, boxes b and c are in one
# inside it, and e in one at its end.

load lab

setup() {
	sysctl -qw net.bridge.bridge-nf-call-ip6tables=0 2>/dev/null || true
	box_bridge fd42::ffff/48
	for prefix in fd42:0:0:1::/64 fd42::/64; do
		ip -6 route add $prefix dev cni0
	done
	box_up a fd42:0:0:5::a/48
	box_up b fd42::b/48
	box_up c fd42::c/48
	box_up d fd42:0:0:1::d/48
	for box in a b d; do
		box_serve $box tcp 80
	done
	ip -n c -6 route del fd42::/48
	ip -n c -6 route add fd42::/16 dev eth0
}

teardown() {
	lab_stop v6d
	lab_clear_bridge a b c d
}

pairs() {
	nft list set ip6 oci-v6 hairpin | grep -o 'fd42[^ ]* \. fd42[^ ,]*' | sed 's/ .*//' | sort | tr '\n' ' '
}

# hears NAME ADDRESS - what box c hears from a service, soon
hears() {
	lab_until eval "[[ \"\$(nsenter --net=/run/netns/c $peer ask tcp $2 80)\" == \"$1 \"* ]]"
}

settled() {
	run v6ctl reconcile
	echo "$output"
	[[ "$output" == *" 0 repaired; 0 dead collected, 0 orphans removed" ]]
}

@test "a wide prefix goes, and the narrow ones that it overlapped come back" {
	box_bind a v6.host=2001:db8::201
	box_bind b v6.host=2001:db8::202
	box_bind d v6.host=2001:db8::203
	[ "$(pairs)" = "fd42::/48 " ]
	settled
	hears a 2001:db8::201
	hears b 2001:db8::202
	box_unbind a
	[ "$(pairs)" = "fd42:0:0:1::/64 fd42::/64 " ]
	hears b 2001:db8::202
	settled
	box_unbind b
	[ "$(pairs)" = "fd42:0:0:1::/64 " ]
	box_unbind d
	[ -z "$(pairs)" ]
	[ -z "$(find /run/oci-v6/holders-* -type f)" ]
}

@test "a narrow prefix is there first, and a wide one comes and goes" {
	box_bind b v6.host=2001:db8::202
	box_bind d v6.host=2001:db8::203
	box_bind a v6.host=2001:db8::201
	hears a 2001:db8::201
	hears b 2001:db8::202
	settled
	box_unbind a
	[ "$(pairs)" = "fd42:0:0:1::/64 fd42::/64 " ]
	hears b 2001:db8::202
	settled
}

@test "the narrow ones go while the wide one is there" {
	box_bind b v6.host=2001:db8::202
	box_bind a v6.host=2001:db8::201
	box_bind d v6.host=2001:db8::203
	box_unbind b
	box_unbind d
	hears a 2001:db8::201
	[ "$(pairs)" = "fd42::/48 " ]
	settled
	box_unbind a
	[ -z "$(pairs)" ]
	[ -z "$(find /run/oci-v6/holders-* -type f)" ]
}

@test "the same after the ruleset was flushed, in any order" {
	for order in "a b d" "b d a" "d a b"; do
		for name in $order; do
			box_bind "$name" v6.host=2001:db8::20$((0x$name - 9))
		done
		nft flush ruleset
		v6ctl reconcile
		hears a 2001:db8::201
		hears b 2001:db8::202
		settled
		box_unbind a
		[ "$(pairs)" = "fd42:0:0:1::/64 fd42::/64 " ]
		hears b 2001:db8::202
		settled
		box_unbind b
		box_unbind d
	done
}

@test "the ruleset is flushed, and the next start makes the table again" {
	box_bind b v6.host=2001:db8::202
	box_bind a v6.host=2001:db8::201
	nft flush ruleset
	box_bind d v6.host=2001:db8::204
	hears a 2001:db8::201
	hears b 2001:db8::202
	box_unbind a
	hears b 2001:db8::202
	settled
}

@test "the container with the wide prefix dies, and is collected" {
	box_bind a v6.host=2001:db8::201
	box_bind b v6.host=2001:db8::202
	box_kill a
	v6ctl reconcile
	hears b 2001:db8::202
	settled
}

@test "a wide pair that no record wants is removed, and what it overlapped comes back" {
	box_bind a v6.host=2001:db8::201
	box_bind b v6.host=2001:db8::202
	rm "/run/oci-v6/records/$(box_id a).json"
	v6ctl reconcile
	[ "$(pairs)" = "fd42::/64 " ]
	hears b 2001:db8::202
	settled
}

@test "an earlier version noted nothing of what is overlapped: a reconcile does" {
	box_bind a v6.host=2001:db8::201
	box_bind b v6.host=2001:db8::202
	rm -rf /run/oci-v6/holders-*/covered
	v6ctl reconcile
	box_unbind a
	hears b 2001:db8::202
}

@test "one that is noted as overlapped, as a killed run leaves it, goes with its last container" {
	box_bind b v6.host=2001:db8::202
	mkdir -p "$(echo /run/oci-v6/holders-*)/covered"
	touch "$(echo /run/oci-v6/holders-*)/covered/fd42::_64"
	box_unbind b
	[ -z "$(pairs)" ]
}

@test "with v6d: the wide one goes, and the ruleset is flushed" {
	box_v6d_start
	box_bind b v6.host=2001:db8::202
	box_bind a v6.host=2001:db8::201
	box_bind d v6.host=2001:db8::203
	nft flush ruleset
	hears a 2001:db8::201
	hears b 2001:db8::202
	box_unbind a
	hears b 2001:db8::202
	lab_until eval '[ "$(pairs)" = "fd42:0:0:1::/64 fd42::/64 " ]'
}

@test "three prefixes, each inside the other" {
	ip -6 route add fd42::b/128 dev cni0
	for order in "a b c" "c b a" "b a c"; do
		for name in $order; do
			box_bind "$name" v6.host=2001:db8::20$((0x$name - 9)) v6.ports=80
		done
		settled
		hears b 2001:db8::202
		box_unbind a
		settled
		hears b 2001:db8::202
		box_unbind c
		settled
		[ "$(pairs)" = "fd42::b " ]
		box_unbind b
		[ -z "$(pairs)" ]
	done
}
