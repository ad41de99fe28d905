# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# topology.sh - A small network around the host; to be sourced inside the lab (tests/lab/run)
#
#	netns client           netns dns              the lab itself: "the host"
#	+------------------+   +------------------+   +--------------------------+
#	| eth0             |   | eth0   dnsmasq   |   | eth0            engines, |
#	| 2001:db8::10/64  |   | 2001:db8::53/64  |   | 2001:db8::1/64  what we  |
#	| 192.0.2.10/24    |   | 192.0.2.53/24    |   | 192.0.2.1/24    test     |
#	+--------+---------+   +--------+---------+   +------------+-------------+
#	         |                      |                          |
#	+--------+----------------------+--------------------------+-------------+
#	| client                 br0   dns                       host            |
#	| netns lan: the switch, and the router 2001:db8::ffff and 192.0.2.254   |
#	+------------------------------------------------------------------------+
#
# Names, all also below example.test, which everybody searches:
#	web2 web3 web4		2001:db8::202, ::203 and ::204, and no IPv4 address
#	v4only			192.0.2.9, and no IPv6 address
#	anything else		does not exist
#
# What is started here keeps its pid and its output in /run/lab, as NAME.pid and NAME.log.

LAB_HOST=2001:db8::1
LAB_CLIENT=2001:db8::10
LAB_DNS=2001:db8::53
LAB_ROUTER=2001:db8::ffff
export LAB_HOST LAB_CLIENT LAB_DNS LAB_ROUTER

# Make the network above, start the name server, and log to /run/lab/messages
lab_up() {
	[ -d /run/.lab ] || { echo "lab_up: only inside tests/lab/run" >&2; return 2; }
	lab_switch &&
		lab_plug host 1 &&
		lab_netns client && lab_plug client 10 &&
		lab_netns dns && lab_plug dns 53 &&
		printf 'nameserver %s\nsearch example.test\n' "$LAB_DNS" >/run/lab/resolv.conf &&
		cp --remove-destination /run/lab/resolv.conf /etc/resolv.conf &&
		lab_dns_start && lab_syslog_start /run/lab/messages
}

# Remove it all again, for a test that needs a second, fresh one; the lab's end needs no help
lab_down() {
	local name

	lab_dns_stop
	lab_syslog_stop
	# Deleting a namespace is done in the background; an interface here has to go now
	ip link del eth0 2>/dev/null
	for name in client dns lan; do
		ip netns del "$name" 2>/dev/null
	done
	return 0
}

# Run a command on the client, on the name server or on the switch. Not by "ip netns exec": that
# would hide /sys/fs/cgroup.
lab_client() {
	nsenter --net=/run/netns/client "$@"
}

lab_dns() {
	nsenter --net=/run/netns/dns "$@"
}

lab_lan() {
	nsenter --net=/run/netns/lan "$@"
}

lab_netns() {
	ip netns add "$1" && ip -n "$1" link set lo up
}

# No spanning tree, no snooping and no duplicate detection: a port forwards, multicast too, and the
# router routes, from the first moment
lab_switch() {
	lab_netns lan &&
		lab_lan sysctl -qw net.ipv6.conf.all.forwarding=1 net.ipv4.ip_forward=1 \
			net.ipv6.conf.default.accept_dad=0 &&
		ip -n lan link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0 &&
		ip -n lan link set br0 up &&
		ip -n lan addr add "$LAB_ROUTER/64" dev br0 nodad &&
		ip -n lan addr add 192.0.2.254/24 dev br0
}

# Plug eth0 of namespace $1 ("host" is ours) into the switch, with address number $2. Duplicate
# address detection would cost a second or two; off for this interface only, so that bridges made
# later behave as on any host.
lab_plug() {
	local enter=(nsenter --net="/run/netns/$1")

	[ "$1" != host ] || enter=()
	"${enter[@]}" ip link add eth0 type veth peer name "$1" netns /run/netns/lan &&
		ip -n lan link set "$1" master br0 up &&
		"${enter[@]}" sysctl -qw net.ipv6.conf.eth0.accept_dad=0 \
			net.ipv6.conf.eth0.accept_ra=0 &&
		"${enter[@]}" ip link set eth0 up &&
		"${enter[@]}" ip addr add "2001:db8::$2/64" dev eth0 nodad &&
		"${enter[@]}" ip addr add "192.0.2.$2/24" dev eth0 &&
		"${enter[@]}" ip route add default via "$LAB_ROUTER" dev eth0 &&
		"${enter[@]}" ip route add default via 192.0.2.254 dev eth0
}

# How long a test waits for what is to happen, in seconds: enough for a machine that has ten times as
# much to do as it can. A test file may take fifteen times as long (tests/exec)
export LAB_PATIENCE=${LAB_PATIENCE:-120}

# Run a command until it succeeds, for at most LAB_PATIENCE seconds; its output is kept quiet
lab_until() {
	local end=$((SECONDS + LAB_PATIENCE))

	while [ "$SECONDS" -le "$end" ]; do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.02
	done
	echo "lab_until: still failing after $LAB_PATIENCE s: $*" >&2
	return 1
}

# Start a command that stays, as NAME. It must not hold what bats waits for to be closed.
lab_start() {
	local name=$1

	shift
	"$@" </dev/null >>"/run/lab/$name.log" 2>&1 3>&- 4>&- &
	echo $! >"/run/lab/$name.pid"
}

lab_stop() {
	local pid file=/run/lab/$1.pid

	[ -e "$file" ] || return 0
	pid=$(<"$file")
	rm "$file"
	kill "$pid" 2>/dev/null || return 0
	lab_until lab_is_gone "$pid"
}

# A zombie is gone, too: whoever started it may be busy
lab_is_gone() {
	! grep -qs '^State:[[:space:]]*[^Z[:space:]]' "/proc/$1/status"
}

# The name server answers from the files in /run/lab/hosts, which it watches, and asks nobody
lab_dns_start() {
	mkdir -p /run/lab/hosts
	[ -e /run/lab/hosts/lab ] || lab_dns_zone >/run/lab/hosts/lab
	# Not lab_dns: the pid noted has to be that of dnsmasq itself
	lab_start dns nsenter --net=/run/netns/dns dnsmasq --conf-file=/dev/null \
		--keep-in-foreground --user=root --pid-file= --log-facility=- --log-queries \
		--bind-interfaces --listen-address="$LAB_DNS" --no-resolv --no-hosts \
		--hostsdir=/run/lab/hosts --local=/#/ --domain=example.test --expand-hosts
	lab_until getent ahostsv6 web2
}

lab_dns_stop() {
	lab_stop dns
}

lab_dns_zone() {
	echo 2001:db8::202 web2
	echo 2001:db8::203 web3
	echo 2001:db8::204 web4
	echo 192.0.2.9 v4only
}

# Let name $1 also stand for address $2; the files' names keep several addresses apart
lab_dns_add() {
	echo "$2 $1" >"/run/lab/hosts/$1-$2"
	lab_until lab_dns_knows "$1" "$2"
}

lab_dns_knows() {
	getent ahosts "$1" | grep -q "^$2 "
}

# Log what is sent to /dev/log to file $1; lab_up has done so
lab_syslog_start() {
	lab_syslog_stop
	lab_start syslog busybox syslogd -n -O "$1"
	lab_until test -S /dev/log
}

lab_syslog_stop() {
	lab_stop syslog
	rm -f /dev/log
}
