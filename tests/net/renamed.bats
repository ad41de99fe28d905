#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# renamed.bats - Interfaces that are called otherwise while services are on them
#
#	tests/lab/run bats tests/net/renamed.bats

load lab

setup_file() {
	box_install
}

setup() {
	lab_up
	mkdir -p /etc/oci-v6
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_up b fd42::b/64
	box_serve a tcp 80
	box_serve b tcp 81
}

teardown() {
	lab_stop v6d
	rename lan0 eth0
	rename pods cni0
	lab_clear_bridge a b
	lab_down
}

# rename LINK NAME - while it is up, as a kernel since 6.2 lets us; otherwise it is nobody's test
rename() {
	ip link set "$1" name "$2" 2>/dev/null
}

rename_both() {
	rename eth0 lan0 || skip "this kernel does not rename what is up"
	rename cni0 pods
}

# names - which names of interfaces the record of box a has
names() {
	python3 -c 'import json, sys
r = json.load(open(sys.argv[1]))
print(r["services"][0]["link"], r["destination"]["via"])' "/run/oci-v6/records/$(box_id a).json"
}

@test "what is listed, shown and checked has the new name" {
	box_bind a v6.host=web3
	rename_both
	[ "$(v6ctl list --tsv | cut -f 10)" = lan0 ]
	v6ctl show web3 | grep 'web3 2001:db8::203 80/tcp on lan0'
	v6ctl show web3 | grep 'network .* on eth0, by pods of the host'
	v6ctl check web3 | grep '2001:db8::203 is on lan0'
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "reconcile sees to the records, and says so" {
	local attach

	for attach in address route; do
		echo "{\"attach\": \"$attach\"}" >/etc/oci-v6/config.json
		box_bind a v6.host=web3
		rename_both
		run v6ctl reconcile --dry-run
		[[ "$output" == *"follow interface eth0 of web3, which is called lan0 now"* ]]
		[[ "$output" == *"follow interface cni0 of fd42::a, which is called pods now"* ]]
		[ "$(names)" = "eth0 cni0" ]
		run -0 v6ctl reconcile
		[ "${lines[-1]}" = "1 live, 0 repaired; 0 dead collected, 0 orphans removed" ]
		[ "$(names)" = "lan0 pods" ]
		# also what was taken away meanwhile
		ip -6 addr flush dev lan0 to 2001:db8::203
		ip -6 route flush table local proto 83
		nft flush ruleset
		v6ctl reconcile
		answers "a $LAB_CLIENT" tcp 2001:db8::203 80
		box_unbind a
		[ -z "$(box_left)" ]
		rename lan0 eth0
		rename pods cni0
	done
}

@test "a container that shares the address starts with the new name" {
	box_bind a v6.host=web3
	rename_both
	box_bind b v6.host=web3 v6.ports=81 v6.interface=lan0
	answers "b $LAB_CLIENT" tcp 2001:db8::203 81
	box_unbind a
	box_unbind b
	[ -z "$(box_left)" ]
}

@test "v6d follows at once" {
	box_v6d_start
	box_bind a v6.host=web3
	lab_until eval '[ "$(v6ctl list --tsv | cut -f 11)" = active ]'
	rename_both
	lab_until eval '[ "$(names)" = "lan0 pods" ]'
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
}
