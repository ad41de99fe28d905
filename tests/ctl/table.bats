#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# table.bats - The table of v6ctl's commands, and what has to agree with it
#
#	bats tests/ctl/table.bats

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	v6ctl=${V6_BUILD:-build}/v6ctl
}

# section COMMAND - its item of the man page
section() {
	awk -v command="$1" '/^\.It Cm / { inside = ($3 == command) } /^\.Sh / { inside = 0 } inside' \
		ctl/v6ctl.8
}

@test "the man page documents each command and each of its options, and no others" {
	while IFS=$'\t' read -r kind name rest; do
		case $kind in
		command)
			[ -n "$(section "$name")" ] || { echo "no item for $name"; return 1; }
			;;
		option)
			IFS=$'\t' read -r option letter value _ <<<"$rest"
			item='^\.It Fl '
			[ "$letter" = - ] || item+="$letter , "
			item+=-${option#--}
			[ "$value" = - ] || item+=" Ar $value"
			section "$name" | grep -q "$item\$" || { echo "no item for $name $option"; return 1; }
			;;
		*) false ;;
		esac
	done < <("$v6ctl" --complete-table)
	while read -r name; do
		"$v6ctl" --complete-table | grep -q "^command	$name	" || { echo "no command $name"; return 1; }
	done < <(awk '/^\.It Cm / { print $3 }' ctl/v6ctl.8)
	options=$("$v6ctl" --complete-table | grep -c ^option)
	[ "$(sed -n '/^\.Sh DESCRIPTION/,/^\.Sh STATES/s/^\.It Fl/&/p' ctl/v6ctl.8 | wc -l)" = "$options" ]
}

@test "usage tells each command, and each command's usage its options" {
	usage=$("$v6ctl" --help)
	while IFS=$'\t' read -r kind name rest; do
		case $kind in
		command) grep -q "^  $name " <<<"$usage" ;;
		option) "$v6ctl" "$name" --help | grep -q -e "${rest%%$'\t'*}" ;;
		esac
	done < <("$v6ctl" --complete-table)
}

@test "usage fits 80 columns" {
	run ! grep '.\{81\}' <("$v6ctl" --help)
	for name in $("$v6ctl" --complete-table | awk '/^command/ { print $2 }'); do
		run ! grep '.\{81\}' <("$v6ctl" "$name" --help)
	done
}

@test "what cannot be written, as to a full disk, is a failure" {
	for command in --help --version --complete-table "list --help"; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr -1 eval "$v6ctl $command >/dev/full"
		[ "$stderr" = "v6ctl: standard output: cannot write all of it: No space left on device" ]
	done
}

@test "each program, and each file that names the version, has that of the Makefile" {
	local version program image

	version=$(sed -n 's/^VERSION = //p' Makefile)
	# the version that oci-v6-runtime prints is the real runtime's, as engines want it
	for program in oci-v6-hook v6ctl v6d; do
		[ "$("${V6_BUILD:-build}/$program" --version)" = "$program $version" ]
	done
	grep -q "^## $version, " NEWS.md
	grep -q "^oci-v6-hook ($version-1) " packaging/debian/changelog
	grep -q "^Version: *$version\$" packaging/rpm/oci-v6-hook.spec
	grep -q -- " - $version-1\$" packaging/rpm/oci-v6-hook.spec
	while read -r image; do
		[ "$image" = "oci-v6:$version" ]
	done < <(grep -rhoE 'oci-v6:[0-9.]+' packaging/kubernetes)
}

@test "each man page has exit status" {
	local page

	for page in */*.[58]; do
		grep -q '^\.Sh EXIT STATUS' "$page" || { echo "$page"; return 1; }
	done
}
