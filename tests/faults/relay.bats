#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# relay.bats - v6d and relays, killed before each of their calls, and each of them failing once
#
#	FAULTS=all tests/lab/run bats tests/faults/relay.bats
#
# Afterwards v6d is started again, as systemd does it, if it is gone. Then each container has the one relay
# that it wants, which answers, and no other one is there. FAULTS=all hits every call, else some are.

service=2001:db8::203
program=/usr/libexec/oci-v6/oci-v6-relay

. "$BATS_TEST_DIRNAME/../net/lab.bash"

step=$PWD/$V6_BUILD/tests/faults/step

setup_file() {
	lab_ready
	box_bridge
	box_up a
	ip -n a addr add 10.1.0.2/24 dev eth0
	lab_start serve-a nsenter --net=/run/netns/a "$peer" serve tcp 80 a 0.0.0.0
	lab_until box_listens a tcp 80
	mkdir -p /etc/oci-v6
}

relays() {
	pgrep -x oci-v6-relay
}

hears() {
	[[ "$(ask tcp "$service" 80)" == "a "* ]]
}

# one_answers [PID] - there is one relay, or just this one, which has its file locked
one_answers() {
	local inode pid

	inode=$(stat -c %i "/run/oci-v6/relays/$(box_id a)") || return
	pid=$(awk -v inode=":$inode\$" '$2 == "POSIX" && $6 ~ inode { print $5 }' /proc/locks)
	[ "$pid" = "${1-$pid}" ] && [ "$(relays)" = "$pid" ] && hears
}

none_is_there() {
	! relays
}

v6d_stops() {
	! box_is_gone v6d || return 0
	kill "$(pgrep -x v6d)" 2>/dev/null || :
	lab_until box_is_gone v6d
}

box_is_gone() {
	[ ! -e "/run/lab/$1.pid" ] || lab_is_gone "$(cat "/run/lab/$1.pid")"
}

limit() {
	echo "{\"relay\": {\"connections\": $1}}" >/etc/oci-v6/config.json
}

nothing() {
	v6d_stops
	v6ctl clear --quiet
	lab_until none_is_there
	: >/run/lab/v6d.log
	rm -rf /run/oci-v6
	limit 100
}

# What is there before, and what is to come of it

relay_of_a() {
	box_v6d_start
	box_bind a "v6.host=$service" v6.relay=on
	lab_until one_answers
	former=$(relays)
	v6d_stops
}

starting_before() {
	relay_of_a
	kill "$former"
	lab_until none_is_there
}
starting_right() { one_answers; }

adopting_before() { relay_of_a; }
adopting_right() { one_answers "$former"; }

replacing_before() { relay_of_a && limit 200; }
replacing_right() { one_answers && [ "$(relays)" != "$former" ]; }

stopping_before() { relay_of_a && box_unbind a; }
stopping_right() { none_is_there; }

# v6d_runs SCENE PREFIX... - behind what hits it, from what was before until all is right, or it is gone
v6d_runs() {
	nothing
	"$1_before"
	lab_start v6d "${@:2}" v6d
	lab_until is_over "$1"
}

is_over() {
	! box_is_gone v6d || return 0
	box_v6d_idles && { [ "$way" = fail ] || "$1_right"; }
}

# what it does first of all, when all was right before, is done, too
box_v6d_idles() {
	local pid

	box_is_gone v6d && return
	pid=$(pgrep -x v6d) && find "/proc/$pid/fd" -lname '*inotify*' | grep -q .
}

# repaired SCENE - by the next v6d
repaired() {
	v6d_stops
	lab_start v6d v6d
	lab_until "$1_right"
}

# hit_v6d SCENE list|plan - each call of v6d in turn; what "list" and "plan" print is by which it is hit
hit_v6d() {
	local name=$1 n code call hits=0 gone=0 every=1 way=kill

	v6d_runs "$name" "$step" "$2"
	lab_until "${name}_right"
	v6d_stops
	cp /run/lab/v6d.log /run/lab/points
	[ "$2" = list ] || way=fail
	[ "${FAULTS-}" = all ] || every=$3
	while read -r n code call; do
		[ $way = kill ] && code=
		if ! { v6d_runs "$name" "$step" "$way" "$n" ${code:+"$code"} && count_gone && repaired "$name"; }; then
			echo "$name: call $n, $call: $way $code"
			return 1
		fi
		hits=$((hits + 1))
	done < <(awk -v every="$every" -v way=$way '
		way == "kill" ? !/^![0-9]+ / : !/^!?[0-9]+ [-0-9]+ [a-z_0-9]+$/ { next } ++n % every == 0' /run/lab/points)
	echo "# $name: $hits hit by $way, of which $gone ended v6d" >&3
	[ "$gone" -gt 1 ] || [ $way = fail ]
}

count_gone() {
	! box_is_gone v6d || gone=$((gone + 1))
}

@test "v6d killed while it starts a relay" {
	hit_v6d starting list 3
}

@test "v6d killed while it finds a relay of the one before" {
	hit_v6d adopting list 2
}

@test "v6d killed while it replaces a relay" {
	hit_v6d replacing list 3
}

@test "v6d killed while it dismisses a relay" {
	hit_v6d stopping list 2
}

@test "a call of v6d fails while it starts, finds, replaces or dismisses a relay" {
	hit_v6d starting plan 61
	hit_v6d adopting plan 47
	hit_v6d replacing plan 53
	hit_v6d stopping plan 31
}

# relay_runs PREFIX... - the next relay that v6d starts is behind this, and those after it are not
relay_runs() {
	nothing
	printf '#!/bin/sh\nmkdir /run/lab/once && exec %s %s.real "$@"\nexec %s.real "$@"\n' "$*" \
		"$program" "$program" >"$program.new"
	chmod +x "$program.new"
	mv "$program.new" "$program"
	rm -rf /run/lab/once
	box_v6d_start
	box_bind a "v6.host=$service" v6.relay=on
	lab_until test -d /run/lab/once
}

@test "a relay is killed while it begins, or a call of it fails: another one comes" {
	local n code call every=1

	mv "$program" "$program.real"
	[ "${FAULTS-}" = all ] || every=11
	for way in kill fail; do
		relay_runs "$step" "$([ $way = kill ] && echo list || echo plan)"
		lab_until hears
		cp /run/lab/v6d.log /run/lab/points
		while read -r n code call; do
			[ $way = kill ] && code=
			relay_runs "$step" "$way" "$n" ${code:+"$code"}
			lab_until hears || {
				echo "call $n, $call: $way $code"
				return 1
			}
		done < <(awk -v every=$every '/^!?[0-9]+ / && ++n % every == 0' /run/lab/points)
	done
	mv "$program.real" "$program"
}
