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
. tests/lab/share.sh

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

@test "joins and leaves of replicas under load: 2000 requests, none refused or lost" {
	local turn

	begin a each
	begin b each
	lab_until has_parts a 8
	lab_until has_parts b 8
	load_start
	for turn in $(seq "$SHARE_TURNS"); do
		join_and_leave c $((20 * turn))
	done
	lab_until load_has 2000
	load_end
}

@test "kill -9 of one of three: its own connections end, and no others" {
	local victims=0 name i

	for name in a b c; do
		begin "$name" each
	done
	for name in a b c; do
		lab_until has_parts "$name" 5
	done
	for i in $(seq 24); do
		talk "c$i" tcp 80
		says "c$i" "^[abc] "
		cp "/run/lab/talk-c$i.log" "/run/lab/was-c$i"
	done
	kill -9 "$(engine_podman inspect --format '{{.State.Pid}}' b)"
	lab_until has_parts a 8
	for i in $(seq 24); do
		case $(cat "/run/lab/was-c$i") in
		b*)
			ends "c$i"
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
