#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# trixie.bats - As a Debian 13 would build the packages, and test them once they are installed
#
#	make check-packages
#
# It runs in a lab whose files are those of trixie-build (packaging/check/roots).

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../../.." || return
	version=$(sed -n 's/^VERSION = //p' Makefile)
	built=build-dist/trixie
}

# What is installed there does not count
@test "\"make deb\" installs what the package says it needs, as this release has it" {
	run ! env DPKG_ADMINDIR=/var/empty setpriv --reuid 4711 --clear-groups bash -s deb <packaging/deps
	echo "$output"
	while read -r name; do
		[[ " $output " == *" $name "* ]]
	done < <(echo build-essential && sed -n '/^Build-Depends:/,/^Standards/p' packaging/debian/control |
		sed -n 's/^Build-Depends:/ /; s/^ *\([a-z][a-z-]*\).*/\1/p' |
		sed 's/^debhelper-compat$/debhelper/; s/^pkgconf$/pkg-config/')
}

@test "it builds there, with its unit tests, and without a warning" {
	packaging/build deb "build-dist/oci-v6-hook-$version.tar.gz" "$built"
	run ! grep " warning:" "$built/build.log"
	[[ "$(dpkg-deb -f "$built/oci-v6-hook_$version-1_amd64.deb" Depends)" == *"libcares2 "* ]]
}

# The lab is the machine that it may change; nothing is built in the tree
@test "autopkgtest: the demo and podman's tests, with what is installed" {
	local tree=$BATS_TEST_TMPDIR/oci-v6-hook-$version

	tar -C "$BATS_TEST_TMPDIR" -xzf "build-dist/oci-v6-hook-$version.tar.gz"
	cp -R "$tree/packaging/debian" "$tree/debian"
	env -u LAB_ROOT autopkgtest --no-built-binaries --ignore-restrictions=isolation-machine \
		"$built/oci-v6-hook_$version-1_amd64.deb" "$built/v6d_$version-1_amd64.deb" \
		"$tree/" -- null
}
