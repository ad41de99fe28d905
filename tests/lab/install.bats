#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# install.bats - What make builds, installs and removes
#
#	tests/lab/run bats tests/lab/install.bats

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	to="$BATS_TEST_TMPDIR/the root"
}

# Whoever keeps new files to himself, as root may, installs for everybody nonetheless
install_to() {
	umask 077
	make -s "$1" DESTDIR="$to" prefix=/usr ${V6_SAN:+SAN=1}
}

@test "install puts these files there, and no others" {
	install_to install
	diff - <(cd "$to" && find . -type f -printf '%m %P\n' | sort -k 2) <<-'FILES'
		755 usr/bin/v6ctl
		644 usr/lib/systemd/system/oci-v6-collect.service
		644 usr/lib/systemd/system/oci-v6-collect.timer
		644 usr/lib/systemd/system/oci-v6-docker.service
		644 usr/lib/systemd/system/oci-v6-metrics.service
		644 usr/lib/systemd/system/oci-v6-metrics.timer
		644 usr/lib/systemd/system/oci-v6-reconcile.service
		644 usr/lib/systemd/system/v6d.service
		644 usr/lib/systemd/system/v6d.socket
		644 usr/lib/tmpfiles.d/oci-v6.conf
		755 usr/libexec/oci-v6/docker-user
		755 usr/libexec/oci-v6/oci-v6-relay
		755 usr/libexec/oci/hooks.d/oci-v6-hook
		755 usr/libexec/oci/hooks.d/oci-v6-runtime
		755 usr/sbin/v6d
		644 usr/share/bash-completion/completions/v6ctl
		644 usr/share/containers/oci/hooks.d/99-oci-v6-bind.json
		644 usr/share/containers/oci/hooks.d/99-oci-v6-unbind.json
		644 usr/share/fish/vendor_completions.d/v6ctl.fish
		644 usr/share/man/man5/oci-v6.json.5
		644 usr/share/man/man8/oci-v6-hook.8
		644 usr/share/man/man8/oci-v6-runtime.8
		644 usr/share/man/man8/v6ctl.8
		644 usr/share/man/man8/v6d.8
		644 usr/share/zsh/site-functions/_v6ctl
	FILES
}

@test "the runtime has its name, and another one for crun" {
	install_to install
	diff - <(cd "$to" && find . -type l -printf '%P %l\n' | sort) <<-'LINKS'
		usr/sbin/oci-v6-crun ../libexec/oci/hooks.d/oci-v6-runtime
		usr/sbin/oci-v6-runtime ../libexec/oci/hooks.d/oci-v6-runtime
		usr/sbin/v6ctl ../bin/v6ctl
		usr/share/man/man8/oci-v6-crun.8 oci-v6-runtime.8
	LINKS
}

@test "one directory for bin and sbin, and an older version's file in sbin" {
	mkdir -p "$to/usr/bin"
	ln -s bin "$to/usr/sbin"
	install_to install
	"$to/usr/sbin/v6ctl" --version
	[ ! -L "$to/usr/bin/v6ctl" ]
	rm "$to/usr/sbin"
	mkdir "$to/usr/sbin"
	echo old >"$to/usr/sbin/v6ctl"
	install_to install
	[ "$(readlink "$to/usr/sbin/v6ctl")" = ../bin/v6ctl ]
}

@test "the hook files name the program that is installed" {
	install_to install
	run grep -h '"path"' "$to"/usr/share/containers/oci/hooks.d/*.json
	[ "${#lines[@]}" = 2 ]
	[[ "${lines[0]}" == *'"path": "/usr/libexec/oci/hooks.d/oci-v6-hook"'* ]]
	[ "${lines[1]}" = "${lines[0]}" ]
}

@test "the units run the programs that are installed" {
	install_to install
	run grep -h "^Exec" "$to"/usr/lib/systemd/system/*.service
	[[ "$output" != *@* ]]
	grep -x "ExecStart=/usr/libexec/oci-v6/docker-user add" "$to/usr/lib/systemd/system/oci-v6-docker.service"
	grep -x "ExecStart=/usr/sbin/v6d" "$to/usr/lib/systemd/system/v6d.service"
	grep -x "ExecStart=/usr/bin/v6ctl reconcile" "$to/usr/lib/systemd/system/oci-v6-collect.service"
}

# One broken file stops every container of the host, so readers must never see half of one
@test "the hook files come into being whole, the program before them" {
	run make -n install prefix=/usr
	[[ "$output" == *oci-v6-hook\ *hooks.d/oci-v6-hook*.tmp*mv\ * ]]
}

@test "uninstall leaves nothing" {
	install_to install
	install_to uninstall
	[ -z "$(find "$to" ! -type d)" ]
}

@test "two builds in different folders are the same, byte for byte" {
	mkdir "$BATS_TEST_TMPDIR"/{a,"else where"}
	cp -r Makefile include libv6 hook relay runtime ctl daemon "$BATS_TEST_TMPDIR/a"
	cp -r Makefile include libv6 hook relay runtime ctl daemon "$BATS_TEST_TMPDIR/else where"
	make -s -C "$BATS_TEST_TMPDIR/a" >/dev/null
	make -s -j2 -C "$BATS_TEST_TMPDIR/else where" >/dev/null
	cmp "$BATS_TEST_TMPDIR"/{a,"else where"}/build/oci-v6-hook
	cmp "$BATS_TEST_TMPDIR"/{a,"else where"}/build/v6ctl
}

@test "clang has nothing to say, and a distribution may ask for more than we do" {
	make -s -j2 all O="$BATS_TEST_TMPDIR/build" CI=1 CC=clang CPPFLAGS=-D_FORTIFY_SOURCE=3
}
