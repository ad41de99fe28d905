#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# demo.bats - The first thing that a stranger runs ends well, and reads as README says
#
#	tests/lab/run bats tests/lab/demo.bats

# It leaves its network and its containers to the lab's end
teardown() {
	. tests/lab/topology.sh
	. tests/lab/engine.sh
	engine_rm
	lab_down
}

@test "the demo tells its story on one screen or two, without the rule set" {
	run tests/lab/demo
	echo "$output"
	[ "$status" = 0 ]
	[[ "${lines[-1]}" == *"That was it."* ]]
	[[ "$output" == *"web3: hello, 2001:db8::10"* && "$output" == *"nothing is published"* ]]
	[[ "$output" != *"type nat hook"* ]]
	[ "${#lines[@]}" -lt 60 ]
	# each step that README quotes is one of the demo's
	while read -r line; do
		[[ "$output" == *"$line"* ]]
	done < <(sed -n '/^    Two web containers/,/^`make check`/p' README.md | grep -o 'host\$ .*\|client\$ .*\|^    [A-Z].*\.$')
}

@test "and with the rule set, where one asks for it" {
	RULES=1 run tests/lab/demo
	[ "$status" = 0 ]
	[[ "$output" == *"type nat hook"* ]]
}
