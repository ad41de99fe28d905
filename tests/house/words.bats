#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# words.bats - One offence of each kind, planted in a small tree, is found by lint's words.py
#
#	bats tests/house/words.bats

bats_require_minimum_version 1.5.0

setup() {
	words=$BATS_TEST_DIRNAME/words.py
	cd "$BATS_TEST_TMPDIR" || return
	mkdir -p docs libv6/base hook
	printf '# A tool\n\nIt forwards ports to containers.\n' >README.md
	printf '/* It leads to nothing */\nputs("forwarded to %%s");\n' >libv6/base/file.c
}

# offends [LINE...] - these are the offences, and all
offends() {
	run -"$(($# > 0))" /usr/bin/python3 "$words" .
	diff <(printf '%s\n' "$@") <(echo "$output")
}

@test "plain words, and a comment" {
	offends
}

@test "a word in a document, in a manual page, and in a message" {
	echo 'The port leads to a container.' >docs/podman.md
	echo 'Likewise.' >hook/oci-v6-hook.8
	printf 'puts(QUOTE);\nputs("it is mended");\n' >hook/main.c
	offends 'docs/podman.md:1: "leads to": say forward to, or go through' \
		'hook/oci-v6-hook.8:1: "Likewise": say the same words again' \
		'hook/main.c:2: "mended": say repair'
}

@test "a sentence of README that goes on and on, but no table" {
	printf '\nOne%s.\n' "$(printf ' word%.0s' {1..40})" >>README.md
	printf '\n| a |%s |\n' "$(printf ' word%.0s' {1..50})" >>README.md
	offends 'README.md: a sentence of 41 words, "One word word word word word ...": write two'
}
