#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# lint.bats - What the distributions' own checkers say of the packages, but for what we answered
#
#	make check-packages

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return
}

@test "lintian, at its most pedantic" {
	lintian --allow-root --pedantic --display-info --fail-on pedantic,info,warning,error \
		build-dist/deb/*.changes
}

@test "rpmlint" {
	run -0 rpmlint -r packaging/rpm/oci-v6-hook.rpmlintrc build-dist/rpm/RPMS/*/*.rpm \
		packaging/rpm/oci-v6-hook.spec
	echo "$output"
	[[ "$output" == *" 0 errors, 0 warnings, "* ]]
}
