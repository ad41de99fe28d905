#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# values.bats - The forms that the value of an annotation may have
#
#	tests/lab/run bats tests/net/values.bats

load lab

setup() {
	box_bridge fd42::ffff/64
	box_up web fd42::2/64
}

teardown() {
	lab_clear_bridge web
}

@test "a YAML block: each line is an item" {
	box_bind web 'v6.host=web3\nweb4\n' 'v6.ports=80\r\n443\r\n' 'v6.interface=eth0\n' 'v6.required=true\n'
	box_serve web tcp 443
	answers "web $LAB_CLIENT" tcp 2001:db8::204 443
}
