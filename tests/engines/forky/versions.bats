#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# versions.bats - That what is tried here is what docs/engines.md says
#
#	LAB_ROOT=forky-engines tests/lab/run bats tests/engines/forky/versions.bats

@test "Docker is that of Debian's forky, and not what was unpacked for Debian 12" {
	cd "$BATS_TEST_DIRNAME/../../.."
	. tests/lab/docker.sh
	docker_path
	[[ "$(dockerd --version)" == "Docker version 28.5."* ]]
	[[ "$(crun --version)" == "crun version 1.28"* ]]
	[[ "$(runc --version)" == "runc version 1.3.6"* ]]
	[[ "$(ip6tables --version)" == *" v1.8.13 "* ]]
}
