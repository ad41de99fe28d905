#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# assigned.bats - An assigned address is for services alone: it opens nothing that was closed
#
#	tests/lab/run bats tests/net/assigned.bats
#
#	client ---- eth0 [ the host ] cni0 ---- a	no IPv6 address but what we assign
#	                                   ---- b	the same
#	                              cni1 ---- c	fd43::c

load lab

setup_file() {
	lab_ready
	# bridged packets pass no chain of ip6: that is not what keeps containers apart here
	sysctl -qw net.bridge.bridge-nf-call-ip6tables=0 2>/dev/null || true
	box_bridge
	ip link set cni0 address 02:00:00:00:00:30
	box_bridge_named cni1 fd43::ffff/64
	# or cni1 would be closed by that
	sysctl -qw net.ipv6.conf.all.forwarding=1
}

setup() {
	box_up a
	box_serve a tcp 80
	box_serve a tcp 5432
	box_serve a udp 5432
}

teardown() {
	sysctl -qw net.bridge.bridge-nf-call-ip6tables=0 2>/dev/null || true
	nft delete table ip6 probe 2>/dev/null
	nft delete table ip6 raw 2>/dev/null
	ip -n client -6 route flush via "$LAB_HOST" 2>/dev/null
	lab_stop host-22
	lab_stop v6d
	lab_clear a b c d
}

# assigned NAME - the address
assigned() {
	ip -n "$1" -6 -o addr show dev eth0 scope global | awk '$4 ~ /^fd/ { print $4 }' | cut -d/ -f1
}

mac() {
	ip -n "$1" -o link show eth0 | grep -o 'link/ether [^ ]*' | cut -d' ' -f2
}

# inside NAME COMMAND...
inside() {
	nsenter --net="/run/netns/$1" "${@:2}"
}

# closed COMMAND... - from wherever that runs something, no port of a that nobody published answers,
# nor does ping; closed_of NAME COMMAND... - the same, of another box
closed() {
	closed_of a "$@"
}

closed_of() {
	local to

	to=$(assigned "$1")
	shift
	for protocol in tcp udp; do
		run "$@" "$peer" ask $protocol "$to" 5432
		echo "$protocol: $output"
		[[ "$output" == "error: "* ]] || return
	done
	run "$@" "$peer" ask tcp "$to" 80
	echo "published, but not translated: $output"
	[[ "$output" == "error: "* ]] || return
	run "$@" ping -6 -c 1 -W 1 "$to"
	echo "ping: $output"
	[ "$status" != 0 ]
}

# count MATCH - packets, where the host's prerouting chains have let them through
count() {
	nft -f - <<-NFT
		table ip6 probe {
			chain passed {
				type filter hook prerouting priority 0; policy accept;
				$1 counter
			}
		}
	NFT
}

counted() {
	nft list chain ip6 probe passed | grep -o 'packets [0-9]*' | cut -d' ' -f2
}

# ipv6_off NAME - as Docker has it on a network without IPv6
ipv6_off() {
	inside "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1
}

link_local() {
	ip -n "$1" -6 -o addr show dev eth0 scope link
}

