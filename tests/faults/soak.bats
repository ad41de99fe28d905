#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# soak.bats - Random starts, stops, deaths, crashes and administrators, briefly; make soak for longer
#
#	SEED=7 STEPS=60 tests/lab/run bats tests/faults/soak.bats

bats_require_minimum_version 1.5.0

@test "random steps: what the model says is so after each" {
	cd "$BATS_TEST_DIRNAME/../.."
	: "${SEED:=8875}"
	export SEED
	echo "# SEED=$SEED" >&3
	/usr/bin/python3 tests/faults/soak.py
}
