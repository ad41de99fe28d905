#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# wide.bats - Ranges too long for an element a port, and whole addresses
#
#	tests/lab/run bats tests/net/wide.bats

load lab

setup() {
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_up b fd42::b/64
}

teardown() {
	lab_stop sshd
	lab_stop hold-a
	box_unbind host 2>/dev/null
	lab_stop init-host
	lab_clear_bridge a b
}

held_by() {
	[ "$status" = 1 ]
	echo "$output"
	[[ "$output" == *"container $(box_id "$1" | cut -c1-12)"* ]]
}

@test "a wide range is one element: its ends and its middle answer, what is beside it does not" {
	box_serve a tcp 2000
	box_serve a tcp 7777
	box_serve a tcp 9000
	box_serve a tcp 1999
	box_serve a udp 7777
	box_bind a v6.host=web3 v6.ports=2000-9000
	[ "$(nft list map ip6 oci-v6 ranges-tcp | grep -c ' : fd42::a')" = 1 ]
	for port in 2000 7777 9000; do
		answers "a $LAB_CLIENT" tcp 2001:db8::203 $port
	done
	for port in 1999 9001; do
		run ask tcp 2001:db8::203 $port
		[[ "$output" == *refused* ]]
	done
	run ask udp 2001:db8::203 7777
	[[ "$output" == error* ]]
}

@test "a single port beside a long range goes to another container" {
	box_serve a tcp 8080
	box_serve a tcp 3000
	box_bind a v6.host=web3 "v6.ports=80:8080 2000-9000"
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	answers "a $LAB_CLIENT" tcp 2001:db8::203 3000
}

@test "all: every port and protocol, and ping, is the container's" {
	box_serve a tcp 22
	box_serve a udp 5353
	lab_start sshd "$peer" serve tcp 22 host
	lab_until eval 'ss -Hltn "sport = :22" | grep -q .'
	box_bind a v6.host=web3 v6.ports=all
	answers "a $LAB_CLIENT" tcp 2001:db8::203 22
	answers "a $LAB_CLIENT" udp 2001:db8::203 5353
	answers "host $LAB_CLIENT" tcp "$LAB_HOST" 22
	lab_client ping -q -c 1 -W 2 2001:db8::203
	# its answer is the container's: without it, nobody's
	ip -n a addr del fd42::a/64 dev eth0
	run lab_client ping -q -c 1 -W 1 2001:db8::203
	[ "$status" != 0 ]
}

@test "all: neighbours find the address, and it goes like any other" {
	before=$(box_snapshot)
	box_serve a tcp 22
	box_bind a v6.host=web3 v6.ports=all
	lab_client ip neigh flush dev eth0
	answers "a $LAB_CLIENT" tcp 2001:db8::203 22
	box_unbind a
	run ! grep elements <(nft list map ip6 oci-v6 whole)
	[ -z "$(ip -6 addr show dev eth0 to 2001:db8::203)" ]
	run ask tcp 2001:db8::203 22
	[[ "$output" == error* ]]
}

# ends PORTS - an established connection to box a is forgotten when it stops
ends() {
	box_serve a tcp 7777
	box_bind a v6.host=web3 v6.ports="$1"
	rm -f /run/lab/hold-a.log /run/lab/hold
	mkfifo /run/lab/hold
	lab_start hold-a sh -c "exec nsenter --net=/run/netns/client $peer hold tcp 2001:db8::203 7777 </run/lab/hold"
	exec 7>/run/lab/hold
	echo >&7
	lab_until grep -q "^a " /run/lab/hold-a.log
	conntrack -L -f ipv6 2>/dev/null | grep "ESTABLISHED .*dst=2001:db8::203 "
	box_unbind a
	# a late segment of the client may make an entry of its own, which leads to nobody
	run ! grep "src=fd42::a " <(conntrack -L -f ipv6 2>/dev/null)
	exec 7>&-
}

