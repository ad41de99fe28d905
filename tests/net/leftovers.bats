#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# leftovers.bats - What crashes and other people leave exposes no listener of the host, and blocks nobody
#
#	tests/lab/run bats tests/net/leftovers.bats
#
# The host listens on [::], ports 22 and 80. Container h shares its network; a and b do not.

bats_require_minimum_version 1.5.0

load lab

setup_file() {
	load_lab
	lab_up
	box_install
	mkdir -p /etc/oci-v6
	lab_start sshd "$peer" serve tcp 22 host
	lab_start httpd "$peer" serve tcp 80 host
	lab_until eval 'ss -Hltn "sport = :22" | grep -q . && ss -Hltn "sport = :80" | grep -q .'
}

setup() {
	load_lab
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_up b fd42::b/64
	box_serve a tcp 80
	box_serve b tcp 443
	lab_start init-h sleep 300
}

teardown() {
	local name

	for name in h a b c; do
		box_unbind $name 2>/dev/null
	done
	lab_stop init-h
	box_down a b c
	ip link del cni0
	rm -rf /run/oci-v6 /etc/oci-v6/config.json
	nft delete table ip6 oci-v6 2>/dev/null || true
}

is_refused() {
	run ask tcp "$@"
	echo "$output"
	[[ "$output" == *refused* ]]
}

@test "the host's port that a dead container in its network had is closed when another takes it over" {
	box_bind h v6.host=web3
	answers "host $LAB_CLIENT" tcp 2001:db8::203 80
	lab_stop init-h
	box_bind a v6.host=web3
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	box_bind b v6.host=web3 v6.ports=443
	box_unbind a
	is_refused 2001:db8::203 80
	answers "b $LAB_CLIENT" tcp 2001:db8::203 443
}

@test "and when somebody had removed the claim of it" {
	box_bind h v6.host=web3
	nft flush map ip6 oci-v6 services
	box_unbind h
	box_bind b v6.host=web3 v6.ports=443
	is_refused 2001:db8::203 80
}

@test "the host's port that nobody claims is closed by reconcile, though the address is in use" {
	box_bind h v6.host=web3
	box_bind b v6.host=web3 v6.ports=443
	nft add element ip6 oci-v6 local '{ tcp . 2001:db8::203 . 22 }'
	nft add element ip6 oci-v6 traffic '{ tcp . 2001:db8::203 . 22 }'
	answers "host $LAB_CLIENT" tcp 2001:db8::203 22
	run -0 v6ctl reconcile
	[[ "$output" == *"2 orphans removed"* ]]
	is_refused 2001:db8::203 22
	answers "host $LAB_CLIENT" tcp 2001:db8::203 80
	answers "b $LAB_CLIENT" tcp 2001:db8::203 443
}
