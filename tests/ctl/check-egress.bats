#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# check-egress.bats - v6ctl check NAME: what other tables do to a container that leaves by its service
#
#	tests/lab/run bats tests/ctl/check-egress.bats

load check

setup_file() {
	lab_ready
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_serve a tcp 80
	box_bind a v6.host=web3 v6.egress=on v6.from="$LAB_CLIENT"
	client_serves tcp 443
}

setup() {
	leaves
}

teardown() {
	nft flush ruleset
	v6ctl reconcile
	ip -n client neigh flush dev eth0
}

leaves() {
	lab_until leaves_as 2001:db8::203
}

# leaves_as ADDRESS - whom a server of the LAN sees when the container connects to it
leaves_as() {
	[ "$(inside "$peer" ask tcp "$LAB_CLIENT" 443)" = "out $1" ]
}

inside() {
	nsenter --net=/run/netns/a "$@"
}

# hindered TEXT [COMMAND...] - it does not leave by its service, check says why, and its command ends that
hindered() {
	run leaves_as 2001:db8::203
	[ "$status" != 0 ]
	faulty firewall "$1"
	mend "${@:2}"
	leaves
	serves
	well web3
}

@test "a forward policy of drop that lets services in" {
	nft 'table inet fw { chain f { type filter hook forward priority 0; policy drop; ct status dnat accept; }; }'
	serves
	hindered "443/tcp by 2001:db8::203: connections that the container begins are dropped by the policy of chain f of table inet fw" \
		'nft insert rule inet fw f oifname eth0 ip6 saddr fd42::a accept' \
		'nft insert rule inet fw f iifname eth0 ip6 daddr fd42::a ct state established accept'
}

@test "a rule for UDP alone" {
	nft 'table inet fw { chain f { type filter hook forward priority 0; udp dport 53 drop; }; }'
	faulty firewall "53/udp by 2001:db8::203: connections that the container begins are dropped by the rule"
	mend 'nft insert rule inet fw f oifname eth0 ip6 saddr fd42::a accept'
	well web3
}

@test "iptables: answers are dropped" {
	ip6tables -A FORWARD -m conntrack --ctdir REPLY -d fd42::a -j DROP
	hindered "answers to the container are dropped by the rule" \
		'ip6tables -I FORWARD -d fd42::a -i eth0 -m conntrack --ctstate ESTABLISHED -j ACCEPT'
}

@test "iptables: Docker's users' chain, by the mark" {
	ip6tables -P FORWARD DROP
	ip6tables -N DOCKER-USER
	ip6tables -A FORWARD -j DOCKER-USER
	ip6tables -A FORWARD -m conntrack --ctstate DNAT -j ACCEPT
	hindered "are dropped by the policy of chain FORWARD" \
		'ip6tables -I DOCKER-USER -m mark --mark 0x1000/0x1000 -j ACCEPT'
	ip6tables -P FORWARD ACCEPT
}

@test "another table's masquerade comes first" {
	nft 'table inet fw { chain p { type nat hook postrouting priority 80; oifname "eth0" masquerade; }; }'
	hindered "connections that the container begins leave with another address, which chain p of table inet fw" \
		'nft insert rule inet fw p oifname eth0 ip6 saddr fd42::a accept'
	nft delete table inet fw
	# maybe, at the very place of our own
	nft 'table inet fw { chain p { type nat hook postrouting priority 90; oifname "eth0" masquerade; }; }'
	doubtful firewall "may leave with another address, by chain p of table inet fw"
	mend
	leaves
	well web3
}

@test "no false alarm: a masquerade that comes later, a redirect of a few ports, a ban of others" {
	nft 'table inet fw {
		chain p { type nat hook postrouting priority srcnat; oifname "eth0" masquerade; }
		chain d { type nat hook prerouting priority dstnat; iifname "cni0" tcp dport 3128 redirect to :1; }
		chain f { type filter hook forward priority 0; policy drop
			ct state established,related accept
			ct status dnat accept
			iifname "cni0" oifname "eth0" accept; }
	}'
	leaves
	serves
	well web3
	# what is led elsewhere on purpose
	nft 'add rule inet fw d iifname "cni0" udp dport 53 redirect to :53'
	doubtful firewall "53/udp by 2001:db8::203: connections that the container begins are forwarded elsewhere by chain d of table inet fw"
	[ -z "$(commands)" ]
}

@test "a client that may not connect: one step says so, and blames no table" {
	faulty client "2001:db8:f::1 may not connect" --from 2001:db8:f::1 web3
	run ! grep firewall <(grep -F '✗' <<<"$output")
	nft 'table inet fw { chain f { type filter hook forward priority 0; ip6 saddr 2001:db8::10 drop; }; }'
	faulty firewall "new connections are dropped by the rule" --from "$LAB_CLIENT" web3
	# without --from, by whom it is for
	faulty firewall "new connections are dropped by the rule"
}
