#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# lxc-page.bats - docs/lxc.md, command by command
#
#	tests/lab/run bats tests/engines/lxc-page.bats

load engine
. tests/lab/lxc.sh
. tests/engines/page.sh

# What the page installs and enables: LXC and its network, v6d
setup_file() {
	lab_up
	lxc_up
	lxc_net_up
	box_install
	lab_start v6d v6d
}

setup() {
	page=docs/lxc.md
}

teardown_file() {
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
