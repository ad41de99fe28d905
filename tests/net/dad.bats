#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# dad.bats - An address that another machine of the link has is not taken from it
#
#	tests/lab/run bats tests/net/dad.bats
#
# The other machine is netns dns, which has 2001:db8::203 as well; box a is to have it.

load lab

setup_file() {
	lab_ready
	mkdir -p /etc/oci-v6
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_serve a tcp 80
	lab_start other nsenter --net=/run/netns/dns "$peer" serve tcp 80 other
	lab_until eval 'lab_dns ss -Hltn "sport = :80" | grep -q .'
	lab_first_bind a
}

setup() {
	rm -f /etc/oci-v6/config.json
	ip -n dns addr replace 2001:db8::203/128 dev eth0 nodad
}

teardown() {
	box_unbind a
	ip -n dns addr del 2001:db8::203/128 dev eth0 2>/dev/null
	return 0
}

is_refused() {
	echo "$output"
	[ "$status" = 1 ]
	[[ "$output" == *"2001:db8::203 is in use by another machine on eth0 ($(lab_dns ip -br link show eth0 | awk '{ print $3 }'))"* ]]
}

@test "the start is refused, nothing is left, and the other machine goes on answering" {
	answers "other $LAB_CLIENT" tcp 2001:db8::203 80
	before=$(box_snapshot)
	run box_bind a v6.host=web3
	is_refused
	box_same "$before"
	answers "other $LAB_CLIENT" tcp 2001:db8::203 80
	lab_client ip neigh flush dev eth0
	answers "other $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "the same where addresses are local routes" {
	echo '{"attach": "route"}' >/etc/oci-v6/config.json
	run box_bind a v6.host=web3
	is_refused
}

@test "of a name with two addresses, the one in use is passed over" {
	lab_dns_add two 2001:db8::203
	lab_dns_add two 2001:db8::205
	run box_bind a v6.host=two
	[ "$status" = 0 ]
	[[ "$output" == *"two: passed over: 2001:db8::203 is in use by another machine"* ]]
	answers "a $LAB_CLIENT" tcp 2001:db8::205 80
	answers "other $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "off: no neighbour is asked" {
	echo '{"dad": "off"}' >/etc/oci-v6/config.json
	box_bind a v6.host=web3
	[ -n "$(ip -6 -o addr show to 2001:db8::203)" ]
}

# A router that answers for somebody else takes up to the delay that it is told, at random
@test "wait: a machine that takes its time to answer is waited for" {
	ip -n dns addr del 2001:db8::203/128 dev eth0
	ip -n dns neigh add proxy 2001:db8::203 dev eth0
	lab_dns sysctl -qw net.ipv6.conf.eth0.forwarding=1 net.ipv6.conf.eth0.proxy_ndp=1 \
		net.ipv6.neigh.eth0.proxy_delay=50
	echo '{"dad": "wait"}' >/etc/oci-v6/config.json
	run box_bind a v6.host=web3
	ip -n dns neigh del proxy 2001:db8::203 dev eth0
	lab_dns sysctl -qw net.ipv6.conf.eth0.forwarding=0
	is_refused
}

@test "wait: a free address comes up" {
	echo '{"dad": "wait"}' >/etc/oci-v6/config.json
	box_bind a v6.host=2001:db8::204
	answers "a $LAB_CLIENT" tcp 2001:db8::204 80
}

@test "an address that this host has is not asked for" {
	ip -n dns addr del 2001:db8::203/128 dev eth0
	box_bind a v6.host=web3
	ip -n dns addr add 2001:db8::203/128 dev eth0 nodad
	# a second start without a stop in between
	run box_bind a v6.host=web3
	[ "$status" = 0 ]
}

@test "what is heard of other addresses does not matter" {
	box_bind a v6.host=2001:db8::205
	answers "a $LAB_CLIENT" tcp 2001:db8::205 80
}
