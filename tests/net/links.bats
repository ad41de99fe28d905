#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# links.bats - Links with names that nobody expects: the kernel takes any bytes but blanks, '/' and ':'
#
#	tests/lab/run bats tests/net/links.bats

load ../ctl/ctl

setup_file() {
	lab_ready
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_serve a tcp 80
	box_up b fd42::b/64
	lab_first_bind a
	lab_first_bind b
}

setup() {
	uplink=eth0 inner=eth0 bridge=cni0
}

teardown() {
	cat /run/lab/v6d.log 2>/dev/null
	[ ! -e /run/lab/v6d.pid ] || lab_stop v6d
	box_unbind a
	box_unbind b
	rename_uplink eth0
	rename_inner eth0
	rename_bridge cni0
	[ -z "$(box_left)" ]
}

# What the helpers look for is text, and what they look through may be none
grep() {
	command grep -a "$@"
}

# rename FROM TO [NETNS] - up again, with what going down has cost
rename() {
	local ip=(ip ${3:+-n "$3"})

	[ "$1" != "$2" ] || return 0
	"${ip[@]}" link set dev "$1" down
	"${ip[@]}" link set dev "$1" name "$2"
	"${ip[@]}" link set dev "$2" up
}

rename_uplink() {
	rename "$uplink" "$1"
	uplink=$1
	ip -6 addr replace 2001:db8::1/64 dev "$1" nodad
}

rename_inner() {
	rename "$inner" "$1" a
	inner=$1
	ip -n a addr replace fd42::a/64 dev "$1" nodad
	ip -n a route replace default via fd42::ffff dev "$1"
}

rename_bridge() {
	rename "$bridge" "$1"
	bridge=$1
	ip addr replace fd42::ffff/64 dev "$1" nodad
}

bad=($'\xff\xfe0' $'eth\xc3' $'\xc3\xb60\xed\xb0\x80' $'\e[31m0' $'\x01' $'a\xe2\x80\xae0')

# is_refused SHOWN WHOSE - the start, with an error that says what to do
is_refused() {
	local before

	before=$(box_snapshot)
	run box_bind a v6.host=web3
	echo "$output"
	[ "$status" = 1 ]
	[[ "$output" == *": $1 "*" has a name that is not printable text ("*"); rename it: ip "*"link set dev if"*" name NEW" ]]
	plain <<<"$output"
	box_same "$before"
	all_plain
}

# plain - stdin is UTF-8 without control characters
plain() {
	python3 -c '
import sys, unicodedata
for line in sys.stdin.buffer.read().decode("utf-8").split("\n"):
    assert not any(unicodedata.category(c) in ("Cc", "Cf") for c in line.replace("\t", "")), ascii(line)'
}

# What v6ctl says, in all its ways
all_plain() {
	local what

	for what in list 'list --tsv' 'show web3' metrics 'resolve web3' 'check web3' check; do
		# shellcheck disable=SC2086 # words
		v6ctl $what 2>&1 | plain
	done
	for what in 'list --json' 'show --json web3' 'resolve --json web3' 'check --json web3'; do
		# shellcheck disable=SC2086
		v6ctl $what 2>/dev/null | python3 -c 'import json, sys; t = sys.stdin.buffer.read().decode("utf-8"); t and json.loads(t)'
	done
}

@test "the uplink has a name that is no text: refused" {
	for name in "${bad[@]}"; do
		rename_uplink "$name"
		is_refused 'web3: interface'
	done
}

@test "the container's interface has a name that is no text: refused" {
	for name in "${bad[@]}"; do
		rename_inner "$name"
		is_refused "the container's interface"
	done
}

@test "the container's bridge has a name that is no text: refused" {
	for name in "${bad[@]}"; do
		rename_bridge "$name"
		is_refused interface
	done
}

@test "each is renamed after the start: the service goes on, and what is said of it is text" {
	box_bind a v6.host=web3
	for name in "${bad[@]}"; do
		rename_uplink "$name"
		rename_inner "$name"
		rename_bridge "${name}b"
		v6ctl reconcile 2>&1 | plain
		answers "a $LAB_CLIENT" tcp 2001:db8::203 80
		all_plain
	done
}

@test "a container that is waited for: it stays pending, and delays no other" {
	box_v6d_start
	box_netns c
	box_init c
	box_bind c v6.host=web3
	ip link add name c type veth peer name $'\xff0' netns c
	ip link set dev c master cni0 up
	ip -n c link set dev $'\xff0' up
	ip -n c addr add fd42::c/64 dev $'\xff0' nodad
	ip -n c route add default via fd42::ffff dev $'\xff0'
	box_bind b v6.host=web2
	[ -n "$(ip -6 addr show to 2001:db8::202)" ]
	v6ctl reconcile 2>&1 | plain
	all_plain
	[ "$(v6ctl list --tsv | cut -f 1,11 | sort | xargs)" = 'web2 active web3 pending' ]
	ip -n c link set dev $'\xff0' down
	ip -n c link set dev $'\xff0' name eth0
	ip -n c link set dev eth0 up
	ip -n c addr add fd42::c/64 dev eth0 nodad
	ip -n c route add default via fd42::ffff dev eth0
	lab_until eval '[ "$(v6ctl list --tsv | cut -f 1,11 | sort | xargs)" = "web2 active web3 active" ]'
	box_unbind c
	box_down c
}

@test "names that are odd, and text: served, and as they are in records" {
	for name in 'grün0' 'a"b' 'a\b' '-x' '$(x)' "a'b" '&<>' '{}' '💥'; do
		rename_uplink "$name"
		rename_inner "$name"
		box_bind a v6.host=web3
		answers "a $LAB_CLIENT" tcp 2001:db8::203 80
		[ "$(json 'o["claims"][0]["link"]' v6ctl list --json)" = "$name" ]
		[ "$(json 'o["containers"][0]["network"]["link"]' v6ctl show --json web3)" = "$name" ]
		all_plain
		[ "$(v6ctl reconcile)" = "1 live, 0 repaired; 0 dead collected, 0 orphans removed" ]
		box_unbind a
	done
}
