#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# share.bats - Several containers, one name: v6.share=newest
#
#	tests/lab/run bats tests/net/share.bats

load lab
. tests/net/sharing.bash

newest="v6.host=web3 v6.share=newest"

setup() {
	box_bridge fd42::ffff/64
}

teardown() {
	[ ! -e /run/lab/v6d.log ] || cat /run/lab/v6d.log
	[ ! -e /run/lab/load.pid ] || lab_stop load
	[ ! -e /run/lab/v6d.pid ] || lab_stop v6d
	lab_clear_bridge a b c r{1..17}
	ip addr del 2001:db8::203/128 dev eth0 2>/dev/null || true
}

# member NAME NUMBER - a box that does not listen yet
member() {
	box_up "$1" "fd42::$2/64"
}

# listens_late NAME - as a program does that takes a second and a half to begin
listens_late() {
	lab_start "serve-$1-tcp-80" nsenter --net="/run/netns/$1" \
		sh -c 'sleep 1.5; echo "$(date +%s%3N) ----- $1 listens" >>/run/lab/steps.log; exec "$0" serve tcp 80 "$1"' \
		"$peer" "$1"
}

# who - the container that a new connection reaches
who() {
	ask tcp 2001:db8::203 80 | cut -d' ' -f1
}

reaches() {
	[ "$(who)" = "$1" ]
}

@test "without v6d: the newest has the name at once, with a warning, and the older one when it stops" {
	member a a
	member b b
	box_serve a tcp 80
	box_serve b tcp 80
	# shellcheck disable=SC2086
	box_bind a $newest
	reaches a
	# shellcheck disable=SC2086
	run box_bind b $newest
	[ "$status" = 0 ]
	[[ "$output" == *"v6d does not run"* ]]
	reaches b
	box_unbind b
	reaches a
	box_unbind a
	[ -z "$(box_left)" ]
}

# hand_over FROM TO - as a deployment does: the next one starts, and the former stops when it has been
# relieved, and has answered all that it was asked
hand_over() {
	listens_late "$2"
	# shellcheck disable=SC2086
	box_bind "$2" $newest
	lab_until has_name "$2"
	lab_until is_idle "/run/netns/$1"
	box_unbind "$1"
	lab_stop "serve-$1-tcp-80"
}

has_name() {
	[ "$(owner)" = "$(box_id "$1")" ]
}

@test "ten handovers of a program that takes its time to listen: 2000 requests, none refused or lost" {
	box_v6d_start
	member a a
	member b b
	box_serve a tcp 80
	# shellcheck disable=SC2086
	box_bind a $newest
	load_start
	for _ in 1 2 3 4 5; do
		hand_over a b
		hand_over b a
	done
	lab_until load_has 2000
	load_end
	heard b 20
}

@test "a connection stays with its container until that one stops, and ends then; others go on" {
	box_v6d_start
	member a a
	member b b
	for name in a b; do
		box_serve $name tcp 80
		box_serve $name udp 53
	done
	# shellcheck disable=SC2086
	box_bind a $newest v6.ports=80,53/udp
	talk old tcp 80
	talk udp udp 53
	says old "^a "
	says udp "^a "
	# shellcheck disable=SC2086
	box_bind b $newest v6.ports=80,53/udp
	lab_until has_name b
	talk new tcp 80
	says new "^b "
	says old "^a "
	says udp "^a "
	box_unbind a
	says old "^error"
	says udp "^b "
	says new "^b "
	# and the newest one goes: back to nobody
	box_unbind b
	says new "^error"
	[ -z "$(box_left)" ]
}

@test "the one that goes gives the name back, with the connections that the older one still had" {
	member a a
	member b b
	box_serve a tcp 80
	box_serve b tcp 80
	# shellcheck disable=SC2086
	box_bind a $newest
	talk old tcp 80
	says old "^a "
	# shellcheck disable=SC2086
	box_bind b $newest
	reaches b
	box_unbind b
	reaches a
	says old "^a "
}

@test "one that exits before it listened never had the name" {
	box_v6d_start
	member a a
	member b b
	box_serve a tcp 80
	# shellcheck disable=SC2086
	box_bind a $newest
	load_start
	# shellcheck disable=SC2086
	box_bind b $newest
	lab_until load_has 200
	box_kill b
	lab_until test ! -e "/run/oci-v6/records/$(box_id b).json"
	lab_until load_has 400
	load_end
}

