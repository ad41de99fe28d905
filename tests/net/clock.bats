#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# clock.bats - The wall clock is set, forth or back, while something is to be kept for a time
#
#	tests/lab/run bats tests/net/clock.bats

load ../ctl/ctl

day=86400
year=$((365 * day))

setup_file() {
	lab_ready
	box_bridge fd42::ffff/64
	mkdir -p /etc/oci-v6
	export CLOCK_FILE=/run/lab/clock LD_PRELOAD=$PWD/$V6_BUILD/tests/net/clock.so ASAN_OPTIONS=verify_asan_link_order=0
}

setup() {
	: >/run/lab/v6d.log
	rm -rf /run/lab/hosts/* /var/lib/oci-v6
	lab_dns_zone >/run/lab/hosts/lab
	lab_until lab_dns_knows web3 2001:db8::203
	echo 0 >"$CLOCK_FILE"
	box_up a fd42::a/64
}

teardown() {
	cat /run/lab/v6d.log
	[ ! -e /run/lab/v6d.pid ] || lab_stop v6d
	cp /run/lab/resolv.conf /etc/resolv.conf
	box_unbind a
	box_down a
	[ -z "$(box_left)" ]
}

# moved LINGER_S - web3 has moved from 2001:db8::203 to ::333, which stays for so long
moved() {
	echo "{\"resolve\": {\"timeout_ms\": 500, \"follow_min_s\": 1, \"linger_s\": $1}}" >/etc/oci-v6/config.json
	box_v6d_start
	box_bind a v6.host=web3
	sed -i '/ web3$/d' /run/lab/hosts/lab
	lab_dns_add web3 2001:db8::333
	lab_until eval '[ "$(v6ctl list --tsv | cut -f 2)" = 2001:db8::333 ]'
}

# The address is still there, for its connections
stays() {
	[ -n "$(ip -6 addr show to 2001:db8::203)" ]
}

is_gone() {
	[ -z "$(ip -6 addr show to 2001:db8::203)" ]
}

# until_in - when it goes, from now on, as v6ctl tells
until_in() {
	echo $(($(json 'o["containers"][0]["leaving"][0]["until"]' v6ctl show --json web3) - $(date +%s)))
}

@test "an address that a service has left stays for its time, whatever is done to the clock" {
	moved 600
	for step in $year -$year $((10 * day)) 1; do
		echo "$step" >"$CLOCK_FILE"
		v6ctl reconcile
		stays
		[ "$(until_in)" -gt 0 ]
		[ "$(until_in)" -le 600 ]
	done
	schema v6ctl show --json web3
	# v6d sees it for the first time
	lab_stop v6d
	box_v6d_start
	stays
}

@test "and no longer: the clock is put back while it waits" {
	moved 3
	echo -$year >"$CLOCK_FILE"
	lab_until is_gone
}

@test "a time that no address stays for, as an older version wrote it, is over" {
	moved 600
	lab_stop v6d
	sed -i "s/\"until\": [0-9]*/\"until\": $(date +%s)/" /run/oci-v6/records/*
	v6ctl reconcile
	is_gone
}

# known STEP - web3 by its last known answer, after the clock was set
known() {
	echo "nameserver $LAB_CLIENT" >/etc/resolv.conf
	echo "$1" >"$CLOCK_FILE"
	run box_bind a v6.host=web3
	echo "$output"
}

served() {
	known "$1"
	[ "$status" = 0 ]
	[[ "$output" == *"; using the answer of "[0-9]*" s ago" ]]
	box_unbind a
}

@test "a last known answer is as old as it is, whatever is done to the clock" {
	rm -f /etc/oci-v6/config.json
	box_bind a v6.host=web3
	box_unbind a
	served $year
	served -$year
	# an answer of another boot is as old as the wall clock says; one of the future is none
	sed -i '2s/ .*/ 1 00000000-0000-0000-0000-000000000000/' /var/lib/oci-v6/names/*
	known $((8 * day))
	[ "$status" = 1 ]
	known -1000
	[ "$status" = 1 ]
	[[ "$output" != *"using the answer"* ]]
	served 0
}
