#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# versions.bats - That what is tried here is what docs/engines.md says
#
#	LAB_ROOT=trixie-engines tests/lab/run bats tests/engines/trixie/versions.bats

@test "the engines are those of Debian 13, and not what was unpacked for Debian 12" {
	cd "$BATS_TEST_DIRNAME/../../.."
	. tests/lab/docker.sh
	docker_path
	[[ "$(podman --version)" == "podman version 5.4."* ]]
	[[ "$(crun --version)" == "crun version 1.21"* ]]
	[[ "$(runc --version)" == "runc version 1.1.15"* ]]
	[[ "$(dockerd --version)" == "Docker version 26.1."* ]]
	[[ "$(containerd --version)" == *" 1.7.24"* ]]
	[[ "$(lxc-start --version)" == 6.0.* ]]
	[[ "$(incus --version)" == 6.0.* ]]
}