@test "all of an address that the host had before is not to be had, its ports are" {
	run box_bind a v6.host="$LAB_HOST" v6.ports=all
	[ "$status" = 1 ]
	[[ "$output" == *"$LAB_HOST is this host's own, so that a container can't have all of it"* ]]
	box_bind a v6.host="$LAB_HOST" v6.ports=10000-20000/udp
	box_unbind a
}

@test "flows of a wide range end with the container" {
	ends 2000-9000
}

@test "flows of a whole address end with the container" {
	ends all
}

@test "a port inside another container's range, or of its whole address, is held" {
	box_bind a v6.host=web3 v6.ports=2000-9000
	run box_bind b v6.host=web3 v6.ports=3000
	held_by a
	run box_bind b v6.host=web3 v6.ports=1000-2500
	held_by a
	run box_bind b v6.host=web3 v6.ports=all
	held_by a
	box_bind b v6.host=web3 "v6.ports=80 3000/udp 10000-20000"
	box_unbind a
	box_unbind b
	box_bind a v6.host=web3 v6.ports=all
	run box_bind b v6.host=web3 v6.ports=3000/sctp
	held_by a
	run box_bind b v6.host=web3 v6.ports=all
	held_by a
}

@test "a range, or all, around another container's port is held" {
	box_bind a v6.host=web3 v6.ports=3000
	before=$(box_snapshot)
	run box_bind b v6.host=web3 v6.ports=2000-9000
	held_by a
	run box_bind b v6.host=web3 v6.ports=all
	held_by a
	box_same "$before"
}

@test "what overlaps and is dead is taken over" {
	box_serve b tcp 3000
	for ports in 3000 2000-9000 1000-4000 all; do
		for other in 3000 2500-9000 2000-9000 all; do
			[ -e /run/lab/init-a.pid ] ||
				box_init a
			lab_until eval '[ "$(readlink /proc/$(box_pid a)/ns/net)" = "$(stat -L -c "net:[%i]" /run/netns/a)" ]'
			box_bind a v6.host=web3 v6.ports=$ports
			box_kill a
			box_bind b v6.host=web3 v6.ports=$other
			answers "b $LAB_CLIENT" tcp 2001:db8::203 3000
			[ "$(ls /run/oci-v6/records)" = "$(box_id b).json" ]
			box_unbind b
			run ! grep 2001:db8::203 <(nft list table ip6 oci-v6)
		done
	done
}

@test "members of one network namespace share a range and a whole address" {
	box_serve a tcp 3000
	box_init c a
	lab_until eval '[ "$(readlink /proc/$(box_pid c)/ns/net)" = "$(stat -L -c "net:[%i]" /run/netns/a)" ]'
	for ports in 2000-9000 all; do
		box_bind a v6.host=web3 v6.ports=$ports
		box_bind c v6.host=web3 v6.ports=$ports
		box_unbind a
		answers "a $LAB_CLIENT" tcp 2001:db8::203 3000
		box_unbind c
		run ! grep 2001:db8::203 <(nft list table ip6 oci-v6)
	done
	lab_stop init-c
}

@test "a flushed ruleset and lost elements are repaired" {
	box_serve a tcp 3000
	box_serve b tcp 22
	box_bind a v6.host=web3 v6.ports=2000-9000
	box_bind b v6.host=web2 v6.ports=all
	before=$(box_snapshot)
	nft flush ruleset
	v6ctl reconcile
	box_same "$before"
	nft flush map ip6 oci-v6 ranges-tcp
	nft flush map ip6 oci-v6 whole
	v6ctl reconcile
	box_same "$before"
	answers "a $LAB_CLIENT" tcp 2001:db8::203 3000
	answers "b $LAB_CLIENT" tcp 2001:db8::202 22
	# without a record they are orphans
	rm /run/oci-v6/records/*
	v6ctl reconcile
	run ! grep 2001:db8::20 <(nft list table ip6 oci-v6)
}

@test "in the host's network: only ports that are named" {
	lab_start init-host sleep infinity
	for ports in all 2000-9000; do
		run box_bind host v6.host=web3 v6.ports=$ports
		[ "$status" = 1 ]
		echo "$output"
		[[ "$output" == *"v6.ports: a container in the host's network can't have $ports"* ]]
	done
}
