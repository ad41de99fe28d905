#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# podman-page.bats - docs/podman.md, command by command
#
#	tests/lab/run bats tests/engines/podman-page.bats

bats_require_minimum_version 1.5.0

load_lab() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	. tests/lab/topology.sh
	. tests/lab/engine.sh
	. tests/net/box.sh
	. tests/engines/page.sh
}

setup_file() {
	load_lab
	lab_up
	engine_up
	engine_podman tag localhost/web docker.io/traefik/whoami
	box_install
}

setup() {
	load_lab
	page=docs/podman.md
}

teardown() {
	engine_rm
}

# answered HEADING [NAME] - below it a client asks web3, and is answered by it
answered() {
	run page_run "$page" "$1"
	echo "$output"
	[ "$status" = 0 ]
	[[ "$output" == *"${2-web3}: hello, $LAB_CLIENT"* ]]
}

@test "as root" {
	answered "As root"
	[ -z "$(ls /run/oci-v6/records)" ]
}

@test "no command of the page is left out" {
	page_complete "$page"
}
