#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# versions.bats - That what is tried here is what docs/engines.md says
#
#	LAB_ROOT=forky-engines tests/lab/run bats tests/engines/newer/versions.bats

load ../engine
. tests/lab/docker.sh
docker_path

setup_file() {
	:
}

# version PROGRAM - the first that it tells of
version() {
	case $1 in
	netavark) /usr/lib/podman/netavark --version ;;
	Docker) dockerd --version ;;
	LXC) lxc-start --version ;;
	Incus) incus --version ;;
	# trixie's does not know
	pasta) dpkg-query -W -f '${Version}' passt | sed -E 's/.*git(....)(..)(..).*/\1-\2-\3/' ;;
	*) "$1" --version ;;
	esac | grep -oE -m 1 '[0-9]+[.-][0-9]+([.-][0-9]+)?' | head -n 1
}

@test "the engines are those of docs/engines.md, and not what was unpacked for Debian 12" {
	. /etc/os-release
	failed=0
	while IFS='|' read -r _ names bookworm trixie forky experimental _; do
		versions=${LAB_ROOT%-engines}
		versions=${!versions}
		IFS=', ' read -ra names <<<"$names"
		IFS=', ' read -ra versions <<<"$versions"
		for i in "${!names[@]}"; do
			echo "${names[i]}: ${versions[i]}; here it is $(version "${names[i]}")"
			[ "${versions[i]}" = none ] || [ "${versions[i]}" = "$(version "${names[i]}")" ] || failed=1
		done
	done < <(sed -n '/^| podman, netavark/,/^| slirp4netns/p' docs/engines.md)
	[ "$failed" = 0 ]
}