@test "a machine of the LAN that knows the address reaches no port by it: tcp, udp, ping" {
	box_bind a v6.host=web3
	ip -n client -6 route add fd00::/8 via "$LAB_HOST"
	closed lab_client
	run ask tcp "$(assigned a)" 5432
	[ "$output" = "error: Connection refused" ]
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "nor where conntrack does not look at the packets" {
	box_bind a v6.host=web3
	ip -n client -6 route add fd00::/8 via "$LAB_HOST"
	nft -f - <<-'NFT'
		table ip6 raw {
			chain prerouting {
				type filter hook prerouting priority raw; policy accept;
				ip6 saddr 2001:db8::10 ip6 daddr fd00::/8 notrack
				ip6 daddr 2001:db8::10 ip6 saddr fd00::/8 notrack
			}
		}
	NFT
	closed lab_client
}

@test "nor does the host itself" {
	box_bind a v6.host=web3
	closed env
	run "$peer" ask tcp "$(assigned a)" 5432
	[ "$output" = "error: Connection refused" ]
	[[ "$("$peer" ask tcp 2001:db8::203 80)" == "a "* ]]
}

@test "nor does a container on another bridge" {
	box_bind a v6.host=web3
	box_up c fd43::c/64 fd43::ffff cni1
	closed inside c
	[[ "$(inside c "$peer" ask tcp 2001:db8::203 80)" == "a fd43::c" ]]
}

@test "nor does a container on the same bridge, with or without br_netfilter" {
	box_up b
	box_bind a v6.host=web3
	box_bind b v6.host=web2
	for filter in 0 1; do
		sysctl -qw net.bridge.bridge-nf-call-ip6tables=$filter || continue
		closed inside b
		[[ "$(inside b "$peer" ask tcp 2001:db8::203 80)" == "a "* ]]
	done
}

@test "nor does one on the same bridge that has an address of its own" {
	ip addr add fd42::ffff/64 dev cni0 nodad
	box_up b fd42::b/64
	box_bind a v6.host=web3
	for filter in 0 1; do
		sysctl -qw net.bridge.bridge-nf-call-ip6tables=$filter || continue
		closed inside b
		[[ "$(inside b "$peer" ask tcp 2001:db8::203 80)" == "a "* ]]
	done
	ip addr del fd42::ffff/64 dev cni0
}

@test "nor is such a one told by the host to send straight to it" {
	local router

	ip addr add fd42::ffff/64 dev cni0 nodad
	box_up b
	router=$(ip -6 -o addr show dev cni0 scope link | awk '{ print $4 }' | cut -d/ -f1)
	ip -n b addr add fd42::b/64 dev eth0 nodad
	ip -n b route add default via "$router" dev eth0
	box_bind a v6.host=web3
	heard a "udp dport 5432"
	run inside b ping -6 -c 3 -i 0.3 -W 1 "$(assigned a)"
	closed inside b
	ip addr del fd42::ffff/64 dev cni0
	[[ "$(ip -n b route get "$(assigned a)")" == *"via $router"* ]]
	[ "$(heard_by a)" = 0 ]
}

@test "nor does a service that the container uses" {
	box_up c fd43::c/64 fd43::ffff cni1
	box_serve c tcp 80
	box_bind a v6.host=web3
	box_bind c v6.host=web2
	# it is told the address, and the answer comes back
	[ "$(inside a "$peer" ask tcp 2001:db8::202 80)" = "c $(assigned a)" ]
	closed inside c
}

@test "nor does anybody after the prefix was changed, at an address of before or of now" {
	box_bind a v6.host=web3
	mkdir -p /etc/oci-v6
	echo '{"provide": "fd12:3456:789a::/48"}' >/etc/oci-v6/config.json
	box_up b
	box_serve b tcp 5432
	box_bind b v6.host=web2
	[[ "$(assigned b)" == fd12:3456:789a:* ]]
	ip -n client -6 route add fd00::/8 via "$LAB_HOST"
	closed_of b lab_client
	before=$(box_snapshot)
	for break in "nft flush ruleset" "nft flush set ip6 oci-v6 provided"; do
		$break
		v6ctl reconcile
		box_same "$before"
		closed lab_client
		closed_of b lab_client
	done
	nft flush ruleset
	box_up d
	box_bind d v6.host=2001:db8::205
	closed lab_client
	box_unbind b
	closed lab_client
}

@test "the container reaches the host, and is answered; it does not reach the outside" {
	box_bind a v6.host=web3
	lab_start host-22 "$peer" serve tcp 22 host
	lab_until box_host_listens 22
	[ "$(inside a "$peer" ask tcp "$LAB_HOST" 22)" = "host $(assigned a)" ]
	inside a ping -6 -c 1 -W 2 "$LAB_HOST"
	run inside a ping -6 -c 1 -W 1 "$LAB_CLIENT"
	[ "$status" != 0 ]
}

# send_from SOURCE TO - a datagram of a's from an address that need not be its own, which takes no
# capability
send_from() {
	inside a setpriv --inh-caps=-all --bounding-set=-all python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IPV6, 78, 1) # IPV6_FREEBIND
s.bind((sys.argv[1], 4000))
s.sendto(b"x", (sys.argv[2], 53))' "$@"
}

