#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# crowded.bats - What a container has in its own network is its choice, and makes nobody's start dearer
#
#	tests/lab/run bats tests/net/crowded.bats
#
# Counted are the bytes that the kernel tells of routes, addresses and links, as strace sees them: they
# are the same on a busy machine.

load lab

setup_file() {
	lab_ready
	box_bridge fd42::ffff/64
	ip link set cni0 address 02:00:00:00:00:30
}

setup() {
	: >/run/lab/v6d.log
}

teardown() {
	lab_stop flap
	lab_stop v6d
	cat /run/lab/v6d.log
	lab_clear evil good
	ip route flush proto 77
}

# What a glimpse of one list is at most, beside what there is to be told anyway
GLIMPSE=100000

# received COMMAND... - run it; bytes that came through its sockets
received() {
	strace -f -qq -e trace=recvmsg,recvfrom -o /run/lab/trace "$@" >/run/lab/received.out || return
	awk '$NF ~ /^[0-9]+$/ { sum += $NF } END { print sum + 0 }' /run/lab/trace
}

# bound BOX [ADDRESS] - its start, and what that was told
bound() {
	box_state "$1" v6.host="${2-web3}" >/run/lab/state.json
	received sh -c "exec $hook createRuntime </run/lab/state.json"
}

# routes BOX FAMILY - 20,000 of them
routes() {
	local way='10.%d.%d.1/32'

	[ "$2" = 4 ] || way='2001:db9::%x:%x/128'
	seq 0 19999 | awk -v way="route add $way dev lo\n" '{ printf way, $1 / 256, $1 % 256 }' |
		ip -n "$1" -"$2" -batch -
}

# crowd BOX WHAT
crowd() {
	case $2 in
	routes4) routes "$1" 4 ;;
	routes6) routes "$1" 6 ;;
	links) seq 1 200 | sed 's/.*/link add d& type bridge/' | ip -n "$1" -batch - ;;
	addresses) seq 1 3000 | awk '{ printf "addr add fd42::e:%x/128 dev eth0 nodad\n", $1 }' |
		ip -n "$1" -batch - ;;
	esac
}

# dearer WHAT [ADDRESS] - a start with a crowd inside is told as much as one without, and a glimpse
dearer() {
	local before after

	box_up evil "${@:2}"
	before=$(bound evil)
	box_unbind evil
	crowd evil "$1"
	after=$(bound evil)
	echo "$before, then $after"
	[ "$after" -le $((before + GLIMPSE)) ]
}

# up4 - a container without IPv6
up4() {
	box_up evil
	ip -n evil addr add 10.9.0.2/24 dev eth0
	ip -n evil route add default via 10.9.0.1
}

@test "20,000 IPv4 routes: a container without IPv6 is recognized from the first of them" {
	up4
	before=$(bound evil)
	box_unbind evil
	box_down evil
	up4
	crowd evil routes4
	after=$(bound evil)
	echo "$before, then $after"
	[ "$after" -le $((before + GLIMPSE)) ]
	box_serve evil tcp 80
	answers "evil $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "20,000 IPv6 routes" {
	dearer routes6 fd42::e/64
}

@test "3,000 addresses" {
	dearer addresses fd42::e/64
}

@test "200 links" {
	box_up evil
	crowd evil links
	run bound evil
	[ "$status" != 0 ]
	[ "$(awk '$NF ~ /^[0-9]+$/ { sum += $NF } END { print sum + 0 }' /run/lab/trace)" -lt $((2 * GLIMPSE)) ]
}

# lost WHAT - a container that has lost its address is looked at by each reconcile
lost() {
	box_up evil fd42::e/64
	box_bind evil v6.host=web3
	ip -n evil addr del fd42::e/64 dev eth0
	ip -n evil -6 route flush default
	v6ctl reconcile
	before=$(received v6ctl reconcile)
	crowd evil "$1"
	after=$(received v6ctl reconcile)
	echo "$before, then $after"
	[ "$after" -le $((before + GLIMPSE)) ]
}

@test "a reconcile learns as much of a container that has lost its address and has 20,000 IPv4 routes" {
	lost routes4
}

@test "or 20,000 IPv6 routes" {
	lost routes6
}

@test "or 200 links" {
	lost links
}

@test "the host's own 20,000 IPv4 routes make no start dearer" {
	ip link add br0 type bridge
	ip link set br0 up
	ip addr add 2001:db8:7::1/64 dev br0 nodad
	box_up good fd42::b/64
	run bound good 2001:db8:7::5
	before=$(awk '$NF ~ /^[0-9]+$/ { sum += $NF } END { print sum + 0 }' /run/lab/trace)
	seq 0 19999 | awk '{ printf "route add 10.%d.%d.1/32 dev lo proto 77\n", $1 / 256, $1 % 256 }' | ip -batch -
	run bound good 2001:db8:7::5
	after=$(awk '$NF ~ /^[0-9]+$/ { sum += $NF } END { print sum + 0 }' /run/lab/trace)
	ip link del br0
	echo "$before, then $after"
	[ "$after" -le $((before + GLIMPSE)) ]
}

@test "a user's 3,000 connected UDP sockets make no start on the host's own address dearer" {
	local before after

	box_up good fd42::a/64
	box_state good v6.host=2001:db8::1 v6.ports=9000/udp >/run/lab/state.json
	before=$(received sh -c "exec $hook createRuntime </run/lab/state.json")
	box_unbind good
	lab_start sockets setpriv --reuid 1500 --clear-groups /usr/bin/python3 -c '
import resource, signal, socket
resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
held = []
for i in range(3000):
    held.append(socket.socket(socket.AF_INET6, socket.SOCK_DGRAM))
    held[-1].connect(("::1", 9))
print("held", flush=True)
signal.pause()'
	lab_until grep -q held /run/lab/sockets.log
	after=$(received sh -c "exec $hook createRuntime </run/lab/state.json")
	lab_stop sockets
	echo "$before, then $after"
	[ "$after" -lt $((before + GLIMPSE)) ]
}
