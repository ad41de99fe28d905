/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text by a cursor, text made fit to be shown, and that of resolv.conf. */
#include <errno.h>
#include <limits.h>

#include "base/text.h"
#include "names/servers.h"
#include "names/zones.h"
#include "fuzz.h"

static void try_numbers(const char *text)
{
	const char *cursor = text;
	unsigned int number;

	if (v6_text_number(&cursor, 1, 65535, &number) == 0)
		must(cursor > text && number >= 1 && number <= 65535);
	else
		must(cursor == text);
	cursor = text;
	if (v6_text_number(&cursor, 0, UINT_MAX / 10 - 1, &number) == 0)
		must(number <= UINT_MAX / 10 - 1);
}

static void try_items(const char *text, size_t room)
{
	const char *cursor = text, *before;
	char item[300];
	int ret = 0;

	while (cursor && ret == 0) {
		before = cursor;
		ret = v6_text_item(&cursor, item, room);
		must(ret == 0 ? cursor != before : cursor == before);
		if (ret == 0)
			must(*item && strlen(item) < room && !strpbrk(item, ", \t"));
	}
}

static void try_shown(const char *text)
{
	struct v6_shown shown = v6_text_shown(text);
	auto_free char *copy = strdup(text);
	size_t size = strlen(text);

	must(strlen(shown.s) < sizeof(shown.s));
	must(size > V6_TEXT_SHOWN || strcmp(shown.s, text) == 0);
	v6_text_printable(copy);
	must(fuzz_is_harmless(copy));
	/* nothing is added, and what is left out is one character at the end */
	must(strlen(copy) <= size && strlen(copy) + 3 >= size);
	if (fuzz_is_harmless(text))
		must(strcmp(copy, text) == 0);
}

static void try_nameservers(const char *text)
{
	struct v6_nameserver list[V6_SERVERS_MAX];
	auto_free char *copy = strdup(text);
	size_t i, n = v6_nameservers_parse(copy, list);

	must(n <= V6_SERVERS_MAX && v6_nameservers_zoned(list, n) <= n);
	for (i = 0; i < n; i++) {
		if (list[i].address.any.sa_family != AF_INET6)
			continue;
		v6_zone_hide(&list[i].address.in6);
		v6_zone_show(&list[i].address.in6);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const words[] = {"v6.host", "v6.ports", "v6.interface", "v6.required"};
	auto_free char *text = fuzz_text(data, size);
	struct v6_error err;

	try_numbers(text);
	try_items(text, 8);
	try_items(text, 300);
	try_shown(text);
	try_nameservers(text);
	must(v6_text_nearest(text, words, V6_ARRAY_SIZE(words)));
	fuzz_check(v6_fail(&err, -EINVAL, "%s: %s", "text", text), &err);
	fuzz_check(v6_context(&err, -EINVAL, "%s", text), &err);
	return 0;
}
