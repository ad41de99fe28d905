#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# counters.bats - The kernel counts what each claim is used for: connections, and packets both ways
#
#	tests/lab/run bats tests/net/counters.bats

load lab

setup() {
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_serve a udp 53
	box_bind a v6.host=web3 v6.ports=53/udp
}

teardown() {
	lab_stop hold
	lab_clear_bridge a b
	rm -rf /run/lab/hold /run/lab/hold.log
}

# counted map|set NAME - packets of the one element there
counted() {
	nft list "$1" ip6 oci-v6 "$2" | sed -n 's/.* counter packets \([0-9]*\) .*/\1/p'
}

# talk N - so many questions and answers over one socket
talk() {
	local i

	mkfifo /run/lab/hold
	lab_start hold sh -c "exec nsenter --net=/run/netns/client $peer hold udp 2001:db8::203 53 </run/lab/hold"
	exec 7>/run/lab/hold
	for ((i = 1; i <= $1; i++)); do
		echo >&7
		lab_until eval "[ \$(grep -c '^a ' /run/lab/hold.log) = $i ]"
	done
	exec 7>&-
}

@test "the first packet of a connection counts as one, all others in both directions beside it" {
	talk 3
	[ "$(counted map services)" = 1 ]
	[ "$(counted set traffic)" = 5 ]
}

@test "packets that pass for no claim are not counted" {
	box_serve a udp 54
	lab_client ip route add fd42::/64 via "$LAB_HOST"
	ask udp fd42::a 53
	ask udp 2001:db8::203 54
	[ "$(counted map services)$(counted set traffic)" = 00 ]
	lab_client ip route del fd42::/64
}

@test "reconcile changes no count" {
	talk 2
	v6ctl reconcile
	[ "$(counted map services) $(counted set traffic)" = "1 3" ]
}

@test "a container that takes a claim over from a dead one begins at none" {
	talk 2
	box_up b fd42::b/64
	box_kill a
	box_bind b v6.host=web3 v6.ports=53/udp
	[ "$(counted map services) $(counted set traffic)" = "0 0" ]
}

@test "the end of a claim ends its counts, and a lost one is made again" {
	nft flush set ip6 oci-v6 traffic
	v6ctl reconcile
	[ "$(counted set traffic)" = 0 ]
	box_unbind a
	[ -z "$(counted set traffic)" ]
}