@test "the older one stops before the newer one listens: it is refused until then, and no longer" {
	box_v6d_start
	member a a
	member b b
	box_serve a tcp 80
	# shellcheck disable=SC2086
	box_bind a $newest
	# shellcheck disable=SC2086
	box_bind b $newest
	box_unbind a
	run ask tcp 2001:db8::203 80
	[[ "$output" == *"error: Connection refused"* ]]
	box_serve b tcp 80
	reaches b
}

@test "a port of several that nothing listens on keeps a container from joining; IPv4 is none" {
	box_v6d_start
	member a a
	member b b
	box_serve a tcp 80
	# shellcheck disable=SC2086
	box_bind a $newest v6.ports=80,81:8081
	box_serve b tcp 80
	box_serve b tcp 8081 0.0.0.0
	# shellcheck disable=SC2086
	box_bind b $newest v6.ports=80,81:8081
	lab_until grep -q '"ready": *false' "/run/oci-v6/records/$(box_id b).json"
	for _ in 1 2 3 4 5; do reaches a; done
	lab_stop serve-b-tcp-8081
	box_serve b tcp 8081
	lab_until reaches b
}

@test "kill -9 of the newest, of the older one, and of v6d" {
	box_v6d_start
	member a a
	member b b
	box_serve a tcp 80
	box_serve b tcp 80
	# shellcheck disable=SC2086
	box_bind a $newest
	# shellcheck disable=SC2086
	box_bind b $newest
	lab_until reaches b
	kill -9 "$(cat /run/lab/v6d.pid)"
	box_kill b
	lab_stop v6d
	box_v6d_start
	lab_until reaches a
	box_init b
	# shellcheck disable=SC2086
	box_bind b $newest
	lab_until reaches b
	box_kill a
	lab_until test ! -e "/run/oci-v6/records/$(box_id a).json"
	reaches b
}

@test "a flush, and reconcile: the name is the newest one's still" {
	member a a
	member b b
	member c c
	for name in a b c; do
		box_serve $name tcp 80
		# shellcheck disable=SC2086
		box_bind $name $newest
	done
	reaches c
	before=$(box_snapshot)
	nft flush ruleset
	v6ctl reconcile
	box_same "$before"
	nft flush ruleset
	# a start makes all again, too, and here it is the newest one's
	box_unbind c
	# shellcheck disable=SC2086
	box_bind a $newest
	reaches a
	box_unbind a
	reaches b
}

@test "one that does not share, or not in the same way: the error says so" {
	member a a
	member b b
	box_bind a v6.host=web3 v6.share=newest
	before=$(box_snapshot)
	refused() {
		local text=$1

		shift
		run box_bind b "$@"
		echo "$output"
		[ "$status" = 1 ]
		[[ "$output" == *"is held by container $(box_id a | cut -c1-12), $text"* ]]
		box_same "$before"
	}
	refused "which shares it with v6.share=newest only" v6.host=web3
	refused "which shares with containers of the same v6.host only" v6.host=web3,web2 v6.share=newest
	refused "which shares with containers of the same v6.ports only" v6.host=web3 v6.ports=80,81 v6.share=newest
	box_unbind a
	box_bind a v6.host=web3
	before=$(box_snapshot)
	refused "which does not share; set v6.share=newest on both" v6.host=web3 v6.share=newest
	run box_bind b v6.host=web2 v6.share=newest v6.ports=all
	[[ "$output" == *"v6.share=newest: can't share all"* ]]
	run box_bind b v6.host=web2 v6.share=newest v6.ports=5000-7000
	[[ "$output" == *"v6.share=newest: can't share 5000-7000"* ]]
	box_same "$before"
}

@test "v6ctl list shows joining, active and draining; v6ctl share moves the name by hand" {
	box_v6d_start
	member a a
	member b b
	# shellcheck disable=SC2086
	box_bind a $newest
	states() {
		v6ctl list --json | jq -r '[.claims[] | .state] | join(" ")'
	}
	is_active() {
		[ "$(states)" = active ]
	}
	is_joining() {
		[ "$(states)" = "active joining" ] || [ "$(states)" = "joining active" ]
	}
	# it has the name, because nobody else does, and refuses whoever asks
	[ "$(states)" = joining ]
	run ask tcp 2001:db8::203 80
	[[ "$output" == *"error: Connection refused"* ]]
	box_serve a tcp 80
	lab_until reaches a
	lab_until is_active
	# shellcheck disable=SC2086
	box_bind b $newest
	lab_until is_joining
	box_serve b tcp 80
	lab_until reaches b
	[ "$(v6ctl list "$(box_id a)" --json | jq -r '.claims[].state')" = draining ]
	[ "$(v6ctl list "$(box_id b)" --json | jq -r '.claims[].state')" = active ]
	run v6ctl share web3
	[ "$status" = 1 ]
	[[ "$output" == "v6ctl: web3: 2 containers; write the id or the name of one"* ]]
	v6ctl share "$(box_id a | cut -c1-12)"
	reaches a
	[ "$(v6ctl list "$(box_id b)" --json | jq -r '.claims[].state')" = draining ]
	run v6ctl check
	echo "$output"
	[ "$status" = 0 ]
}

