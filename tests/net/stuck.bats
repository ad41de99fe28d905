#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# stuck.bats - Who has the lock does not let go, and nobody reads the log, or what is said
#
#	tests/lab/run bats tests/net/stuck.bats

load lab

setup_file() {
	lab_ready
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_serve a tcp 80
}

@test "a lock that is held for good: a start fails and names the process, a stop says so" {
	box_bind a v6.host=2001:db8::203
	lab_start holder flock -F /run/oci-v6/lock sleep infinity
	lab_until eval '! flock -n /run/oci-v6/lock true'
	pid=$(cat /run/lab/holder.pid)
	run timeout "$LAB_PATIENCE" bash -c ". tests/net/box.sh; box_bind a v6.host=2001:db8::202"
	echo "$output"
	[ "$status" = 1 ]
	[[ "$output" =~ "/run/oci-v6/lock: process $pid (sleep) has had it for "(8|9|[1-9][0-9])\.[0-9]" s; " ]]
	run timeout "$LAB_PATIENCE" bash -c ". tests/net/box.sh; box_unbind a"
	[ "$status" = 0 ]
	[[ "$output" == *"process $pid (sleep) has had it"* ]]
	run timeout "$LAB_PATIENCE" v6ctl reconcile
	[ "$status" = 1 ]
	[[ "$output" == *"process $pid (sleep) has had it"* ]]
	# and nothing else has changed
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	lab_stop holder
	box_unbind a
	[ -z "$(ip -6 addr show dev eth0 to 2001:db8::203)" ]
}

@test "a lock that is held for longer than v6d waits: what was flushed meanwhile is made again afterwards" {
	box_v6d_start
	box_bind a v6.host=2001:db8::203
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	lab_start holder flock -F /run/oci-v6/lock sleep infinity
	lab_until eval '! flock -n /run/oci-v6/lock true'
	nft flush ruleset
	ip addr del 2001:db8::203/128 dev eth0
	lab_until grep -q "/run/oci-v6/lock: process [0-9]* (sleep) has had it" /run/lab/v6d.log
	# it waits no more
	lab_until eval '! find "/proc/$(cat /run/lab/v6d.pid)/fd" -lname "/run/oci-v6/lock" | grep .'
	lab_stop holder
	lab_until answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	box_unbind a
	lab_stop v6d
}

@test "what names took is not waited for the lock once more: a hook ends before its engine gives it up" {
	mkdir -p /etc/oci-v6
	echo '{"resolve": {"timeout_ms": 4000}}' >/etc/oci-v6/config.json
	# its answer is known from now on
	box_bind a v6.host=web3
	box_unbind a
	kill -STOP "$(cat /run/lab/dns.pid)"
	lab_start holder flock -F /run/oci-v6/lock sleep infinity
	lab_until eval '! flock -n /run/oci-v6/lock true'
	run box_bind a v6.host=web3
	kill -CONT "$(cat /run/lab/dns.pid)"
	lab_stop holder
	rm /etc/oci-v6/config.json
	echo "$output"
	[[ "$output" == *"using the answer of"* ]]
	[[ "$output" =~ "(sleep) has had it for "[0-4]\.[0-9]" s" ]]
}

@test "no program reads the log: starts and stops go on" {
	kill -STOP "$(cat /run/lab/syslog.pid)"
	# more than its socket has room for
	for i in $(seq 15); do
		run timeout "$LAB_PATIENCE" bash -c ". tests/net/box.sh; box_bind a v6.host=2001:db8:99::1"
		[ "$status" = 1 ]
		[[ "$output" == *"2001:db8:99::1"* ]]
	done
	box_bind a v6.host=2001:db8::203
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	box_unbind a
	kill -CONT "$(cat /run/lab/syslog.pid)"
	lab_until grep -q "oci-v6-hook\[[0-9]*\]: $(box_id a | cut -c1-12): 2001:db8:99::1" /run/lab/messages
}

@test "the reader of its warnings has exited: a start goes on" {
	printf '%s two\n' 2001:db8:9::1 2001:db8::203 >>/etc/hosts
	exec 8> >(exec true)
	wait $!
	box_bind a v6.host=two 2>&8
	exec 8>&-
	lab_until grep -qF "two: passed over: 2001:db8:9::1" /run/lab/messages
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	box_unbind a
}
