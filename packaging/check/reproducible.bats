#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# reproducible.bats - Whoever builds the packages again gets the same, to the last byte
#
#	make check-packages
#
# Here that is another user, with another umask, locale and time zone, on a host of another name, in
# another folder, 400 days later. The unit tests keep time, so they run in their own.

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	version=$(sed -n 's/^VERSION = //p' Makefile)
	tarball=$PWD/build-dist/oci-v6-hook-$version.tar.gz
	to=/tmp/another/folder
}

# The tree may be where nobody else can read it
setup_file() {
	hostname elsewhere
	mkdir -p /tmp/another/folder/packaging
	cd "$BATS_TEST_DIRNAME/../.." || return
	cp packaging/build /tmp/another/folder/packaging
	cp build-dist/oci-v6-hook-*.tar.gz /tmp/another/folder
	chmod -R a+rX /tmp/another
	chown -R 4711:4711 /tmp/another
}

build_again() {
	(umask 077 && cd "$to" &&
		env -i PATH="$PATH" DEB_BUILD_OPTIONS=nocheck HOME="$to" TZ=Pacific/Auckland LC_ALL=POSIX V=1 \
			setpriv --reuid 4711 --regid 4711 --clear-groups faketime -f +400d \
			packaging/build "$1" "$(basename "$tarball")" "$1")
}

# same KIND PATTERN - what was built here is what was built there
same() {
	local file count=0

	while read -r file; do
		cmp "build-dist/$1/$file" "$to/$1/$file"
		count=$((count + 1))
	done < <(cd "build-dist/$1" && find . -name "$2")
	[ "$count" -gt 1 ]
}

@test "the tarball, from its own content" {
	tar -C "$to" -xzf "$tarball"
	(umask 077 && TZ=Pacific/Auckland make -s -C "$to/oci-v6-hook-$version" dist)
	cmp "$tarball" "$to/oci-v6-hook-$version/build-dist/oci-v6-hook-$version.tar.gz"
}

@test "packages of Debian, and their source" {
	build_again deb
	same deb '*.deb'
	cmp {build-dist,"$to"}/"deb/oci-v6-hook_$version-1.dsc"
}

@test "packages of Fedora" {
	build_again rpm
	same rpm '*.rpm'
}

@test "building a package needs no root, nor do its tests" {
	setpriv --reuid 4711 --regid 4711 --clear-groups \
		make -s -C "$to/deb/oci-v6-hook-$version" -j2 check-unit
}