@test "a rule may forbid it" {
	member a a
	mkdir -p /etc/oci-v6
	echo '{"allow": [{"names": ["web3"], "share": false}, {"names": ["web2"]}]}' >/etc/oci-v6/config.json
	run box_bind a v6.host=web3 v6.share=newest
	[ "$status" = 1 ]
	box_bind a v6.host=web2 v6.share=newest
	box_bind a v6.host=web3
}

#
# v6.share=each
#

each="v6.host=web3 v6.share=each"

# joins NAME NUMBER - one more replica, whose program takes its time to listen
joins() {
	member "$1" "$2"
	listens_late "$1"
	# shellcheck disable=SC2086
	box_bind "$1" $each
}

has_slots() {
	[ "$(slots_of "$(box_id "$1")")" = "$2" ]
}

@test "replicas: connections are spread, one that dies ends its own, and no others" {
	box_v6d_start
	for name in a b c; do
		member $name $name
		box_serve $name tcp 80
		# shellcheck disable=SC2086
		box_bind $name $each
	done
	lab_until has_slots c 5
	has_slots a 6
	[ "$(v6ctl list "$(box_id a)" --json | jq -r '.claims[] | "\(.state) \(.share) \(.slots)"')" = "active each 6" ]
	for i in $(seq 24); do
		talk "c$i" tcp 80
		says "c$i" "^[abc] "
	done
	victims=$(grep -l "^b " /run/lab/talk-c*.log | wc -l)
	[ "$victims" -gt 0 ] && [ "$victims" -lt 24 ]
	for i in $(seq 24); do cp "/run/lab/talk-c$i.log" "/run/lab/was-c$i"; done
	box_kill b
	lab_until has_slots b 0
	for i in $(seq 24); do
		case $(cat "/run/lab/was-c$i") in
		b*) ends "c$i" ;;
		*) says "c$i" "$(cat "/run/lab/was-c$i")" ;;
		esac
	done
	load_start
	lab_until load_has 200
	load_end
	[ "$(cut -d' ' -f2 /run/lab/load.log | sort -u | tr -d '\n')" = ac ]
}

@test "ten joins and leaves of replicas: 2000 requests, none refused or lost" {
	local turn

	box_v6d_start
	joins a a
	joins b b
	lab_until has_slots b 8
	load_start
	for turn in 1 2 3 4 5; do
		step "c joins"
		joins c c
		step "c is bound"
		lab_until has_slots c 5
		lab_until heard c $((20 * turn))
		step "c is drained"
		v6ctl share --drain "$(box_id c)"
		has_slots c 0
		step "c has none"
		lab_until is_idle /run/netns/c
		step "c is unbound"
		box_unbind c
		step "c goes"
		box_down c
	done
	step "end"
	lab_until load_has 2000
	load_end
}

@test "the first of several that does not listen yet has nothing that another one could answer" {
	box_v6d_start
	for name in a b; do
		member $name $name
		# shellcheck disable=SC2086
		box_bind $name $each
	done
	has_slots a 16
	box_serve b tcp 80
	lab_until has_slots b 16
	for _ in 1 2 3 4; do reaches b; done
	box_serve a tcp 80
	lab_until has_slots a 8
	# and when all that listen are drained, it is one of those
	v6ctl share --drain "$(box_id a)"
	member c c
	# shellcheck disable=SC2086
	box_bind c $each
	v6ctl share --drain "$(box_id b)"
	has_slots a 8
	has_slots b 8
}

# clients_of - who may connect, as the table has it
clients_of() {
	nft list table ip6 oci-v6 | sed -n '/set limited {/,/^\t}/p; /set from-tcp/,/^\t}/p'
}