@test "what it sends from another address than its own goes nowhere: a stranger's, the host's, a neighbour's" {
	box_up b
	box_bind a v6.host=web3
	box_bind b v6.host=web2
	count "udp sport 4000"
	send_from "$(assigned a)" "$LAB_HOST"
	send_from "$(assigned a)" 2001:db8::202
	lab_until eval '[ "$(counted)" = 2 ]'
	for source in 2001:db8:bad::1 "$LAB_HOST" "$LAB_CLIENT" 2001:db8::203 "$(assigned b)" fd00::1; do
		for to in "$LAB_HOST" "$LAB_CLIENT" 2001:db8::202; do
			send_from "$source" "$to"
		done
	done
	# they would have been there before it
	send_from "$(assigned a)" "$LAB_HOST"
	lab_until eval '[ "$(counted)" -ge 3 ]'
	[ "$(counted)" = 3 ]
}

@test "an address that is added inside is none to send from, either" {
	box_bind a v6.host=web3
	count "icmpv6 type echo-request ip6 saddr 2001:db8:bad::1"
	ip -n a addr add 2001:db8:bad::1/128 dev eth0 nodad
	run inside a ping -6 -c 1 -W 1 -I 2001:db8:bad::1 "$LAB_CLIENT"
	[ "$(counted)" = 0 ]
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "a container with an address of its own sends from any, as before" {
	box_up b fd42::b/64 fd42::ffff
	ip addr add fd42::ffff/64 dev cni0 nodad
	box_bind a v6.host=web3
	box_bind b v6.host=web2
	count "icmpv6 type echo-request ip6 saddr 2001:db8:bad::1"
	ip -n b addr add 2001:db8:bad::1/128 dev eth0 nodad
	run inside b ping -6 -c 1 -W 1 -I 2001:db8:bad::1 "$LAB_HOST"
	ip addr del fd42::ffff/64 dev cni0
	[ "$(counted)" = 1 ]
}

@test "a container that takes a router's link-layer address stops no packets" {
	box_bind a v6.host=web3
	box_up b
	ip -n b link set eth0 address "$(cat /sys/class/net/eth0/address)"
	inside b true
	ip -n b link set eth0 address "$(ip -n client -o link show eth0 | grep -o 'link/ether [^ ]*' | cut -d' ' -f2)"
	box_bind b v6.host=web2
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "with v6d, another link-layer address is followed" {
	box_v6d_start
	box_bind a v6.host=web3
	ip -n a link set eth0 address 02:00:00:00:00:aa
	lab_until eval 'nft list set ip6 oci-v6 sources | grep -q "02:00:00:00:00:aa . $(assigned a)"'
	[ "$(nft list set ip6 oci-v6 senders | grep -c comment)" = 1 ]
	lab_until answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	count "ip6 saddr 2001:db8:bad::1"
	send_from 2001:db8:bad::1 "$LAB_HOST"
	[ "$(counted)" = 0 ]
}

@test "with v6d, an element that another program removes comes back" {
	box_bind a v6.host=web3
	before=$(box_snapshot)
	box_v6d_start
	for set in senders sources; do
		nft flush set ip6 oci-v6 $set
		box_same "$before"
	done
}

@test "what says so goes with the last container of a namespace" {
	box_bind a v6.host=web3
	box_state a v6.host=web3 | sed "s/$(box_id a)/$(box_id member)/" | $hook createRuntime
	for set in senders sources; do
		nft list set ip6 oci-v6 $set | grep "$(mac a)"
	done
	box_stopped a "$(box_id member)" | $hook poststop
	nft list set ip6 oci-v6 senders | grep "\"cni0\" . $(mac a) comment \"$(assigned a)\""
	nft list set ip6 oci-v6 sources | grep "$(mac a) . $(assigned a)"
	box_unbind a
	run ! grep elements <(nft list set ip6 oci-v6 senders; nft list set ip6 oci-v6 sources)
}

@test "a link-layer address that two had is forgotten with the last of them, by a stop or a reconcile" {
	for end in "box_unbind a" "box_kill a"; do
		box_bind a v6.host=web3
		ip -n a link set eth0 down
		box_up b
		ip -n b link set eth0 address "$(mac a)"
		box_bind b v6.host=web2
		$end
		v6ctl reconcile
		nft list set ip6 oci-v6 senders | grep "\"cni0\" . $(mac b)"
		[[ "$(v6ctl reconcile)" == "1 live, 0 repaired; 0 dead collected, 0 orphans removed" ]]
		box_unbind b
		run ! grep elements <(nft list set ip6 oci-v6 senders)
		[ -z "$(find /run/oci-v6/holders-* -type f)" ]
		box_down b
		ip -n a link set eth0 up
		lab_until box_settled a
	done
}

@test "a bridge that was renamed is known by its name of now alone, with v6d or by a reconcile" {
	box_bind a v6.host=web3
	ip link set cni0 name cni9 || skip "this kernel does not rename what is up"
	v6ctl reconcile
	run -0 nft list set ip6 oci-v6 senders
	box_v6d_start
	ip link set cni9 name cni0
	[[ "$output" == *'"cni9"'* && "$output" != *'"cni0"'* ]]
	lab_until eval 'nft list set ip6 oci-v6 senders | grep "\"cni0\""'
	lab_until eval '! nft list set ip6 oci-v6 senders | grep "\"cni9\""'
	box_unbind a
	run ! grep elements <(nft list set ip6 oci-v6 senders)
	[ -z "$(find /run/oci-v6/holders-* -type f)" ]
}

@test "where IPv6 was off, a container gets no link-local address, and is reached all the same" {
	ipv6_off a
	box_bind a v6.host=web3
	[ -n "$(assigned a)" ]
	[ -z "$(link_local a)" ]
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	[[ "$(inside a "$peer" ask tcp 2001:db8::203 80)" == "a "* ]]
	[[ "$(v6ctl reconcile)" == "1 live, 0 repaired;"* ]]
	# it finds its gateway by itself, and again
	ip -n a -6 neigh flush dev eth0
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	ip -n a -6 neigh change "$(ip -n a -6 route show default | awk '{ print $3 }')" dev eth0 nud probe || true
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	inside a ping -6 -c 1 -W 2 "$LAB_HOST"
	# turned off by somebody, it is turned on without, too
	ipv6_off a
	v6ctl reconcile
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	[ -z "$(link_local a)" ]
}

# advertise NAME - a box says that it is a router, of a prefix, too
advertise() {
	inside "$1" python3 -c '
import socket, struct
s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
prefix = socket.inet_pton(socket.AF_INET6, "2001:db8:bad::")
message = struct.pack("!BBHBBHIIBBBBIII16s", 134, 0, 0, 64, 0, 1800, 0, 0,
	3, 4, 64, 0xc0, 3600, 3600, 0, prefix)
s.sendto(message, ("ff02::1", 0, 0, socket.if_nametoindex("eth0")))'
}

@test "where IPv6 was off, no neighbour is its router" {
	box_up b
	box_netns d
	inside d sysctl -qw net.ipv6.conf.default.accept_ra=1
	box_plug d
	for name in a d; do
		inside $name sysctl -qw net.ipv6.conf.eth0.accept_ra=1
	done
	ipv6_off a
	box_bind a v6.host=web3
	advertise b
	# who had IPv6 before hears it
	lab_until eval 'ip -n d -6 route show default | grep "via fe80.* proto ra"'
	run ! grep -e "proto ra" -e 2001:db8:bad <(ip -n a -6 route; ip -n a -6 addr)
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "where IPv6 was on, its link-local address stays" {
	before=$(link_local a)
	box_bind a v6.host=web3
	[ "$(link_local a)" = "$before" ]
	[ -n "$before" ]
}

# heard NAME MATCH - the same, of what comes to a box
heard() {
	inside "$1" nft -f - <<-NFT
		table ip6 probe {
			chain passed {
				type filter hook prerouting priority -300; policy accept;
				$2 counter
			}
		}
	NFT
}

heard_by() {
	inside "$1" nft list chain ip6 probe passed | grep -o 'packets [0-9]*' | cut -d' ' -f2
}

@test "where IPv6 was off, neighbours that an engine separates do not hear of each other" {
	box_up b
	box_serve b tcp 80
	ipv6_off a
	ipv6_off b
	box_bind a v6.host=web3
	box_bind b v6.host=web2
	# neighbour discovery apart, by which they find their gateway
	heard b "icmpv6 type echo-request"
	closed inside b
	for to in ff02::1%eth0 ff02::2%eth0 "$(assigned b)" fe80::1%eth0; do
		# it may hear itself
		run inside a ping -6 -c 1 -W 1 "$to"
	done
	[ "$(heard_by b)" = 0 ]
	# the service, of course
	[[ "$(inside a "$peer" ask tcp 2001:db8::202 80)" == "b "* ]]
	# after the link went down and up, the kernel has made its route to all of them again
	ip -n a link set eth0 down
	ip -n a link set eth0 up
	v6ctl reconcile
	heard_before=$(heard_by b)
	run inside a ping -6 -c 1 -W 1 ff02::1%eth0
	[ "$(heard_by b)" = "$heard_before" ]
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "one that has rights inside, and goes past the host to its neighbour, hears no answer" {
	box_up b
	box_serve b tcp 80
	ipv6_off a
	ipv6_off b
	box_bind a v6.host=web3
	box_bind b v6.host=web2
	ip -n a -6 route add "$(assigned b)/128" dev eth0
	ip -n a -6 neigh replace "$(assigned b)" lladdr "$(mac b)" dev eth0 nud permanent
	run inside a "$peer" ask tcp "$(assigned b)" 80
	[[ "$output" == "error: "* ]]
	run inside a ping -6 -c 1 -W 1 "$(assigned b)"
	[ "$status" != 0 ]
	# nor from a link-local address of its own making
	ip -n a addr add fe80::a/64 dev eth0 nodad
	run inside a ping -6 -c 1 -W 1 -I fe80::a "$(assigned b)"
	[ "$status" != 0 ]
}

@test "v6ctl check finds nothing wrong with such a container, and sees what is missing" {
	box_bind a v6.host=web3
	run -0 v6ctl check web3
	echo "$output"
	run ! grep -v '^  ✓ ' <(tail -n +2 <<<"$output")
	nft flush set ip6 oci-v6 sources
	run -1 v6ctl check web3
	[[ "$output" == *"what the container sends from $(assigned a) is dropped"*"run: v6ctl reconcile"* ]]
	nft flush set ip6 oci-v6 senders
	run -1 v6ctl check web3
	[[ "$output" == *"the container may send from any address"*"run: v6ctl reconcile"* ]]
	nft flush set ip6 oci-v6 provided
	run -1 v6ctl check web3
	[[ "$output" == *"ports that are not published are open at $(assigned a)"*"run: v6ctl reconcile"* ]]
	v6ctl reconcile
	run -0 v6ctl check web3
}
