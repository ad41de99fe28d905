#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# service.bats - A service is there, is right, and goes: real packets to containers without an engine
#
#	tests/lab/run bats tests/net/service.bats

load lab

setup() {
	box_bridge fd42::ffff/64
}

teardown() {
	lab_stop hold-a
	lab_stop hold-b
	lab_stop hold-udp
	lab_stop mine
	box_unbind host 2>/dev/null
	lab_stop init-host
	lab_stop sshd
	lab_clear_bridge a b
}

@test "a container with an IPv6 address answers, and sees the client's own" {
	box_up a fd42::a/64
	box_serve a tcp 80
	box_bind a v6.host=web3
	run ask tcp 2001:db8::203 80
	[ "$output" = "a $LAB_CLIENT" ]
}

@test "arguments beside the state count as its annotations, unless it has any" {
	box_up a fd42::a/64
	box_serve a tcp 80
	box_serve a tcp 8080
	box_state a | "$hook" createRuntime v6.host=2001:db8::203 v6.ports=81:8080
	answers "a $LAB_CLIENT" tcp 2001:db8::203 81
	run ! ask tcp 2001:db8::203 80
	box_unbind a
	box_state a v6.host=2001:db8::202 | "$hook" createRuntime v6.host=2001:db8::203 v6.ports=81
	answers "a $LAB_CLIENT" tcp 2001:db8::202 80
	run ! ask tcp 2001:db8::202 81
	[ -z "$(ip -6 addr show to 2001:db8::203)" ]
}

@test "a container without one is given one, and sees the client's own" {
	box_up a
	box_serve a tcp 80
	box_bind a v6.host=web3
	run ask tcp 2001:db8::203 80
	[ "$output" = "a $LAB_CLIENT" ]
}

@test "a container with IPv6 turned off on its link is given an address all the same" {
	box_up a
	nsenter --net=/run/netns/a sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
	box_serve a tcp 80
	box_bind a v6.host=web3
	run ask tcp 2001:db8::203 80
	[ "$output" = "a $LAB_CLIENT" ]
}

@test "the host itself is answered" {
	box_up a fd42::a/64
	box_serve a tcp 80
	box_bind a v6.host=web3
	run "$peer" ask tcp 2001:db8::203 80
	[[ "$output" == "a "* ]]
}

@test "two containers serve the same port under different names" {
	box_up a fd42::a/64
	box_up b
	box_serve a tcp 80
	box_serve b tcp 80
	box_bind a v6.host=web2
	box_bind b v6.host=web3
	answers "a $LAB_CLIENT" tcp 2001:db8::202 80
	answers "b $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "ports: a list, a remap, a range, tcp and udp" {
	box_up a fd42::a/64
	box_serve a tcp 80
	box_serve a tcp 8443
	box_serve a udp 53
	box_serve a tcp 6001
	box_bind a v6.host=web3 "v6.ports=80, 443:8443,53/udp,5000-5002:6000-6002/tcp"
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	answers "a $LAB_CLIENT" tcp 2001:db8::203 443
	answers "a $LAB_CLIENT" udp 2001:db8::203 53
	answers "a $LAB_CLIENT" tcp 2001:db8::203 5001
	# the protocol is part of the claim
	run ask tcp 2001:db8::203 53
	[[ "$output" == *refused* ]]
}

@test "several names, and an address given literally" {
	box_up a fd42::a/64
	box_serve a tcp 80
	box_bind a "v6.host=web2, web3,2001:db8::7"
	answers "a $LAB_CLIENT" tcp 2001:db8::202 80
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	answers "a $LAB_CLIENT" tcp 2001:db8::7 80
}

@test "the service address bears the flags that keep the host from using it" {
	box_up a fd42::a/64
	box_bind a v6.host=web3
	run ip -6 -o addr show dev eth0 to 2001:db8::203
	[[ "$output" == *"2001:db8::203/128 "* ]]
	[[ "$output" == *" nodad "* ]]
	[[ "$output" == *" deprecated "* ]]
	[[ "$output" == *" noprefixroute "* ]]
	[[ "$output" == *"preferred_lft 0sec"* ]]
	# and it is not tentative: it answers at once
	[[ "$output" != *tentative* ]]
}

@test "the host never uses a service address as the source of its own connections" {
	ip addr del 2001:db8::1/64 dev eth0
	ip addr add 2001:db8::1/64 dev eth0 nodad
	box_up a fd42::a/64
	box_bind a v6.host=web3
	lab_start elsewhere nsenter --net=/run/netns/client "$peer" serve tcp 7 client
	lab_until "$peer" ask tcp "$LAB_CLIENT" 7
	run "$peer" ask tcp "$LAB_CLIENT" 7
	lab_stop elsewhere
	[ "$output" = "client $LAB_HOST" ]
}

