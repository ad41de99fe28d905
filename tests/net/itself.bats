#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# itself.bats - A container connects to its own service while its bridge filters (br_netfilter)
#
#	tests/lab/run bats tests/net/itself.bats
#
# Its packets return by the bridge's port that they came in by, which takes hairpin mode.

load lab

setup() {
	[ -e /proc/sys/net/bridge ] || skip "no br_netfilter in this kernel"
	filtering 1
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_up c
}

teardown() {
	lab_stop v6d
	lab_clear_bridge a b c
}

filtering() {
	sysctl -qw "net.bridge.bridge-nf-call-ip6tables=$1"
}

# mode - hairpin mode of the ports of a and c
mode() {
	ip -d link show dev a | grep -o 'hairpin [a-z]*'
	ip -d link show dev c | grep -o 'hairpin [a-z]*'
}

modes() {
	[ "$(mode | tr '\n' ' ')" = "hairpin $1 hairpin ${2-$1} " ]
}

# hears_itself BOX ADDRESS [PROTOCOL]
hears_itself() {
	[[ "$(nsenter --net="/run/netns/$1" "$peer" ask "${3:-tcp}" "$2" 80)" == "$1 "* ]]
}

@test "by TCP and UDP, with an address of its own and an assigned one; undone at the stop" {
	mkdir -p /etc/oci-v6
	for attach in address route; do
		echo "{\"attach\": \"$attach\"}" >/etc/oci-v6/config.json
		for proto in tcp udp; do
			box_serve a $proto 80
			box_serve c $proto 80
			box_bind a v6.host=web2 v6.ports=80/$proto
			box_bind c v6.host=web3 v6.ports=80/$proto
			hears_itself a 2001:db8::202 $proto
			hears_itself c 2001:db8::203 $proto
			answers "a $LAB_CLIENT" $proto 2001:db8::202 80
			v6ctl check web2
			box_unbind a
			modes off on
			box_unbind c
			modes off
			lab_stop serve-a-$proto-80
			lab_stop serve-c-$proto-80
		done
	done
}

@test "published again with another name, without a stop in between; undone at the stop" {
	box_serve a tcp 80
	box_serve c tcp 80
	box_bind a v6.host=web2
	box_bind c v6.host=web3
	box_bind a v6.host=web4
	box_bind c v6.host=web2
	modes on
	hears_itself a 2001:db8::204
	hears_itself c 2001:db8::202
	[[ "$(v6ctl reconcile)" == "2 live, 0 repaired; 0 dead collected, 0 orphans removed" ]]
	box_unbind a
	box_unbind c
	modes off
}

@test "bridges come to filter later: check says so, and a reconcile or v6d sees to it" {
	filtering 0
	box_serve a tcp 80
	box_bind a v6.host=web2
	box_bind c v6.host=web3
	modes off
	hears_itself a 2001:db8::202
	run -0 v6ctl check web2
	[[ "$output" != *"own service"* ]]
	filtering 1
	run -0 v6ctl check web2
	[[ "$output" == *"? connection the container does not reach its own service: net.bridge.bridge-nf-call-ip6tables is 1"*"run: v6ctl reconcile"* ]]
	run v6ctl reconcile --dry-run
	[[ "$output" == *"would "*"turn on hairpin mode of its port of cni0"*"2 to be repaired"* ]]
	modes off
	box_v6d_start
	lab_until modes on
	hears_itself a 2001:db8::202
	lab_stop v6d
	ip link set dev a type bridge_slave hairpin off
	v6ctl reconcile
	modes on
	run v6ctl reconcile
	[[ "$output" == *" 0 repaired"* ]]
	run v6ctl check web2
	[[ "$output" != *"own service"* ]]
	v6ctl clear
	modes off
}

@test "a bridge that filters by itself" {
	filtering 0
	ip link set dev cni0 type bridge nf_call_ip6tables 1
	box_serve a tcp 80
	box_bind a v6.host=web2
	hears_itself a 2001:db8::202
	box_unbind a
	modes off
}

@test "an engine's own hairpin mode stays" {
	ip link set dev a type bridge_slave hairpin on
	box_serve a tcp 80
	box_bind a v6.host=web2
	hears_itself a 2001:db8::202
	v6ctl reconcile
	box_unbind a
	modes on off
	box_bind a v6.host=web2
	v6ctl clear
	modes on off
}

@test "two containers of one network: it goes with the last one" {
	box_serve a tcp 80
	box_init b a
	box_bind a v6.host=web2
	box_bind b v6.host=web4
	box_unbind a
	modes on off
	hears_itself a 2001:db8::204
	box_bind a v6.host=web2
	box_unbind b
	hears_itself a 2001:db8::202
	box_unbind a
	modes off
}

@test "a container's link is made again: its new port" {
	box_serve a tcp 80
	box_bind a v6.host=web2
	ip link del dev a
	box_plug a fd42::a/64
	modes off
	v6ctl reconcile
	modes on off
	hears_itself a 2001:db8::202
}

# settled BOX ADDRESS - duplicate address detection has come to an end
settled() {
	! ip -n "$1" -6 addr show to "$2" | grep 'tentative' | grep -v dadfailed
}

@test "its duplicate address detection does not take its own questions for another's" {
	box_bind a v6.host=web2
	modes on off
	nsenter --net=/run/netns/a sysctl -qw net.ipv6.conf.eth0.accept_dad=1
	ip -n a addr add fd42::aa/64 dev eth0
	lab_until settled a fd42::aa
	ip -n a -6 addr show to fd42::aa | grep fd42::aa
	[ -z "$(ip -n a -6 addr show dadfailed)" ]
}

@test "a container that could not tell them keeps its port as it is, and check says why" {
	nsenter --net=/run/netns/a sysctl -qw net.ipv6.conf.all.enhanced_dad=0 \
		net.ipv6.conf.eth0.enhanced_dad=0 net.ipv6.conf.eth0.accept_dad=1
	box_serve a tcp 80
	box_bind a v6.host=web2
	modes off
	ip -n a addr add fd42::aa/64 dev eth0
	lab_until settled a fd42::aa
	[ -z "$(ip -n a -6 addr show dadfailed)" ]
	run -0 v6ctl check web2
	[[ "$output" == *"? connection"*"net.ipv6.conf.eth0.enhanced_dad is 0"* ]]
}
