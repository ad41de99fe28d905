#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# lxc-page.bats - docs/lxc.md, command by command
#
#	tests/lab/run bats tests/engines/lxc-page.bats

bats_require_minimum_version 1.5.0

load_lab() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	. tests/lab/topology.sh
	. tests/lab/engine.sh
	. tests/lab/lxc.sh
	. tests/net/box.sh
	. tests/engines/page.sh
}

# What the page installs and enables: LXC and its network, v6d
setup_file() {
	load_lab
	lab_up
	lxc_up
	lxc_net_up
	box_install
	lab_start v6d v6d
}

setup() {
	load_lab
	page=docs/lxc.md
}

teardown_file() {
	load_lab
	lxc_end web3
	lab_stop v6d
	lxc_net_down
}

@test "a container and its service" {
	run page_run "$page" "A container and its service"
	echo "$output"
	[ "$status" = 0 ]
	[[ "$output" == *$'\nhello\n'* ]]
	[[ "$output" == *"lxc-web3"*"active"* ]]
	[ -z "$(ls /run/oci-v6/records)" ]
}

@test "no command of the page is left out" {
	page_complete "$page"
}
