#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# check-sockets.bats - v6ctl check says what is so: rules that ask whose a packet is, or to how many it goes
#
#	tests/lab/run bats tests/ctl/check-sockets.bats
#
# A program of the host itself answers as a service, by TCP (root's) and by UDP (another user's).

load check

setup_file() {
	lab_ready
	lab_start tcp "$peer" serve tcp 81 host
	lab_until box_host_listens 81
	v6ctl bind --pid "$(cat /run/lab/tcp.pid)" --host web2 --ports 81,8082/udp --id two
	lab_start udp setpriv --reuid 1500 --clear-groups "$peer" serve udp 8082 host 2001:db8::202
	lab_until eval 'ss -Hlnu "sport = :8082" | grep -q .'
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_serve a tcp 80
	box_bind a v6.host=web3
}

setup() {
	lab_until agrees_that serves
}

teardown() {
	nft flush ruleset
	v6ctl reconcile
	ip -n client neigh flush dev eth0
}

rules() {
	nft -f - <<<"$1"
}

# filter HOOK LINES - a table that lets through just this
filter() {
	rules "table inet filter { chain c {
		type filter hook $1 priority filter; policy drop
		$2
	}; }"
}

# both_answer - clients of both ports are answered
both_answer() {
	ip -n client neigh flush dev eth0
	ip neigh flush dev eth0
	answers "host $LAB_CLIENT" tcp 2001:db8::202 81 && answers "host $LAB_CLIENT" udp 2001:db8::202 8082
}

# agrees_that serves|fails - so it is for clients, and so says check: neither ✗ nor ? of the firewall, or one
agrees_that() {
	local is=fails says=fails

	both_answer && is=serves
	v6ctl check web2 | grep -q '[✗?] *firewall' || says=serves
	echo "is: $is; says: $says"
	[ "$is" = "$1" ] && [ "$says" = "$1" ]
}

@test "answers by the user that sends them" {
	filter output 'meta l4proto icmpv6 accept
		meta skuid { 0, 1500 } accept'
	agrees_that serves
}

@test "answers of one user, and not of the other" {
	filter output 'meta l4proto icmpv6 accept
		meta skuid 0 accept'
	agrees_that fails
	check web2
	grep -F "8082/udp of 2001:db8::202: the container's answers are dropped" <<<"$output"
	run ! grep 'firewall *81/tcp of' <<<"$output"
}

@test "neighbour discovery has no user: the kernel has sent it" {
	filter output 'meta skuid >= 0 accept'
	agrees_that fails
	faulty firewall 'our answers to neighbours (ICMPv6) are dropped' web2
}

@test "iptables: answers by owner" {
	ip6tables -P OUTPUT DROP
	ip6tables -A OUTPUT -p icmpv6 -j ACCEPT
	ip6tables -A OUTPUT -m owner --uid-owner 0 -j ACCEPT
	agrees_that fails
	ip6tables -A OUTPUT -m owner ! --uid-owner 1 -j ACCEPT
	agrees_that serves
}

@test "iptables: multicast by the type of its packets" {
	ip6tables -P INPUT DROP
	ip6tables -A INPUT -p icmpv6 --icmpv6-type neighbour-advertisement -j ACCEPT
	ip6tables -A INPUT -p tcp --dport 81 -j ACCEPT
	ip6tables -A INPUT -p udp --dport 8082 -j ACCEPT
	agrees_that fails
	ip6tables -A INPUT -m pkttype --pkt-type multicast -j ACCEPT
	agrees_that serves
}

@test "what comes in, by the socket that waits for it: one is on all addresses, one is not" {
	filter input 'meta l4proto icmpv6 accept
		socket wildcard { 0, 1 } accept
		ct state established accept'
	agrees_that serves
	nft delete table inet filter
	filter input 'meta l4proto icmpv6 accept
		socket wildcard 1 accept
		ct state established accept'
	agrees_that fails
	check web2
	grep -F '8082/udp of 2001:db8::202: new connections are dropped' <<<"$output"
	run ! grep 'firewall *81/tcp of' <<<"$output"
}

@test "a socket of the host on the port of a container's service" {
	lab_start mine "$peer" serve tcp 80 mine
	lab_until box_host_listens 80
	serves
	rules 'table inet filter { chain c { type filter hook prerouting priority raw; policy accept
		socket wildcard 1 drop; }; }'
	fails
	faulty firewall '80/tcp of 2001:db8::203: new connections are dropped'
	lab_stop mine
	lab_until eval '! box_host_listens 80'
	serves
	well web3
}

@test "neighbours' questions are let in as multicast" {
	filter input 'ct state established,related accept
		meta pkttype multicast accept
		icmpv6 type nd-neighbor-advert accept
		tcp dport 81 accept
		udp dport 8082 accept'
	agrees_that serves
}

@test "multicast is dropped" {
	rules 'table inet filter { chain c { type filter hook input priority filter
		meta pkttype { broadcast, multicast } drop; }; }'
	agrees_that fails
}

@test "what the host sends is never multicast by its type" {
	rules 'table inet filter { chain c { type filter hook output priority filter
		meta pkttype { broadcast, multicast } drop; }; }'
	agrees_that serves
}

@test "neighbour discovery that is kept from conntrack, as it always is" {
	rules 'table inet raw {
		chain pre { type filter hook prerouting priority raw; meta l4proto icmpv6 notrack; }
		chain out { type filter hook output priority raw; meta l4proto icmpv6 notrack; }
	}'
	agrees_that serves
}

@test "a translation with our own chain's priority may come first: made after ours, or before" {
	local theirs='table ip6 theirs { chain pre { type nat hook prerouting priority -110
		tcp dport 80 dnat to fd42::99; }; }'

	serves
	rules "$theirs"
	fails
	doubtful firewall 'may be forwarded elsewhere by chain pre of table ip6 theirs'
	mend 'nft insert rule ip6 theirs pre ip6 daddr 2001:db8::203 tcp dport 80 accept'
	serves
	well web3
	nft flush ruleset
	rules "$theirs"
	v6ctl reconcile
	serves
	doubtful firewall 'may be forwarded elsewhere by chain pre of table ip6 theirs'
	mend
	well web3
}

@test "UDP on all addresses in the host's network: the port in our table that answers depend on" {
	lab_start mine "$peer" serve udp 5300 mine
	lab_until eval 'ss -Hlnu "sport = :5300" | grep -q .'
	v6ctl bind --pid "$(cat /run/lab/tcp.pid)" --host 2001:db8::207 --ports 5300/udp --id three
	check three
	grep -F "✓ listening  5300/udp: [::]:5300 (peer)" <<<"$output"
	answers "mine $LAB_CLIENT" udp 2001:db8::207 5300
	nft delete element ip6 oci-v6 udp-ports '{ 5300 }'
	check three
	grep -F "2001:db8::207 port 5300/udp may be answered from another address" <<<"$output"
	v6ctl list | grep "2001:db8::207.*lost"
	[ "$(ask udp 2001:db8::207 5300)" != "mine $LAB_CLIENT" ]
	v6ctl reconcile
	answers "mine $LAB_CLIENT" udp 2001:db8::207 5300
	lab_stop mine
	v6ctl unbind three
}