@test "neighbours that knew the address elsewhere learn of it at once" {
	box_up a fd42::a/64
	box_serve a tcp 80
	ip -n client neigh replace 2001:db8::203 lladdr 02:00:00:00:00:01 dev eth0 nud reachable
	box_bind a v6.host=web3
	lab_until eval 'ip -n client neigh show 2001:db8::203 | grep -q "$(cat /sys/class/net/eth0/address)"'
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "stop removes all of it, conntrack entries too" {
	box_up a fd42::a/64
	box_serve a tcp 80
	box_serve a udp 53
	before=$(box_snapshot)
	box_bind a v6.host=web3,web2 v6.ports=80,53/udp
	ask tcp 2001:db8::203 80
	ask udp 2001:db8::202 53
	[ "$(conntrack -L -f ipv6 2>/dev/null | grep -c 2001:db8::20)" -ge 2 ]
	box_unbind a
	[ "$(conntrack -L -f ipv6 2>/dev/null | grep -c 2001:db8::20)" = 0 ]
	nft delete table ip6 oci-v6
	box_same "$before"
}

@test "stop takes away what was given to a container without IPv6" {
	box_up a
	before=$(box_snapshot)
	box_bind a v6.host=web3
	ip -6 addr show dev cni0 | grep fe80::7636
	box_unbind a
	nft delete table ip6 oci-v6
	box_same "$before"
}

@test "a container with an assigned address and default route can have its engine's later, which goes first" {
	box_up a
	box_serve a tcp 80
	box_bind a v6.host=web3
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	ip -n a addr add fd42::a/64 dev eth0 nodad
	# as Docker does when it connects it to a network with IPv6: without a metric
	ip -n a route add default via fd42::ffff dev eth0
	[[ "$(ip -n a route get "$LAB_CLIENT")" == *" via fd42::ffff "* ]]
	v6ctl reconcile
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "a connection to a stopped container reaches it no more, others go on" {
	box_up a fd42::a/64
	box_up b fd42::b/64
	box_serve a tcp 80
	box_serve b tcp 80
	box_bind a v6.host=web2
	box_bind b v6.host=web3
	mkfifo /run/lab/to-a /run/lab/to-b
	lab_start hold-a sh -c "exec nsenter --net=/run/netns/client $peer hold tcp 2001:db8::202 80 </run/lab/to-a"
	lab_start hold-b sh -c "exec nsenter --net=/run/netns/client $peer hold tcp 2001:db8::203 80 </run/lab/to-b"
	exec 7>/run/lab/to-a 8>/run/lab/to-b
	echo >&7
	echo >&8
	lab_until grep -q "^a " /run/lab/hold-a.log
	lab_until grep -q "^b " /run/lab/hold-b.log
	box_unbind a
	echo >&7
	echo >&8
	lab_until grep -q "^error: " /run/lab/hold-a.log
	[ "$(grep -c "^a " /run/lab/hold-a.log)" = 1 ]
	lab_until eval '[ $(grep -c "^b " /run/lab/hold-b.log) = 2 ]'
	exec 7>&- 8>&-
	lab_stop hold-a
	lab_stop hold-b
}

@test "a UDP client moves to the successor with its next packet" {
	box_up a fd42::a/64
	box_up b fd42::b/64
	box_serve a udp 53
	box_serve b udp 53
	box_bind a v6.host=web3 v6.ports=53/udp
	mkfifo /run/lab/udp
	lab_start hold-udp sh -c "exec nsenter --net=/run/netns/client $peer hold udp 2001:db8::203 53 </run/lab/udp"
	exec 7>/run/lab/udp
	echo >&7
	lab_until grep -q "^a " /run/lab/hold-udp.log
	box_unbind a
	box_bind b v6.host=web3 v6.ports=53/udp
	echo >&7
	lab_until grep -q "^b " /run/lab/hold-udp.log
	exec 7>&-
	lab_stop hold-udp
}

@test "one address, two containers with different ports: it goes with the last" {
	box_up a fd42::a/64
	box_up b fd42::b/64
	box_serve a tcp 80
	box_serve b tcp 443
	box_bind a v6.host=web3
	box_bind b v6.host=web3 v6.ports=443
	box_unbind a
	answers "b $LAB_CLIENT" tcp 2001:db8::203 443
	run ask tcp 2001:db8::203 80
	[[ "$output" == *refused* ]]
	box_unbind b
	[ -z "$(ip -6 addr show dev eth0 to 2001:db8::203)" ]
}

@test "an address that the host had before is used, never changed, guarded or removed" {
	ip addr add 2001:db8::203/64 dev eth0 nodad
	lab_start mine "$peer" serve tcp 22 host
	lab_until box_listens_here 22
	had=$(ip -6 -o addr show dev eth0)
	box_up a fd42::a/64
	box_serve a tcp 80
	box_bind a v6.host=web3
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	answers "host $LAB_CLIENT" tcp 2001:db8::203 22
	box_unbind a
	lab_stop mine
	box_unbind host 2>/dev/null
	lab_stop init-host
	lab_stop sshd
	[ "$(ip -6 -o addr show dev eth0)" = "$had" ]
	ip addr del 2001:db8::203/64 dev eth0
}

box_listens_here() {
	ss -Hltn "sport = :$1" | grep -q .
}

@test "the host forwards for a service, and stays a host: its default route and router stay" {
	[ "$(sysctl -n net.ipv6.conf.all.forwarding)" = 0 ]
	box_up a fd42::a/64
	box_serve a tcp 80
	box_bind a v6.host=web3
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	ip -6 route show default | grep "via $LAB_ROUTER"
	grep -q . /run/oci-v6/sysctls
}

# host_state KEY=VALUE... - a container that shares the host's network, its init is this shell
host_state() {
	lab_start init-host sleep infinity
	box_state host "$@"
}

@test "a container in the host's network: its port answers, other listeners do not" {
	lab_start mine "$peer" serve tcp 80 host
	lab_start sshd "$peer" serve tcp 22 sshd
	lab_until box_listens_here 80
	lab_until box_listens_here 22
	before=$(box_snapshot)
	host_state v6.host=web3 | $hook createRuntime
	answers "host $LAB_CLIENT" tcp 2001:db8::203 80
	[[ "$("$peer" ask tcp 2001:db8::203 80)" == "host "* ]]
	run ask tcp 2001:db8::203 22
	[ "$output" = "error: Connection refused" ]
	run v6ctl reconcile
	[ "$output" = "1 live, 0 repaired; 0 dead collected, 0 orphans removed" ]
	nft flush set ip6 oci-v6 local
	v6ctl reconcile
	answers "host $LAB_CLIENT" tcp 2001:db8::203 80
	nft flush ruleset
	run v6ctl reconcile -n
	[ "${lines[-1]}" = "1 live, 1 to be repaired; 0 dead to be collected, 0 orphans to be removed" ]
	run v6ctl reconcile
	[ "${lines[-1]}" = "1 live, 1 repaired; 0 dead collected, 0 orphans removed" ]
	answers "host $LAB_CLIENT" tcp 2001:db8::203 80
	box_unbind host
	run ! grep "ESTABLISHED .*dst=2001:db8::203 " <(conntrack -L -f ipv6 2>/dev/null)
	lab_stop init-host
	lab_stop sshd
	nft delete table ip6 oci-v6
	box_same "$before"
}

@test "a container in the host's network: another port is a redirect" {
	lab_start mine "$peer" serve tcp 8080 host
	lab_until box_listens_here 8080
	host_state v6.host=web3 v6.ports=80:8080 | $hook createRuntime
	answers "host $LAB_CLIENT" tcp 2001:db8::203 80
	[[ "$("$peer" ask tcp 2001:db8::203 80)" == "host "* ]]
	run ask tcp 2001:db8::203 8080
	[ "$output" = "error: Connection refused" ]
	# and a claim is a claim, whoever holds it
	box_up a fd42::a/64
	run box_bind a v6.host=web3
	[[ "$output" == *"port 80/tcp is held by container $(box_id host | cut -c1-12)"* ]]
	box_unbind host
	lab_stop init-host
	run ! grep 2001:db8 <(nft list table ip6 oci-v6)
}

@test "prestart is the same as createRuntime" {
	box_up a fd42::a/64
	box_serve a tcp 80
	box_state a v6.host=web3 | $hook prestart
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "a container that asks for nothing is none of our business" {
	box_up a fd42::a/64
	box_state a some.other=thing | $hook createRuntime
	[ ! -e /run/oci-v6 ]
}

@test "unbind of an unknown container, and twice, is success" {
	box_up a fd42::a/64
	box_bind a v6.host=web3
	box_unbind a
	box_unbind a
	run box_unbind b
	[ "$status" = 0 ]
	[ -z "$output" ]
}

@test "the table reads as in the design, to the letter" {
	box_up a fd42::a/64
	box_bind a v6.host=web3
	diff <(unshare -n sh -c "nft -f tests/net/table.nft; nft -s list table ip6 oci-v6") <(box_table)
	nft -s list map ip6 oci-v6 services |
		grep -F "tcp . 2001:db8::203 . 80 counter comment \"web3 $(box_id a)\" : fd42::a . 80"
}
