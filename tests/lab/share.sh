# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# share.sh - podman's containers that share a name; to be sourced inside the lab (tests/lab/run), after
# topology.sh, engine.sh, tests/net/box.sh and tests/net/sharing.bash

# begin NAME MODE - a container whose program takes a second and a half to listen
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

# has_parts NAME N - of the clients
has_parts() {
	[ "$(slots_of "$(id_of "$1")")" -ge "$2" ]
}

# finish NAME - stop it when it has answered all that it was asked
finish() {
	local pid

	pid=$(engine_podman inspect --format '{{.State.Pid}}' "$1")
	lab_until is_idle "/proc/$pid/ns/net"
	step "$1 is stopped"
	engine_rm "$1"
}

# is_state NAME STATE - what v6ctl list says of it, as its user would look
is_state() {
	[ "$(v6ctl list "$1" --json | jq -r '.claims[].state')" = "$2" ]
}

# answers_any - whether somebody answers: the first one has the name before its program listens
answers_any() {
	ask tcp 2001:db8::203 80 | grep -v error
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

# join_and_leave NAME N - a replica, which answers so many requests before it is drained
join_and_leave() {
	step "$1 starts"
	begin "$1" each
	lab_until has_parts "$1" 5
	step "$1 has joined"
	lab_until heard "$1" "$2"
	v6ctl share --drain "$1"
	step "$1 is drained"
	finish "$1"
}
