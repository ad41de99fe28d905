#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# inside.bats - What is changed in a container's network is undone, as the network may go on without it
#
#	tests/lab/run bats tests/net/inside.bats
#
#	client ---- eth0 [ the host ] cni0 ---- pod	a network without an IPv6 address; in it live
#							pod	which has no service, like a pod's first process
#							one, two, three
#							its members

load lab

setup_file() {
	lab_ready
	box_bridge
}

setup() {
	box_up pod
	box_serve pod tcp 80
	box_join one
	box_join two
}

teardown() {
	lab_stop v6d
	box_down one two three
	lab_clear pod
}

# box_join NAME [FILE] - one more member of the pod, and the file by which its engine names its network
box_join() {
	box_init "$1" pod
	box_bundle "$1" "${2-/run/netns/pod}"
}

inside() {
	nsenter --net=/run/netns/pod "$@"
}

# what_is_inside - all that could differ; times are left out
what_is_inside() {
	inside sysctl -a -r '^net\.ipv6\.conf\.(eth0|lo|all|default)\.' 2>/dev/null |
		grep -v stable_secret
	inside ip -6 -o addr show | sed 's/ tentative//'
	inside ip -6 route show table all
	inside ip -4 -o addr show
}

# settled - the kernel makes and removes local routes in the background
is_as_before() {
	[ "$(what_is_inside)" = "$before" ]
}

as_before() {
	lab_until is_as_before || diff <(echo "$before") <(what_is_inside)
	[ -z "$(box_left)" ] || { box_left; return 1; }
}

ipv6_off() {
	inside sysctl -qw net.ipv6.conf.all.disable_ipv6=1
}

# ends NAME - a member ends, and its engine says so
ends() {
	box_kill "$1"
	box_stopped "$1" | $hook poststop
}

assigned() {
	inside ip -6 -o addr show dev eth0 scope global | awk '{ print $4 }'
}

is_assigned() {
	[ "$(assigned | wc -l)" = 1 ]
}

reached() {
	answers "pod $LAB_CLIENT" tcp 2001:db8::203 80
}

# came_and_went NAME - a member with a service
came_and_went() {
	box_bind "$1" v6.host=web3
	reached
	is_assigned
	ends "$1"
	as_before
}

@test "a member comes and goes, again and again: all is as before, whether IPv6 was on or off" {
	before=$(what_is_inside)
	came_and_went one
	box_init one pod
	came_and_went one
	came_and_went two
	ipv6_off
	before=$(what_is_inside)
	box_init one pod
	came_and_went one
	box_init one pod
	came_and_went one
}

@test "settings of all kinds have the values that they had" {
	inside sysctl -qw net.ipv6.conf.eth0.accept_ra=2 net.ipv6.conf.eth0.addr_gen_mode=3 \
		net.ipv6.conf.eth0.accept_redirects=0
	ipv6_off
	before=$(what_is_inside)
	came_and_went one
}

@test "an interface that has no address of its own kind keeps its route to its neighbours" {
	inside sysctl -qw net.ipv6.conf.eth0.addr_gen_mode=1
	inside ip -6 addr flush dev eth0 scope link
	before=$(what_is_inside)
	came_and_went one
}

@test "the network is found by the process that the engine named, by others if that is gone, or nothing is known" {
	box_bundle one "/proc/$(box_pid pod)/ns/net"
	box_init three pod
	before=$(what_is_inside)
	came_and_went one
	box_init one pod
	box_bind one v6.host=web3
	box_kill pod
	ends one
	as_before
	came_and_went three
	box_init one pod
	box_bundle one /run/not/seen/here
	came_and_went one
}

@test "of two members the first that ends leaves the other what it needs; the last nothing" {
	declare -A left=([one]=2001:db8::202 [two]=2001:db8::203)
	for first in one two; do
		before=$(what_is_inside)
		box_bind one v6.host=web3
		box_bind two v6.host=web2
		is_assigned
		ends "$first"
		is_assigned
		answers "pod $LAB_CLIENT" tcp "${left[$first]}" 80
		ends one
		ends two
		as_before
		box_init one pod
		box_init two pod
		ipv6_off
	done
}

