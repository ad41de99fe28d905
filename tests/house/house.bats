#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# house.bats - One offence of each kind, planted in a small tree, is found by lint's house.py
#
#	bats tests/house/house.bats

bats_require_minimum_version 1.5.0

setup() {
	house=$BATS_TEST_DIRNAME/house.py
	cd "$BATS_TEST_TMPDIR" || return
	mkdir -p include/libv6 libv6/{base,kernel,store} hook ctl
	source_file libv6/base/file.c 'Small files.' '"base/file.h"' 'void v6_file(void)'
	header_file libv6/base/file.h 'void v6_file(void);'
	source_file libv6/kernel/link.c 'Interfaces.' '<libv6/kernel.h>' 'int v6_link(int index)'
	header_file include/libv6/kernel.h 'int v6_link(int index) __attribute__((const));'
	source_file libv6/store/host.c 'This host.' '"store/host.h"' 'int v6_host(void)'
	header_file libv6/store/host.h '#include "base/file.h"' '#include <libv6/kernel.h>' \
		'int v6_host(void);'
	source_file hook/log.c 'Logging.' '"log.h"' 'static void put_line(void)'
	header_file hook/log.h '#include "base/file.h"'
	source_file ctl/list.c 'The list.' '"../hook/log.h"' 'int main(void)'
}

# source_file PATH SENTENCE HEADER FUNCTION
source_file() {
	printf '%s\n' '/* SPDX-License-Identifier: GPL-2.0-or-later */' "/* $2 */" "#include $3" '' \
		"$4" '{' '	/* "a" isn'\''t split */' '}' >"$1"
}

# header_file PATH LINE...
header_file() {
	local path=$1

	shift
	printf '%s\n' '/* SPDX-License-Identifier: GPL-2.0-or-later */' "$@" >"$path"
}

# offends [LINE...] - these are the offences, and all
offends() {
	run -"$(($# > 0))" /usr/bin/python3 "$house" .
	diff <(printf '%s\n' "$@") <(echo "$output")
}

@test "a tidy tree" {
	offends
}

@test "a room that includes from a later room" {
	echo '#include <libv6/kernel.h>' >>libv6/base/file.h
	offends 'libv6/base/file.h:3: includes include/libv6/kernel.h: kernel is a later room'
}

@test "an unknown room" {
	mkdir libv6/core
	header_file libv6/core/core.h
	offends 'libv6/core/core.h:1: core is no room: house.py lists them'
}

@test "a program that includes a library's inside" {
	echo '#include "store/host.h"' >>hook/log.h
	offends "hook/log.h:3: includes libv6/store/host.h: a program includes public headers and those of base only"
}

@test "a public header, and a library, that include what they may not" {
	echo '#include "store/host.h"' >>include/libv6/kernel.h
	echo '#include "../../hook/log.h"' >>libv6/base/file.c
	run -1 /usr/bin/python3 "$house" .
	[[ "$output" == *"include/libv6/kernel.h:3: includes libv6/store/host.h: a public header "* ]]
	[[ "$output" == *"libv6/base/file.c:9: includes hook/log.h: that is a program's"* ]]
}

@test "a foreign library that a second file includes" {
	echo '#include <yajl/yajl_parse.h>' >>libv6/store/host.c
	echo '#include <ares.h>' >>libv6/store/host.c
	offends 'libv6/store/host.c:9: includes <yajl/yajl_parse.h>; only libv6/base/json\w*\.[ch] may' \
		'libv6/store/host.c:10: includes <ares.h>; only libv6/names/resolve\.c may'
}

@test "a circle of includes, where foo.c and foo.h are one" {
	source_file libv6/base/text.c 'Text.' '"base/file.h"' 'static void put_text(void)'
	header_file libv6/base/text.h
	echo '#include "base/text.h"' >>libv6/base/file.c
	offends 'libv6/base/file.c:9: includes libv6/base/text.h: part of a circle of libv6/base/file, libv6/base/text' \
		'libv6/base/text.c:3: includes libv6/base/file.h: part of a circle of libv6/base/file, libv6/base/text'
}

@test "an exported function that another header declares, or none" {
	printf '%s\n' 'struct v6_list *v6_other(struct v6_list *list,' '			 int n)' '{' '}' >>libv6/base/file.c
	offends 'libv6/base/file.c:9: v6_other() is declared in no header; declare it in file.h'
	header_file libv6/store/list.h 'struct v6_list *v6_other(struct v6_list *list, int n);'
	offends 'libv6/base/file.c:9: v6_other() is declared in libv6/store/list.h; declare it in file.h'
}

@test "a static function's name in two files" {
	printf '%s\n' 'static inline int put_line(int (*put)(int))' '{' '}' >>libv6/base/file.h
	offends 'hook/log.c:5: put_line() is also a static function of libv6/base/file.h' \
		'libv6/base/file.h:3: put_line() is also a static function of hook/log.c'
}

@test "a message on two lines, except a usage text" {
	printf '%s\n' 'const char text[] = "one line\n"' '	"and " MORE' '	" \"" "\""; /* " */' >>hook/log.c
	offends
	printf '%s\n' 'const char message[] = "cannot " /* " */' '	"open";' >>hook/log.c
	offends 'hook/log.c:12: a message is split; write one literal on one line'
}

@test "a file that does not say what it is for" {
	sed -i 2d ctl/list.c
	offends 'ctl/list.c:2: the file does not open with a sentence on what it is for'
}

@test "the figures count the same offences" {
	source_file libv6/base/text.c 'Text.' '"base/file.h"' 'int v6_text(void)'
	header_file libv6/base/text.h
	printf '%s\n' '#include "base/text.h"' 'static void put_line(void)' '{' '}' >>libv6/base/file.c
	run -0 /usr/bin/python3 "$house" --figures .
	for line in 'libv6/base              4 files     23 lines' 'circles of includes                 1' \
		'files in circles                    2' 'exported functions of libv6         4' \
		'- not in the header foo.h           2' "- nor in the room's public header   1" \
		'static names in two files           1'; do
		grep -xF -e "$line" <<<"$output" || { echo "$line"; return 1; }
	done
}

@test "a directory without sources, and wrong usage" {
	run -2 /usr/bin/python3 "$house" libv6/base
	run -2 /usr/bin/python3 "$house" . .
	run -2 /usr/bin/python3 "$house" --figure
}
