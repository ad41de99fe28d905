#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# blocked.bats - Other tables drop packets of services: v6ctl list says so, and v6d tells once, with the line
#
#	tests/lab/run bats tests/net/blocked.bats

bats_require_minimum_version 1.5.0

load lab

setup() {
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_up b fd42::b/64
	box_serve a tcp 80
	box_serve b tcp 80
	: >/run/lab/v6d.log
}

teardown() {
	cat /run/lab/v6d.log
	lab_stop v6d
	lab_stop churn
	nft list tables | grep -v 'ip6 oci-v6$' | while read -r _ family table; do
		nft delete table "$family" "$table"
	done
	lab_clear_bridge a b
}

# state NAME - of its one claim
state() {
	v6ctl list --tsv | awk -F '\t' -v name="$1" '$1 == name { print $11 }'
}

# told TEXT - how many lines of v6d have it
told() {
	grep -cF -- "$1" /run/lab/v6d.log
}

drop() {
	nft "add table inet fw; add chain inet fw f { type filter hook forward priority 0; policy drop; }"
}

line="run: nft insert rule inet fw f ct status dnat accept: 80/tcp of 2001:db8::203"

@test "a firewall is loaded, opened by the line, and loaded again; v6d logs each once" {
	box_bind a v6.host=web3
	box_bind b v6.host=web2
	lab_start v6d v6d
	lab_until eval '[ "$(state web3)" = active ]'
	drop
	[ "$(state web3)" = blocked ]
	[ "$(state web2)" = blocked ]
	lab_until eval '[ "$(told "blocked by another table")" = 1 ]'
	[ "$(told "and 1 more container: blocked by another table; run: nft insert rule inet fw f ct status dnat accept: ")" = 1 ]
	nft insert rule inet fw f ct status dnat accept
	[ "$(state web3)" = active ]
	lab_until eval '[ "$(told "and 1 more container: no longer blocked")" = 1 ]'
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	nft flush chain inet fw f
	lab_until eval '[ "$(told "blocked by another table again (time 2); run:")" = 1 ]'
	# what matters to no service is no news
	nft add rule inet fw f tcp dport 22 accept
	nft add rule inet fw f counter
	box_kill a
	lab_until eval '[ -z "$(state web3)" ]'
	[ "$(told blocked)" = 3 ]
}

@test "a start behind a firewall: it starts, is listed as blocked, and v6d logs it" {
	drop
	box_bind a v6.host=web3 v6.required=true
	[ "$(state web3)" = blocked ]
	[[ "$(v6ctl path web3)" == *"v6ctl check names the rule, and prints one"* ]]
	lab_start v6d v6d
	lab_until eval '[ "$(told "$line")" = 1 ]'
	box_bind b v6.host=web2
	lab_until eval '[ "$(told "web2 (")" = 1 ]'
	[ "$(told "web3 (")" = 1 ]
}

@test "answers that are dropped block, too; what may be dropped, and other ports, do not" {
	box_bind a v6.host=web3
	nft "add table inet fw; add chain inet fw f { type filter hook forward priority 0; }; add rule inet fw f tcp dport 81 drop
		add rule inet fw f numgen random mod 10 0 drop"
	[ "$(state web3)" = active ]
	nft add rule inet fw f tcp sport 80 drop
	[ "$(state web3)" = blocked ]
}

@test "rules that change all the time and are many cost v6d no repair" {
	box_bind a v6.host=web3
	lab_start v6d v6d
	drop
	for ((i = 0; i < 3000; i++)); do
		echo "add rule inet fw f tcp dport $((i + 1000)) ip6 daddr 2001:db8::$i accept"
	done | nft -f -
	lab_start churn bash -c 'while :; do nft "add table inet churn; delete table inet churn"; done'
	lab_until eval '[ "$(told "$line")" = 1 ]'
	for i in 1 2 3; do
		ip addr del 2001:db8::203/128 dev eth0
		lab_until eval '[ -n "$(ip addr show to 2001:db8::203)" ]'
	done
	[ "$(told blocked)" = 1 ]
}
