#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# reach.bats - Where a service is reached from, with bridges filtering (br_netfilter) and without
#
#	tests/lab/run bats tests/net/reach.bats
#
#	client ---- lan ---- eth0 [ the host ] cni0 ---- a (fd42::a), b (fd42::b), c and d (given ones)
#	                                       cni1 ---- other (fd43::a)

load lab

setup_file() {
	lab_ready
	lab_dns_add web5 2001:db8::205
	box_bridge fd42::ffff/64
	box_bridge_named cni1 fd43::ffff/64
	for name in a b c d; do
		case $name in
		a | b) box_up $name fd42::$name/64 ;;
		*) box_up $name ;;
		esac
		box_serve $name tcp 80
	done
	box_up other fd43::a/64 fd43::ffff cni1
	box_serve other tcp 80
	box_bind a v6.host=web2
	box_bind c v6.host=web3
	box_bind d v6.host=web4
	box_bind other v6.host=web5
}

# filtering 0|1 - without br_netfilter in the kernel there is only 0
filtering() {
	[ -e /proc/sys/net/bridge ] || return 0
	sysctl -qw "net.bridge.bridge-nf-call-ip6tables=$1"
}

# from BOX ADDRESS - what a box hears from port 80
from() {
	nsenter --net="/run/netns/$1" "$peer" ask tcp "$2" 80
}

@test "another machine: the client's address is seen" {
	answers "a $LAB_CLIENT" tcp 2001:db8::202 80
	answers "c $LAB_CLIENT" tcp 2001:db8::203 80
	answers "other $LAB_CLIENT" tcp 2001:db8::205 80
}

@test "the host itself" {
	[[ "$("$peer" ask tcp 2001:db8::202 80)" == "a "* ]]
	[[ "$("$peer" ask tcp 2001:db8::203 80)" == "c "* ]]
}

@test "a container on the same bridge" {
	for on in 0 1; do
		filtering $on
		[[ "$(from b 2001:db8::202)" == "a "* ]]
	done
}

@test "a container on the same bridge, both with an address that was given" {
	for on in 0 1; do
		filtering $on
		[[ "$(from d 2001:db8::203)" == "c "* ]]
	done
}

@test "the container itself" {
	for on in 0 1; do
		filtering $on
		v6ctl reconcile
		[[ "$(from a 2001:db8::202)" == "a "* ]]
		[[ "$(from c 2001:db8::203)" == "c "* ]]
	done
}

@test "a container on another bridge: its own address is seen" {
	for on in 0 1; do
		filtering $on
		[ "$(from other 2001:db8::202)" = "a fd43::a" ]
		[ "$(from a 2001:db8::205)" = "other fd42::a" ]
	done
}

@test "a container on a bridge without services, whose engine has turned forwarding on" {
	box_bridge_named cni2 fd44::ffff/64
	box_up guest fd44::a/64 fd44::ffff cni2
	was=$(sysctl -n net.ipv6.conf.all.forwarding)
	sysctl -qw net.ipv6.conf.all.forwarding=1
	for on in 0 1; do
		filtering $on
		[ "$(from guest 2001:db8::202)" = "a fd44::a" ]
		[[ "$(from guest 2001:db8::203)" == "c "* ]]
	done
	# which takes force_forwarding away, too (Documentation/networking/ip-sysctl.rst)
	sysctl -qw "net.ipv6.conf.all.forwarding=$was"
	v6ctl reconcile
	box_down guest
	ip link del cni2
}

@test "a container with a given address reaches a service on another bridge" {
	[[ "$(from c 2001:db8::205)" == "other "* ]]
}

@test "a path's smaller MTU is learnt by the container" {
	filtering 0
	# behind the router a path takes 1300 bytes only, which neither end knows
	ip -n client addr add 2001:db8:7::10/64 dev lo nodad
	ip -n lan route add 2001:db8:7::/64 via "$LAB_CLIENT" mtu 1300
	ip route add 2001:db8:7::/64 via "$LAB_ROUTER"
	mkdir -p /run/lab/big
	seq 20000 >/run/lab/big/numbers
	lab_start big nsenter --net=/run/netns/a busybox httpd -f -p 8000 -h /run/lab/big
	lab_until eval 'nsenter --net=/run/netns/a ss -Hltn "sport = :8000" | grep -q .'
	box_unbind a
	box_bind a v6.host=web2 v6.ports=80,8000
	lab_client curl -sS -m 5 --interface 2001:db8:7::10 -o /run/lab/got \
		"http://[2001:db8::202]:8000/numbers"
	lab_stop big
	cmp /run/lab/got /run/lab/big/numbers
	nsenter --net=/run/netns/a ip -6 route get 2001:db8:7::10 | grep "mtu 1300"
}

# replug BOX ADDRESS - another link with the same address; cni0 has others, and so never loses its carrier
replug() {
	ip -6 neigh change "$2" dev cni0 nud reachable
	box_unbind "$1"
	ip link del dev "$1"
	box_plug "$1" "$2/64"
}

@test "a container comes back with its address and another link: found at once" {
	# or the bridge's changes with its ports', which makes the kernel forget all that is behind it
	ip link set dev cni0 address 02:00:00:00:00:01
	box_bind b v6.host=2001:db8::206
	answers "b $LAB_CLIENT" tcp 2001:db8::206 80
	replug b fd42::b
	box_bind b v6.host=2001:db8::206
	answers "b $LAB_CLIENT" tcp 2001:db8::206 80
}

@test "a container leaves, and the bridge's link-layer address with it: the others still find the host" {
	box_netns e
	box_plug e fd43::e/64 fd43::ffff cni1
	# the least of its ports' is the bridge's
	ip link set dev e address 02:00:00:00:00:02
	[ "$(cat /sys/class/net/cni1/address)" = 02:00:00:00:00:02 ]
	answers "other $LAB_CLIENT" tcp 2001:db8::205 80
	ip -n other -6 neigh replace fd43::ffff dev eth0 lladdr 02:00:00:00:00:02 nud reachable
	ip link del dev e
	[ "$(cat /sys/class/net/cni1/address)" != 02:00:00:00:00:02 ]
	answers "other $LAB_CLIENT" tcp 2001:db8::205 80
}
