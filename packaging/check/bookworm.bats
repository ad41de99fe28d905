#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bookworm.bats - The life of the packages in a fresh root of the release in the file's name
#
#	make check-packages

bats_require_minimum_version 1.5.0

load_lab() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	suite=$(basename "$BATS_TEST_FILENAME" .bats)
	. tests/lab/topology.sh
	. tests/lab/engine.sh
	. packaging/check/root.bash
	version=$(sed -n 's/^VERSION = //p' Makefile)
}

setup_file() {
	load_lab
	lab_up
	root_up "$suite"
}

setup() {
	load_lab
}

serves() {
	[ "$(lab_client curl -sS -m 3 "http://$1/")" = "$1: hello, $LAB_CLIENT" ]
}

run_web() {
	in_root podman run -d --name "$1" --hostname "$1" --annotation "v6.host=$1" localhost/web
}

# What the kernel has of ours
left() {
	nft list tables | grep oci-v6
	ip -6 addr show | grep 2001:db8::20
	ip -6 route show proto 83
	return 0
}

hooks=/usr/share/containers/oci/hooks.d

@test "installed, and the README's one line answers" {
	root_install "/packages/deb/oci-v6-hook_$version-1_amd64.deb" "/packages/deb/v6d_$version-1_amd64.deb"
	in_root sh -c "ls $hooks/99-oci-v6-bind.json $hooks/99-oci-v6-unbind.json"
	[ "$(in_root v6ctl --version)" = "v6ctl $version" ]
	run_web web3
	lab_until serves web3
	[[ "$(in_root v6ctl list)" == *"web3"*"active"* ]]
}

@test "an upgrade, while a container runs: it goes on, is seen, and is taken away at its end" {
	root_install "/packages/next/oci-v6-hook_$version.1-1_amd64.deb" \
		"/packages/next/v6d_$version.1-1_amd64.deb"
	[ "$(in_root v6ctl --version)" = "v6ctl $version.1" ]
	serves web3
	[[ "$(in_root v6ctl list)" == *"web3"*"active"* ]]
	run_web web2
	lab_until serves web2
	in_root podman rm -f -t 0 web3 web2
	[ -z "$(ip -6 addr show to 2001:db8::200/120)" ]
}

@test "an administrator's configuration survives an upgrade and a removal" {
	in_root mkdir -p /etc/oci-v6
	echo '{"dad": "off"}' | in_root tee /etc/oci-v6/config.json
	root_install --allow-downgrades "/packages/deb/oci-v6-hook_$version-1_amd64.deb" \
		"/packages/deb/v6d_$version-1_amd64.deb"
	[ "$(in_root cat /etc/oci-v6/config.json)" = '{"dad": "off"}' ]
}

@test "a package that is cut short leaves no hook file that stops all containers" {
	head -c 40000 "build-dist/deb/oci-v6-hook_$version-1_amd64.deb" >build-dist/cut.deb
	run in_root dpkg -i /packages/cut.deb
	rm build-dist/cut.deb
	[ "$status" != 0 ]
	in_root podman run --rm localhost/web true
	in_root podman run --rm --annotation v6.host=web3 localhost/web true
	in_root dpkg --audit
}

@test "removed, it says what is still published, and leaves the host clean; containers go on" {
	run_web web3
	lab_until serves web3
	run -0 in_root apt-get remove -y -q v6d oci-v6-hook
	echo "$output"
	[[ "$output" == *"still published, and taken away now"* ]]
	[[ "$output" == *"web3"*"2001:db8::203"*"80"* ]]
	[ -z "$(left)" ]
	[ "$(in_root podman exec web3 hostname)" = web3 ]
	in_root podman rm -f -t 0 web3
	in_root podman run --rm --annotation v6.host=web3 localhost/web true
	[ -z "$(in_root find $hooks /usr/libexec/oci /run -name '*oci-v6*')" ]
	[ "$(in_root cat /etc/oci-v6/config.json)" = '{"dad": "off"}' ]
}

@test "purged, nothing is left of it" {
	in_root apt-get purge -y -q v6d oci-v6-hook
	[ -z "$(in_root find / -xdev -name '*oci-v6*' ! -path '/packages/*' ! -path '/proc/*')" ]
	[ -z "$(in_root find / -xdev \( -name 'v6ctl*' -o -name 'v6d*' \) ! -path '/packages/*' ! -path '/proc/*')" ]
}
