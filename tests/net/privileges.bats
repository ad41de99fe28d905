#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# privileges.bats - No more rights than are needed, and all of those
#
#	tests/lab/run bats tests/net/privileges.bats
#
# Box u is a container of another user, in a user namespace that has its network namespace.

load lab

# as in /proc/PID/status: NET_ADMIN 12, NET_RAW 13, SYS_PTRACE 19, SYS_ADMIN 21, DAC_READ_SEARCH 2
NEEDED=283004
needed=net_admin,net_raw,sys_ptrace,sys_admin,dac_read_search

setup_file() {
	lab_ready
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_serve a tcp 80
	box_up_user u fd42::b/64
	box_up_user bare
	lab_first_bind a
}

setup() {
	: >/run/lab/messages
}

teardown() {
	for box in a u bare; do
		box_unbind $box
	done
}

# box_up_user NAME [ADDRESS/LENGTH] - as box_up, of user 1000
box_up_user() {
	local name=$1 pid

	lab_start "init-$name" setpriv --reuid=1000 --regid=1000 --clear-groups \
		unshare --user --map-root-user --net sleep infinity
	pid=$(box_pid "$name")
	lab_until is_apart "$pid"
	ip link add name "$name" type veth peer name eth0 netns "/proc/$pid/ns/net"
	sysctl -qw "net.ipv6.conf.$name.accept_dad=0"
	ip link set dev "$name" master cni0 up
	inside "$name" ip link set lo up
	inside "$name" sysctl -qw net.ipv6.conf.eth0.accept_dad=0
	inside "$name" ip link set eth0 up
	if [ $# -gt 1 ]; then
		inside "$name" ip addr add "$2" dev eth0 nodad
		inside "$name" ip route add default via fd42::ffff dev eth0
	else
		inside "$name" sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
	fi
}

is_apart() {
	[ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ] &&
		[ "$(cat "/proc/$1/comm")" = sleep ]
}

inside() {
	local name=$1

	shift
	nsenter --net="/proc/$(box_pid "$name")/ns/net" "$@"
}

# rights PROGRAM - what /proc says of it now
rights() {
	sed -n 's/^\(Cap[IPE]..\|CapAmb\|NoNewPrivs\):[[:space:]]*\(0\{16\}\|0*\)/\1=/p' \
		"/proc/$(<"/run/lab/$1.pid")/status" | xargs
}

# has PROGRAM CAPABILITIES - those, as in /proc, and no others
has() {
	[ "$(rights "$1")" = "CapInh= CapPrm=$2 CapEff=$2 CapAmb= NoNewPrivs=1" ]
}

# waits CAPABILITIES COMMAND... - it has those while it waits for its input
waits() {
	local capabilities=$1

	shift
	rm -f /run/lab/fifo
	mkfifo /run/lab/fifo
	lab_start waiting sh -c 'exec "$@" </run/lab/fifo' sh "$@"
	exec 7>/run/lab/fifo
	lab_until has waiting "$capabilities" || { rights waiting; return 1; }
	exec 7>&-
	lab_until lab_is_gone "$(<"/run/lab/waiting.pid")"
}

@test "the hook has what it needs and no more, from before it reads anything" {
	waits "$NEEDED" "$hook" createRuntime
	waits "$NEEDED" setpriv --inh-caps +chown,+net_admin --ambient-caps +chown,+net_admin "$hook" createRuntime
}

@test "so have v6ctl, as long as it runs, and v6d" {
	lab_start watching v6ctl --watch
	lab_until has watching "$NEEDED"
	lab_stop watching
	lab_start v6d v6d
	# and NET_BROADCAST 11, to hear of other namespaces; SETGID 6 and SETUID 7, to start relays without any
	lab_until has v6d 2838c4
	lab_stop v6d
}

@test "a process with fewer privileges gets no more" {
	waits 3000 setpriv --bounding-set -all,+net_admin,+net_raw,+chown --inh-caps=-all "$hook" createRuntime
	waits '' setpriv --reuid=1000 --clear-groups "$hook" createRuntime
}

# least COMMAND... - with those rights alone from the start, as a strict engine might leave it
least() {
	setpriv --bounding-set "-all,+${needed//,/,+}" --inh-caps=-all "$@"
}

@test "with just these, all is done: also for a container of another user" {
	local before box

	before=$(box_snapshot)
	for box in a u bare; do
		box_state $box v6.host=web3 v6.ports=80,443,5000-7000/udp | least "$hook" createRuntime
		[ -n "$(ip -6 addr show dev eth0 to 2001:db8::203)" ]
		run least v6ctl reconcile
		echo "$output"
		[ "$output" = "1 live, 0 repaired; 0 dead collected, 0 orphans removed" ]
		least v6ctl show web3
		box_stopped $box | least "$hook" poststop
		[ -z "$(ip -6 addr show dev eth0 to 2001:db8::203)" ]
	done
	box_same "$before"
}

# lacks CAPABILITY BOX TEXT - without this one the start of the box fails, with this text
lacks() {
	local before

	before=$(box_snapshot)
	run eval "box_state $2 v6.host=web3 | setpriv --bounding-set -$1 $hook createRuntime"
	echo "$output"
	[ "$status" = 1 ]
	[[ "$output" == *"$3"* ]]
	box_same "$before"
}

@test "each of them is needed, and the error says which" {
	lacks net_admin a 'run as root with CAP_NET_ADMIN'
	lacks sys_admin a 'run as root with CAP_SYS_ADMIN'
	lacks sys_ptrace u "process $(box_pid u): cannot open its network namespace: not allowed; run as root"
	mkdir -m 700 /run/lab/private
	ln -s /run/netns/a /run/lab/private/ns
	chown 1000 /run/lab/private
	run setpriv --bounding-set -dac_read_search v6ctl bind --netns /run/lab/private/ns --host web3
	[ "$status" = 1 ]
	[[ "$output" == *"/run/lab/private/ns: cannot open it: not allowed"* ]]
	v6ctl bind --netns /run/lab/private/ns --host web3 --id private
	v6ctl unbind private
	# without this one nobody is asked, nor told
	run eval "box_state a v6.host=web3 | setpriv --bounding-set -net_raw $hook createRuntime"
	[ "$status" = 0 ]
	[[ "$output" == *"cannot tell the neighbours on eth0"* ]]
}
