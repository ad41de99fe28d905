#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# soak-v6d.bats - Random steps beside v6d, which is killed and started, and relays; make soak for longer
#
#	SEED=7 STEPS=60 tests/lab/run bats tests/faults/soak-v6d.bats

bats_require_minimum_version 1.5.0

@test "random steps beside v6d: what the model says is so after each" {
	cd "$BATS_TEST_DIRNAME/../.."
	: "${SEED:=8875}"
	export SEED
	echo "# SEED=$SEED" >&3
	/usr/bin/python3 tests/faults/soak_v6d.py
}
