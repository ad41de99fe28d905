#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# liars.bats - A DNS server that lies, with what it says at hand and with what no server should say
#
#	tests/lab/run bats tests/net/liars.bats
#
# It is in netns dns, at $LIAR. Each start ends with one line that tells what is wrong, within the
# time that there is for names, and with nothing left.

load lab

LIAR=2001:db8::5353

setup_file() {
	lab_ready
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_serve a tcp 80
	lab_start sshd "$peer" serve tcp 22 host
	lab_until eval 'ss -Hltn "sport = :22" | grep -q .'
	ip -n dns addr add "$LIAR/64" dev eth0 nodad
	mkdir -p /etc/oci-v6
	echo '{"resolve": {"timeout_ms": 500}}' >/etc/oci-v6/config.json
	lab_first_bind a
}

setup() {
	: >/run/lab/messages
	echo "nameserver $LIAR" >/etc/resolv.conf
	fake=
}

teardown() {
	[ -z "$fake" ] || kill "$fake"
	box_unbind a
}

# lies MODE - the server's next answers
lies() {
	[ -z "$fake" ] || kill "$fake"
	[ -z "$fake" ] || lab_until lab_is_gone "$fake"
	fake=$(lab_dns "$PWD/$V6_BUILD/tests/net/fakedns" "$LIAR" "$1" 3>&-)
}

# fails TEXT [KEY=VALUE...] - with one line, everywhere it should be, and nothing left
fails() {
	local text=$1 before id began

	shift
	id=$(box_id a | cut -c1-12)
	before=$(box_snapshot)
	began=$EPOCHREALTIME
	run box_bind a v6.host=web3.example.test. "$@"
	echo "$(awk "BEGIN { print $EPOCHREALTIME - $began }") s: $output"
	[ "$status" = 1 ]
	[[ "$output" == "oci-v6-hook: $id: web3.example.test.: $text"* ]]
	[ "${#lines[@]}" = 1 ]
	# twenty times what it may take, for a machine that has other things to do; a hook has 10 s
	awk "BEGIN { exit !($EPOCHREALTIME - $began < 10) }"
	box_same "$before"
	lab_until grep -qF "$id: web3.example.test.: $text" /run/lab/messages
	[[ "$(v6ctl)" == *"$id: web3.example.test.: $text"* ]]
}

@test "an address of the host itself: its programs keep their ports" {
	lies "$LAB_HOST"
	fails "$LAB_HOST is this host's own, and peer listens on port 22/tcp there; choose another" \
		v6.ports=22
	fails "$LAB_HOST is this host's own, and peer listens on port 22/tcp there" \
		v6.ports=80,20-25,443
	fails "$LAB_HOST is this host's own, and peer listens on port 22/tcp there" \
		v6.ports=1-65535
	fails "$LAB_HOST is this host's own, so that a container can't have all of it" v6.ports=all
	[ "$(ask tcp "$LAB_HOST" 22)" = "host $LAB_CLIENT" ]
	# and what nobody listens on may be had, as on any address that the host had before
	box_bind a v6.host=web3.example.test.
	answers "a $LAB_CLIENT" tcp "$LAB_HOST" 80
	[ "$(ask tcp "$LAB_HOST" 22)" = "host $LAB_CLIENT" ]
}

@test "in the host's own network, too, no port goes to another program's" {
	lies "$LAB_HOST"
	lab_start init-self sleep infinity
	run eval "box_state self v6.host=web3.example.test. v6.ports=22:8080 | $hook createRuntime"
	[ "$status" = 1 ]
	[[ "$output" == *"$LAB_HOST is this host's own, and peer listens on port 22/tcp there"* ]]
	# its own it may name
	box_state self v6.host=web3.example.test. v6.ports=22 | $hook createRuntime
	box_unbind self
	lab_stop init-self
}

@test "the router's, and that of all routers" {
	lies "$LAB_ROUTER"
	fails "$LAB_ROUTER is the address of this host's router"
	lies 2001:db8::
	fails "2001:db8:: is the subnet-router anycast address of its prefix"
}

@test "another machine's on the link, the server's own among them" {
	lies "$LAB_CLIENT"
	fails "$LAB_CLIENT is in use by another machine on eth0"
	lies "$LIAR"
	fails "$LIAR is in use by another machine on eth0"
}

@test "addresses that no container may claim" {
	local address

	for address in ::1 :: fe80::5 ff02::1 ff0e::101 ::ffff:192.0.2.9 ::192.0.2.9 64:ff9b::c000:209 100::1; do
		lies "$address"
		fails "$address can't be a service address"
	done
	lies fd42::5
	fails "fd42::5 is in the prefix behind the container bridge cni0"
	lies fd42::a
	fails "fd42::a is in the prefix behind the container bridge cni0"
	lies 2001:db8:9::1
	fails "2001:db8:9::1 is in no prefix of any interface of this host"
}

@test "one that may be had among those that may not: it is used, the others are named" {
	lies "::1,ff02::1,$LAB_ROUTER,2001:db8::203,$LAB_CLIENT"
	run box_bind a v6.host=web3.example.test.
	echo "$output"
	[ "$status" = 0 ]
	[ "${#lines[@]}" = 4 ]
	[[ "$output" == *"passed over: ::1 can't be"* ]]
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	[ "$(find /run/oci-v6/holders-* -name '2001:db8:*' | wc -l)" = 1 ]
}

@test "thousands of addresses: the first of those that this host can have" {
	lies thousands
	run box_bind a v6.host=web3.example.test.
	echo "$output"
	[ "$status" = 0 ]
	[ "$(find /run/oci-v6/holders-* -name '2001:db8:*' | wc -l)" = 15 ]
	[[ "$output" == *"passed over: $LAB_CLIENT is in use by another machine"* ]]
	box_unbind a
	run ! grep -q /128 <(ip -6 addr show dev eth0)
}

@test "times to live: none, and for ever" {
	lies ttl
	box_bind a v6.host=web3.example.test.
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	answers "a $LAB_CLIENT" tcp 2001:db8::204 80
}

@test "aliases in a circle, and without end" {
	lies loop
	fails "the name exists, but has no address"
	lies chain
	fails "the name exists, but has no address"
}

@test "answers without a question" {
	lies other
	fails "the name exists, but has no address"
	lies wrongid
	fails "DNS timed out after "
}

@test "what is no answer" {
	local mode

	for mode in cut pointer count; do
		lies $mode
		fails "DNS failed: Misformatted DNS reply: asked $LIAR; see /etc/resolv.conf"
	done
	lies garbage
	fails "DNS timed out after "
	lies empty
	fails "DNS timed out after 5"
}

@test "a server that never comes to an end" {
	lies flood
	fails "DNS timed out after 5"
	lies tarpit
	fails "DNS timed out after 5"
}

@test "nothing of what it said is served when it is down: only what was an answer" {
	find /var/lib/oci-v6/names -type f -delete
	lies cut
	fails "DNS failed"
	[ -z "$(ls /var/lib/oci-v6/names)" ]
	lies silent
	fails "DNS timed out"
}
