#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# soak-dns.bats - Random steps beside v6d, which publishes names in DNS; make soak for longer
#
#	SEED=7 STEPS=60 tests/lab/run bats tests/faults/soak-dns.bats

bats_require_minimum_version 1.5.0

@test "random steps beside v6d: the zone has the names of what is up, and nothing else" {
	cd "$BATS_TEST_DIRNAME/../.."
	: "${SEED:=7}"
	export SEED
	STEPS=${STEPS:-25} /usr/bin/python3 tests/faults/soak_dns.py
}
