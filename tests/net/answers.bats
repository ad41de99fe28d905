#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# answers.bats - By UDP, clients are answered by the address that they asked
#
#	tests/lab/run bats tests/net/answers.bats

load lab

setup_file() {
	lab_up
	box_install
	ip addr add 2001:db8::5/64 dev eth0 nodad
	for last in 11 12; do
		lab_client ip addr add "2001:db8::$last/64" dev eth0 nodad
	done
}

setup() {
	for init in h i; do
		lab_start "init-$init" sleep infinity
	done
}

teardown() {
	nft delete table ip6 theirs 2>/dev/null || true
	for file in /run/lab/udp-*.pid; do
		[ ! -e "$file" ] || lab_stop "$(basename "$file" .pid)"
	done
	for init in h i; do
		box_unbind "$init" 2>/dev/null
		lab_stop "init-$init"
	done
	lab_clear
}

udp="/usr/bin/python3 tests/net/udp-peer.py"

# listen PORT HOW - a server of the host's own network, whichever container it is of
listen() {
	# shellcheck disable=SC2086
	lab_start "udp-$1-$2" $udp serve "$@"
	lab_until eval "[ \"\$(ss -Hlnu 'sport = :$1' | wc -l)\" = $(find /run/lab -name "udp-$1-*.pid" | wc -l) ]"
}

# asks EXPECTED SOURCE ADDRESS PORT... - what the client hears from each in turn, and calls, at once
asks() {
	# shellcheck disable=SC2086
	diff <(echo "$1") <(lab_client $udp ask "${@:2}")
}

calls() {
	# shellcheck disable=SC2086
	diff <(echo "$1") <(lab_client $udp call "${@:2}")
}

@test "in the host's network: a server on all addresses, asked on each, and by the host itself" {
	listen 5300 ::
	listen 5353 ::
	box_bind h v6.host=web3,web2 "v6.ports=5300/udp,53:5353/udp"
	for port in 5300 53; do
		asks "2001:db8::203 ::" :: 2001:db8::203 $port
		asks "2001:db8::202 ::" :: 2001:db8::202 $port
	done
	asks "2001:db8::203 ::
2001:db8::202 ::
2001:db8::203 ::" :: 2001:db8::203 5300 2001:db8::202 53 2001:db8::203 5300
	# whoever asks the host itself is answered by whom it asked
	[ "$($udp ask :: 2001:db8::203 5300 2001:db8::202 53 ::1 5300)" = "2001:db8::203 ::
2001:db8::202 ::
::1 ::" ]
	# to conntrack it is an answer, so that firewalls let it pass
	nft 'table ip6 theirs { chain out { type filter hook output priority 0; policy drop;
		ct state established accept; meta l4proto icmpv6 accept; }; }'
	asks "2001:db8::203 ::" 2001:db8::11 2001:db8::203 53
	asks "2001:db8::202 ::" 2001:db8::11 2001:db8::202 5300
}

@test "the host's own address, on the same port and from the same client's, answers from itself" {
	listen 5300 pktinfo
	box_bind h v6.host=web3 "v6.ports=5300/udp"
	calls "2001:db8::1 pktinfo
2001:db8::203 pktinfo
2001:db8::5 pktinfo" ::#123 2001:db8::5 5300 2001:db8::1 5300 2001:db8::203 5300
	lab_stop udp-5300-pktinfo
	listen 5300 2001:db8::1
	listen 5300 2001:db8::203
	calls "2001:db8::1 2001:db8::1
2001:db8::203 2001:db8::203" ::#124 2001:db8::1 5300 2001:db8::203 5300
}

@test "two services on one port, and two clients with one port: none has another's answer" {
	listen 5300 ::
	listen 5353 ::
	box_bind h v6.host=web3 "v6.ports=5300/udp,53:5353/udp"
	box_bind i v6.host=web2 "v6.ports=5300/udp"
	asks "2001:db8::203 ::" 2001:db8::11#123 2001:db8::203 5300
	asks "2001:db8::202 ::" 2001:db8::12#123 2001:db8::202 5300
	asks "2001:db8::203 ::" 2001:db8::11#123 2001:db8::203 5300
	asks "2001:db8::203 ::" 2001:db8::11#123 2001:db8::203 53
	# the port stays while one of the two is there
	box_unbind h
	asks "2001:db8::202 ::" 2001:db8::12#123 2001:db8::202 5300
	nft list set ip6 oci-v6 udp-ports | grep -F "elements = { 5300 }"
	box_unbind i
	run ! grep elements <(nft list set ip6 oci-v6 udp-ports)
	[ -z "$(box_left)" ]
}

@test "on addresses that the host had before, whichever the kernel prefers, and with another port" {
	listen 5300 ::
	listen 5353 ::
	box_bind h v6.host=2001:db8::1,2001:db8::5 "v6.ports=5300/udp,53:5353/udp"
	for port in 5300 53; do
		asks "2001:db8::1 ::" :: 2001:db8::1 $port
		asks "2001:db8::5 ::" :: 2001:db8::5 $port
	done
}

@test "published by a user, by a route, after a flush, and without a claim on its way back to the host" {
	listen 5300 ::
	mkdir -p /etc/oci-v6
	echo '{"attach": "route"}' >/etc/oci-v6/config.json
	v6ctl bind --pid "$(box_pid h)" --host web3 --ports 5300/udp --id "$(box_id h)"
	asks "2001:db8::203 ::" :: 2001:db8::203 5300
	[ "$($udp ask :: 2001:db8::203 5300)" = "2001:db8::203 ::" ]
	before=$(box_snapshot)
	nft flush ruleset
	v6ctl reconcile
	asks "2001:db8::203 ::" :: 2001:db8::203 5300
	nft add element ip6 oci-v6 udp-ports '{ 5301 }'
	run -0 v6ctl reconcile --dry-run
	[[ "$output" == *"remove port 5301 from udp-ports: no record wants it"* ]]
	v6ctl reconcile
	run ! grep 5301 <(nft list set ip6 oci-v6 udp-ports)
	[ -z "$(diff <(grep udp-ports -A 3 <<<"$before") <(grep udp-ports -A 3 < <(box_snapshot)))" ]
}
