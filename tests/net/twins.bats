#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# twins.bats - Two living containers with one id, as in two namespaces of containerd or below two
# roots of a runtime: neither removes the other's service
#
#	tests/lab/run bats tests/net/twins.bats

load lab

setup() {
	box_bridge fd42::ffff/64
	for box in a b; do
		box_up $box fd42::$box/64
		box_serve $box tcp 80
	done
}

teardown() {
	[ ! -e /run/lab/v6d.pid ] || lab_stop v6d
	v6ctl unbind web
	lab_clear_bridge a b
	[ -z "$(box_left)" ]
}

# twin_state BOX KEY=VALUE... - a container with the id web
twin_state() {
	box_state "$@" | sed "s/$(box_id "$1")/web/"
}

twin_bind() {
	twin_state "$@" | $hook createRuntime
}

# twin_stop [PID] - its engine reports that web has stopped; most do so without a pid
twin_stop() {
	printf '{"ociVersion":"1.0.2-dev","id":"web","status":"stopped"%s}' "${1+,\"pid\":$1}" | $hook poststop
}

a_serves() {
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
}

second_is_refused() {
	before=$(box_snapshot)
	for host in web2 web3; do
		run twin_bind b v6.host=$host
		echo "$output"
		[ "$status" = 1 ]
		[[ "$output" == *"web: process $(box_pid a), a container that still runs, has this id; start one of them with another id"* ]]
	done
	a_serves
	# its engine then reports a stop, though it never started
	run twin_stop
	echo "$output"
	[ "$status" = 0 ]
	[[ "$output" == *"web: the container's process $(box_pid a) still runs: not unpublished"* ]]
	twin_stop 0
	twin_stop "$(box_pid b)"
	box_same "$before"
	a_serves
}

@test "regression: the second of two living containers with one id, and its stop" {
	twin_bind a v6.host=web3
	a_serves
	second_is_refused
	# the stop of the first is its own again when it has exited
	box_kill a
	twin_stop
	[ -z "$(box_left)" ]
}

@test "the same beside v6d, which then collects what the first one left" {
	lab_start v6d v6d
	lab_until test -e /run/oci-v6/v6d.lock
	twin_bind a v6.host=web3
	second_is_refused
	box_kill a
	lab_until eval '[ -z "$(box_left)" ]'
}

@test "a restart without a stop, whose former init is dead; and bind twice for one process" {
	twin_bind a v6.host=web3
	twin_bind a v6.host=web3
	a_serves
	twin_state a v6.host=web3 | $hook prestart
	a_serves
	box_kill a
	twin_bind b v6.host=web3
	answers "b $LAB_CLIENT" tcp 2001:db8::203 80
	box_kill b
	twin_stop
	[ -z "$(box_left)" ]
}

@test "a former init that exited and was not waited for is dead" {
	rm -f /run/lab/zombie
	# the parent never waits for its child
	lab_start parent nsenter --net=/run/netns/a python3 -c '
import os, signal
child = os.fork()
if child == 0:
    signal.pause()
open("/run/lab/zombie", "w").write(str(child))
signal.pause()'
	lab_until test -s /run/lab/zombie
	twin_state a v6.host=web3 | sed "s/\"pid\":[0-9]*/\"pid\":$(cat /run/lab/zombie)/" | $hook createRuntime
	kill "$(cat /run/lab/zombie)"
	twin_stop
	[ -z "$(box_left)" ]
	lab_stop parent
}

@test "an init that exits a moment after its stop was reported" {
	twin_bind a v6.host=web3
	twin_stop &
	stop=$!
	box_kill a
	wait $stop
	[ -z "$(box_left)" ]
}

@test "a service bound by hand to a network namespace, and a container with its id" {
	v6ctl bind --netns a --host web3 --id web
	run twin_bind b v6.host=web2
	[ "$status" = 1 ]
	[[ "$output" == *"web: a service bound to /run/netns/a has this id; start the container with another id, or run v6ctl unbind web first"* ]]
	a_serves
	# by hand it goes, and moves, as ever
	v6ctl bind --netns b --host web3 --id web
	answers "b $LAB_CLIENT" tcp 2001:db8::203 80
	v6ctl unbind web
	[ -z "$(box_left)" ]
}

@test "by hand a living container's services go: v6ctl unbind, v6ctl clear" {
	twin_bind a v6.host=web3
	v6ctl unbind web
	[ -z "$(box_left)" ]
	twin_bind a v6.host=web3
	v6ctl clear
	[ -z "$(box_left)" ]
}

# lxc_hook TYPE PID - as LXC runs it for a container called web
lxc_hook() {
	LXC_HOOK_TYPE=$1 LXC_NAME=web LXC_PID=$2 LXC_CONFIG_FILE=/var/lib/lxc/web/config v6ctl lxc-hook web3
}

# Two LXCs with one name, each in a mount namespace with its own /var/lib/lxc
@test "two living containers of LXC with one name: the second one's end ends nothing" {
	lxc_hook start-host "$(box_pid a)"
	before=$(box_snapshot)
	run lxc_hook start-host "$(box_pid b)"
	[ "$status" = 1 ]
	for pid in "$(box_pid b)" 0 '' x; do
		run lxc_hook post-stop "$pid"
		echo "$output"
		[ "$status" = 0 ]
		[[ "$output" == *"lxc-web: the container's process $(box_pid a) still runs: not unpublished"* ]]
		box_same "$before"
		a_serves
	done
	# its own is told by the pid, dead or not quite
	lxc_hook post-stop "$(box_pid a)"
	[ -z "$(box_left)" ]
	lxc_hook start-host "$(box_pid a)"
	box_kill a
	lxc_hook post-stop ''
	[ -z "$(box_left)" ]
}
