#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# rpm.bats - The life of the packages of the Fedora family
#
#	make check-packages
#
# By rpm on a fresh Debian 12, where they are built and their programs run. What systemd's macros do on
# Fedora is not in them here.

bats_require_minimum_version 1.5.0

load_lab() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	. tests/lab/topology.sh
	. tests/lab/engine.sh
	. packaging/check/root.bash
	version=$(sed -n 's/^VERSION = //p' Makefile)
}

setup_file() {
	load_lab
	lab_up
	root_up bookworm
}

setup() {
	load_lab
}

# rpm_do COMMAND... - what is traced; dependencies are Debian's, which rpm does not know
rpm_do() {
	root_traced rpm --force-debian --nodeps "$@" || { cat /run/lab/trace; return 1; }
}

packages() {
	echo "/packages/$1/RPMS/x86_64/oci-v6-hook-$2-1.x86_64.rpm" \
		"/packages/$1/RPMS/x86_64/v6d-$2-1.x86_64.rpm"
}

@test "installed, the program before what names it, and the one line answers" {
	# shellcheck disable=SC2046 # a list of words
	rpm_do -i $(packages rpm "$version")
	cat /run/lab/names
	root_order "+ oci-v6-hook" "+ 99-oci-v6-bind.json"
	[ "$(in_root v6ctl --version)" = "v6ctl $version" ]
	root_web web3
	lab_until root_serves web3
}

@test "an upgrade, while a container runs: nothing is missing at any time, and it goes on" {
	# shellcheck disable=SC2046 # a list of words
	rpm_do -U $(packages next/rpm "$version.1")
	run ! grep -E -- "- (oci-v6-hook|99-.*)$" /run/lab/names
	[ "$(in_root v6ctl --version)" = "v6ctl $version.1" ]
	root_serves web3
	[[ "$(in_root v6ctl list)" == *"web3"*"active"* ]]
}

@test "removed: what is still published is listed and removed, the program last" {
	in_root mkdir -p /etc/oci-v6
	echo '{"dad": "off"}' | in_root tee /etc/oci-v6/config.json
	run -0 rpm_do -e v6d oci-v6-hook
	echo "$output"
	[[ "$output" != *"warning:"* ]]
	[[ "$output" == *"still published, and taken away now"*"web3"*"2001:db8::203"*"80"* ]]
	[[ "$output" == *"settings of this host"*"sysctl -w net.ipv6.conf.podman0.ndisc_notify=0"* ]]
	root_order "- 99-oci-v6-bind.json" "- oci-v6-hook"
	# what starts until the hook is gone is taken away with the rest
	root_order "- oci-v6-hook" "- .v6ctl.removed"
	[ -z "$(root_left)" ]
	[ "$(in_root podman exec web3 hostname)" = web3 ]
	in_root podman rm -f -t 0 web3
	in_root podman run --rm --annotation v6.host=web3 localhost/web true
	[ -z "$(in_root find / -xdev \( -name '*oci-v6*' -o -name '*v6ctl*' \) ! -path '/packages/*' ! -path '/proc/*' ! -path /etc/oci-v6)" ]
	[ "$(in_root cat /etc/oci-v6/config.json)" = '{"dad": "off"}' ]
}

@test "no directory has no owner" {
	in_root rm -rf /usr/share/containers/oci
	# shellcheck disable=SC2046 # a list of words
	rpm_do -i $(packages rpm "$version")
	rpm_do -e v6d oci-v6-hook
	run ! in_root test -e /usr/share/containers/oci
}

@test "systemd's macros are given each unit that can be enabled" {
	local macro unit

	for unit in packaging/systemd/*; do
		grep -q "^\[Install\]" "$unit" || continue
		for macro in post preun postun_with_restart; do
			grep -q "^%systemd_$macro .*${unit##*/}" packaging/rpm/oci-v6-hook.spec
		done
	done
}
