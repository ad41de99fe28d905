#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# stack.bats - Programs whose caller leaves them 64 KiB of stack (ulimit -s 64)
#
#	tests/lab/run bats tests/net/stack.bats

load lab

# Not ulimit: bash and nft need more themselves
SMALL=(prlimit --stack=65536:65536)
V6_WRAP=${SMALL[*]}

v6ctl() {
	"${SMALL[@]}" v6ctl "$@"
}

setup() {
	[ -z "${V6_SAN-}" ] || skip "the sanitizers need more themselves"
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_up b fd42::b/64
	box_up bare
	box_serve a tcp 80
	box_serve b tcp 80
}

teardown() {
	lab_stop v6d
	rm -f /run/lab/hosts/moves
	lab_clear_bridge a b bare
}

@test "the hook: start, conflict, what the dead left, restart, stop" {
	box_bind a v6.host=web3,web4
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	run -1 box_bind b v6.host=web3
	[[ "$output" == *" is held by container $(box_id a | cut -c1-12)"* ]]
	box_bind bare v6.host=web2 v6.ports=all
	box_kill a
	box_bind b v6.host=web3
	answers "b $LAB_CLIENT" tcp 2001:db8::203 80
	box_bind b v6.host=web3
	box_unbind b
	box_unbind bare
	box_unbind a
	[ -z "$(box_left)" ]
}

@test "v6ctl: each command" {
	v6ctl bind --pid "$(box_pid a)" --host web3 --ports 80,443,5000-5010
	box_bind bare v6.host=web2
	v6ctl list
	v6ctl show web3
	run v6ctl check
	[[ "$output" == *" web3 "* && "$output" == *" web2 "* ]]
	run v6ctl check web4
	[[ "$output" == *web4* ]]
	v6ctl resolve web4
	v6ctl metrics >/dev/null
	nft flush ruleset
	v6ctl reconcile --dry-run
	v6ctl reconcile
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	v6ctl unbind "pid-$(box_pid a)"
	v6ctl clear
	[ -z "$(box_left)" ]
}

@test "v6d: repairs, collects, completes and follows" {
	mkdir -p /etc/oci-v6
	echo '{"resolve": {"follow_min_s": 1}}' >/etc/oci-v6/config.json
	echo 2001:db8::207 moves >/run/lab/hosts/moves
	lab_until getent ahostsv6 moves
	lab_start v6d "${SMALL[@]}" v6d
	lab_until box_v6d_watches
	box_bind a v6.host=moves
	box_bind b v6.host=web3
	nft flush ruleset
	lab_until answers "b $LAB_CLIENT" tcp 2001:db8::203 80
	echo 2001:db8::208 moves >/run/lab/hosts/moves
	lab_until answers "a $LAB_CLIENT" tcp 2001:db8::208 80
	box_kill b
	lab_until b_is_collected
}

b_is_collected() {
	! v6ctl list --tsv | grep -q web3
}