@test "a start that is refused, and the end of one that was taken over, leave the holder's v6.from alone" {
	local other="v6.from=2001:db8:f::/48"

	member a a
	member b b
	box_serve a tcp 80
	box_serve b tcp 80
	for mode in newest each; do
		box_bind a v6.host=web3 v6.share=$mode "$other"
		before=$(clients_of)
		for asked in v6.host=web3 "v6.host=web3 v6.share=newest" "v6.host=web3 v6.share=each"; do
			# shellcheck disable=SC2086
			run box_bind b $asked v6.from=2001:db8::/64
			[ "$status" = 1 ]
			diff <(echo "$before") <(clients_of)
		done
		box_kill a
		box_bind b v6.host=web3 "$other"
		box_unbind a
		diff <(echo "$before") <(clients_of)
		box_kill b
		box_init a
		box_bind a v6.host=web3 v6.share=$mode "$other"
		box_unbind b
		diff <(echo "$before") <(clients_of)
		box_unbind a
		box_init b
	done
}

@test "replicas after a flush, a kill -9 of v6d, and a table from before there were any" {
	member a a
	member b b
	for name in a b; do
		box_serve $name tcp 80
		# shellcheck disable=SC2086
		box_bind $name $each
	done
	before=$(box_snapshot)
	nft flush ruleset
	v6ctl reconcile
	box_same "$before"
	box_table >/run/lab/whole
	nft list table ip6 oci-v6 | sed '/map shared/,/^\t}/d; /@shared/d; s/version [0-9]*/version 9/' >/run/lab/old
	nft delete table ip6 oci-v6
	nft -f /run/lab/old
	v6ctl reconcile
	box_same "$before"
	diff /run/lab/whole <(box_table)
	nft delete element ip6 oci-v6 shared "{ 2 . tcp . 2001:db8::203 . 80 }"
	v6ctl reconcile
	box_same "$before"
	box_unbind a
	has_slots b 16
	box_unbind b
	[ -z "$(box_left)" ]
}

@test "sixteen share, a part of the clients for each; the seventeenth is refused until one stops" {
	for i in $(seq 17); do
		member "r$i" "1$i"
	done
	for i in $(seq 16); do
		# shellcheck disable=SC2086
		box_bind "r$i" $each
	done
	for i in $(seq 16); do
		has_slots "r$i" 1
	done
	before=$(box_snapshot)
	# shellcheck disable=SC2086
	run box_bind r17 $each
	echo "$output"
	[ "$status" = 1 ]
	[[ "$output" == *"web3: 16 containers share it already, which is the most that can"* ]]
	box_same "$before"
	box_unbind r3
	# shellcheck disable=SC2086
	box_bind r17 $each
	has_slots r17 1
	# shellcheck disable=SC2086
	run box_bind r3 $each
	[ "$status" = 1 ]
}

# stop_at_once NAME... - all of them at the same time
stop_at_once() {
	local name pids=()

	for name; do
		box_unbind "$name" >"/run/lab/stop-$name.log" 2>&1 &
		pids+=($!)
	done
	for name in "${pids[@]}"; do
		wait "$name"
	done
	! cat /run/lab/stop-*.log | grep .
}

@test "all that share stop at once: nothing is left" {
	for mode in newest each; do
		for with in hook v6d; do
			[ "$with" = hook ] || box_v6d_start
			for name in a b c; do
				member $name $name
				box_serve $name tcp 80
				box_bind $name v6.host=web3 v6.share=$mode
			done
			lab_until reaches_any
			stop_at_once a b c
			[ -z "$(box_left)" ]
			lab_stop v6d
			box_down a b c
		done
	done
}

reaches_any() {
	[[ "$(who)" == [abc] ]]
}

@test "replicas and others on one name: refused, each with a reason" {
	member a a
	member b b
	# shellcheck disable=SC2086
	box_bind a $each
	before=$(box_snapshot)
	refused() {
		local text=$1

		shift
		run box_bind b "$@"
		echo "$output"
		[ "$status" = 1 ]
		[[ "$output" == *"$text"* ]]
		box_same "$before"
	}
	refused "which shares it with v6.share=each only" v6.host=web3
	refused "which shares it with v6.share=each only" v6.host=web3 v6.share=newest
	refused "overlaps what" v6.host=web3 v6.ports=all ||
		refused "which shares it with v6.share=each only" v6.host=web3 v6.ports=all
	refused "can't share a range of ports" v6.host=web3 v6.share=each v6.ports=80-81
	box_unbind a
	box_bind a v6.host=web3
	before=$(box_snapshot)
	# shellcheck disable=SC2086
	refused "which does not share; set v6.share=each on both" $each
}
