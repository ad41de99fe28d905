# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# check.bash - What the tests of v6ctl check share; each file loads it
#
# A test breaks something for real, sees that clients are affected, has v6ctl check name the cause, runs
# the command that it prints, and sees that clients are answered again.

. "$BATS_TEST_DIRNAME/ctl.bash"

export LC_ALL=C.UTF-8

# check [ARG...] - run it, with what it printed shown where the test fails
check() {
	run --separate-stderr v6ctl check "$@"
	echo "$output"
}

# well [ARG...] - nothing but ✓, and status 0
well() {
	check "$@"
	[ "$status" = 0 ]
	[ -z "$stderr" ]
	! grep -v '^  ✓ ' <(tail -n +2 <<<"$output")
}

# faulty STEP TEXT [ARG...] - a line "✗ STEP ...TEXT...", and status 1; of web3 where nothing else is said
faulty() {
	local step=$1 text=$2

	shift 2
	[ $# -gt 0 ] || set -- web3
	check "$@"
	[ "$status" = 1 ]
	grep -F "  ✗ $step" <<<"$output" | grep -F -e "$text"
}

# doubtful STEP TEXT - likewise "?", and status 0
doubtful() {
	check web3
	[ "$status" = 0 ]
	grep -F "  ? $1" <<<"$output" | grep -F -e "$2"
}

# commands - what it printed to be run, in order
commands() {
	sed -n 's/^ *run: //p' <<<"$output"
}

# mend [COMMAND...] - run what it printed, which is just that, where it is given
mend() {
	local line

	[ $# = 0 ] || diff <(printf '%s\n' "$@") <(commands)
	[ -n "$(commands)" ]
	while read -r line; do
		sh -e -c "$line" </dev/null
	done < <(commands)
}

# serves [ADDRESS] - a client on the link is answered, soon
serves() {
	lab_until answers "a $LAB_CLIENT" tcp "${1:-2001:db8::203}" 80
}

# fails [ADDRESS] - it is not, even if it knows nothing: packets to a link-layer address that a client
# remembers would be led to the container without the host having the address
fails() {
	ip -n client neigh flush dev eth0
	[ "$(ask tcp "${1:-2001:db8::203}" 80)" != "a $LAB_CLIENT" ]
}
