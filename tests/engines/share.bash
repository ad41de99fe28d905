#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# share-crun.bats, share-runc.bats - Handover and replicas with real podman, under load
#
#	tests/lab/run bats tests/engines/share-crun.bats
#
# SHARE_TURNS=5 makes ten handovers instead of two, and five joins and leaves instead of one.

load engine
. tests/net/sharing.bash

: "${SHARE_TURNS:=1}"

setup_file() {
	lab_ready
	engine_up
}

setup() {
	: >/run/lab/v6d.log
	box_v6d_start
}

teardown() {
	cat /run/lab/v6d.log
	[ ! -e /run/lab/load.pid ] || lab_stop load
	engine_rm
	lab_stop v6d
	nothing_is_left
}

# begin NAME MODE - a container whose program takes a second and a half to listen, and stays when its
# engine asks it to end, until it is killed
begin() {
	local directory volumes=()

	for directory in usr lib lib64; do
		[ ! -e "/$directory" ] || volumes+=(-v "/$directory:/$directory:ro")
	done
	engine_podman run -d --name "$1" --annotation v6.host=web3 --annotation "v6.share=$2" "${volumes[@]}" \
		-v "$peer:/peer:ro" localhost/web sh -c 'sleep 1.5; exec /peer serve tcp 80 "$0"' "$1"
}

id_of() {
	engine_podman inspect --format '{{.Id}}' "$1"
}

netns_of() {
	echo "/proc/$(engine_podman inspect --format '{{.State.Pid}}' "$1")/ns/net"
}

# finish NAME - stop it when it has answered all that it was asked
finish() {
	local netns

	netns=$(netns_of "$1")
	lab_until is_idle "$netns"
	step "$1 is stopped"
	engine_rm "$1"
}

# is_state NAME STATE - what v6ctl list says of it, as its user would look
is_state() {
	[ "$(v6ctl list "$1" --json | jq -r '.claims[].state')" = "$2" ]
}

# hand_over FROM TO - as a deployment does
hand_over() {
	step "$2 starts"
	begin "$2" newest
	lab_until is_state "$2" active
	step "$2 is active"
	is_state "$1" draining
	finish "$1"
}

# answers_any - whether somebody answers: the first one has the name before its program listens
answers_any() {
	ask tcp 2001:db8::203 80 | grep -v error
}

@test "handovers under load: 2000 requests, none refused or lost" {
	begin a newest
	lab_until answers_any
	load_start
	for _ in $(seq "$SHARE_TURNS"); do
		hand_over a b
		hand_over b a
	done
	lab_until load_has 2000
	load_end
	heard b 20
}

has_slots() {
	[ "$(slots_of "$(id_of "$1")")" = "$2" ]
}

@test "joins and leaves of replicas under load: 2000 requests, none refused or lost" {
	local turn

	begin a each
	begin b each
	lab_until has_slots b 8
	lab_until has_slots a 8
	load_start
	for turn in $(seq "$SHARE_TURNS"); do
		step "c starts"
		begin c each
		lab_until has_slots c 5
		step "c has joined"
		lab_until heard c $((20 * turn))
		v6ctl share --drain c
		step "c is drained"
		finish c
	done
	lab_until load_has 2000
	load_end
}

@test "kill -9 of one of three: its own connections end, and nobody else's" {
	local victims=0 name i

	for name in a b c; do
		begin "$name" each
	done
	for name in a b c; do
		lab_until eval '[ "$(slots_of "$(id_of '$name')")" -ge 5 ]'
	done
	for i in $(seq 24); do
		talk "c$i" tcp 80
		says "c$i" "^[abc] "
		cp "/run/lab/talk-c$i.log" "/run/lab/was-c$i"
	done
	kill -9 "$(engine_podman inspect --format '{{.State.Pid}}' b)"
	lab_until eval '[ "$(slots_of "$(id_of a)")" = 8 ]'
	for i in $(seq 24); do
		case $(cat "/run/lab/was-c$i") in
		b*)
			says "c$i" "^error"
			victims=$((victims + 1))
			;;
		*) says "c$i" "$(cat "/run/lab/was-c$i")" ;;
		esac
	done
	[ "$victims" -gt 0 ] && [ "$victims" -lt 24 ]
	for i in $(seq 24); do
		lab_stop "talk-c$i"
	done
}
