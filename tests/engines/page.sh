# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# page.sh - The commands of a page in docs/, run as its reader would; to be sourced inside the lab, after
# topology.sh
#
# A page says with each fenced block whether it is run, and where:
#
#	```sh		on the host, by root, with or without "sudo"
#	```sh client	on another machine, again and again until it succeeds, for half a minute
#	```sh NAME	wherever the test's own function page_NAME SCRIPT runs it, for instance by a user; its
#			own page_host or page_client goes before the one here
#	```		not at all: what installs things, output, and what only some readers want
#
# Images come from no registry here: a test gives its own web server the name that the page has. What the
# page installs, setup_file installs (box_install).
#
#	@test "docs/podman.md: as root" {
#		run page_run docs/podman.md "As root"
#		echo "$output"
#		[ "$status" = 0 ]
#		[[ "$output" == *"web3: hello, $LAB_CLIENT"* ]]
#	}
#
#	@test "docs/podman.md: no command of it is left out" {
#		page_complete docs/podman.md
#	}

# page_run PAGE HEADING - run all blocks below "## HEADING", in their order, each shown before its output;
# the first that fails ends it
page_run() {
	local dir=/run/lab/page block

	rm -rf "$dir"
	mkdir -p "$dir"
	page_blocks "$1" "$2" "$dir"
	echo "$2" >>"/run/lab/${1##*/}.run"
	for block in "$dir"/*; do
		[ -e "$block" ] || { echo "$1: no block to run below ## $2" >&2; return 1; }
		sed 's/^/> /' "$block"
		"page_${block##*.}" "$(cat "$block")" || return
	done
}

# page_complete PAGE [HEADING...] - every heading that has blocks to run was given to page_run by a test
# before, but those which a test of another file runs
page_complete() {
	diff <(awk '/^## / { heading = substr($0, 4) } /^```sh/ { print heading }' "$1" | sort -u) \
		<(printf '%s\n' "${@:2}" | sort -u - "/run/lab/${1##*/}.run" | grep .)
}

# page_blocks PAGE HEADING DIR - the blocks as files NUMBER.WHO
page_blocks() {
	awk -v heading="## $2" -v dir="$3" '
		/^## / { inside = $0 == heading }
		/^```/ && file { close(file); file = ""; next }
		/^```sh/ && inside { file = sprintf("%s/%02d.%s", dir, ++n, $2 ? $2 : "host"); next }
		file { print > file }' "$1"
}

declare -F page_host >/dev/null || page_host() {
	page_sudo && env -C /run/lab PATH="/run/lab/bin:$PATH" bash -eu -o pipefail -c "$1" </dev/null
}

declare -F page_client >/dev/null || page_client() {
	lab_until page_try "$1" || { cat /run/lab/page.said; return 1; }
	cat /run/lab/page.said
}

page_try() {
	lab_client timeout 5 bash -eu -o pipefail -c "$1" >/run/lab/page.said 2>&1
}

# Everybody is root in the lab who has not been made somebody else
page_sudo() {
	mkdir -p /run/lab/bin && printf '#!/bin/sh\nexec "$@"\n' >/run/lab/bin/sudo && chmod 755 /run/lab/bin/sudo
}