@test "members that start at the same time have one address" {
	before=$(what_is_inside)
	for try in {1..8}; do
		box_bind one v6.host=web3 3>&- &
		box_bind two v6.host=web2
		wait $!
		is_assigned
		box_unbind one 3>&- &
		box_unbind two
		wait $!
		as_before
	done
}

@test "v6ctl bind --netns, and a container in there: unbind, clear, clear --settings" {
	ipv6_off
	before=$(what_is_inside)
	box_kill one
	box_kill two
	v6ctl bind --netns /run/netns/pod --host web3
	reached
	is_assigned
	v6ctl clear
	as_before
	v6ctl bind --netns /run/netns/pod --host web3
	box_join three
	box_bind three v6.host=web2
	is_assigned
	v6ctl clear --settings
	as_before
	v6ctl bind --netns /run/netns/pod --host web3
	v6ctl unbind netns-pod
	as_before
}

@test "v6d, and v6ctl reconcile, undo it when no stop hook runs; a restart forgets nothing" {
	ipv6_off
	before=$(what_is_inside)
	box_bind one v6.host=web3
	box_kill one
	v6ctl reconcile
	as_before
	box_init one pod
	box_bind one v6.host=web3
	box_v6d_start
	lab_stop v6d
	box_v6d_start
	reached
	box_kill one
	lab_until is_as_before
	as_before
}

@test "v6d repairs what another program turned off, and that is off again afterwards" {
	box_v6d_start
	box_bind one v6.host=web3
	ipv6_off
	lab_until reached
	ends one
	[ "$(inside sysctl -n net.ipv6.conf.eth0.disable_ipv6)" = 1 ]
	[ "$(inside sysctl -n net.ipv6.conf.eth0.accept_redirects)" = 1 ]
	[ -z "$(assigned)" ]
}

@test "what another program has changed since stays: settings, routes, and IPv6 for other addresses" {
	ipv6_off
	box_bind one v6.host=web3
	inside ip -6 addr add fd99::7/64 dev eth0 nodad
	inside ip -6 route add default via fd99::1 dev eth0
	inside sysctl -qw net.ipv6.conf.eth0.accept_ra=2
	ends one
	[ "$(assigned)" = fd99::7/64 ]
	[[ "$(inside ip -6 route show default)" == "default via fd99::1 "* ]]
	[ "$(inside ip -6 route show default | wc -l)" = 1 ]
	[ "$(inside sysctl -n net.ipv6.conf.eth0.accept_ra)" = 2 ]
	[ "$(inside sysctl -n net.ipv6.conf.eth0.disable_ipv6)" = 0 ]
	[ -z "$(box_left)" ]
}

@test "an interface that has another name by then" {
	before=$(what_is_inside)
	box_bind one v6.host=web3
	inside ip link set dev eth0 name net0
	ends one
	inside ip link set dev net0 name eth0
	as_before
}

@test "the records are lost: reconcile undoes what was noted" {
	ipv6_off
	before=$(what_is_inside)
	box_bind one v6.host=web3
	rm /run/oci-v6/records/*
	v6ctl reconcile --dry-run | grep "remove fd.* from a container's network"
	is_assigned
	v6ctl reconcile
	as_before
}

@test "a network that got the number of the one that was changed stays as it is" {
	box_bind one v6.host=web3
	changed=$(echo /run/oci-v6/inside-*/*)
	sed -i 's/cookie [0-9]*/cookie 1/' "$changed"
	before=$(what_is_inside)
	ends one
	[ "$(what_is_inside)" = "$before" ]
	[ -z "$(box_left)" ]
}

@test "a network that ends with its container leaves nothing behind" {
	box_bundle one /run/netns/pod
	box_bind one v6.host=web3
	box_kill one
	box_kill two
	box_kill pod
	lab_stop serve-pod-tcp-80
	ip netns del pod
	box_stopped one | $hook poststop
	[ -z "$(box_left)" ]
}
