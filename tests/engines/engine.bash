# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# engine.bash - What a bats file here loads first: the lab, podman's part of it, and what a client hears

. "${BASH_SOURCE[0]%/*}/../net/lab.bash"
. tests/lab/engine.sh

# The file's name says which runtime, if that matters
case $BATS_TEST_FILENAME in
*-crun.bats) ENGINE_RUNTIME=crun ;;
*-runc.bats) ENGINE_RUNTIME=runc ;;
esac

# fetch URL - print what the client gets
fetch() {
	lab_client curl -sS -m 3 "$@"
}

# serves NAME - whether the client gets it by its name, from the right container, which sees the client
serves() {
	[ "$(fetch "http://$1/")" = "$1: hello, $LAB_CLIENT" ]
}

# needs_limits WHO - skip a file's tests where there are no cgroup controllers, which WHO can't be without
needs_limits() {
	cgroups_have_limits || skip "$1 needs cgroup controllers, which are not to be had here"
}

nothing_is_left() {
	[ -z "$(box_left)" ]
}
