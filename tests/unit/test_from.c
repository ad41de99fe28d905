/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of clients: what v6.from may say, and what two lists have in common. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "oci/from.h"

/* listed() - a list as text, its prefixes between blanks */
static const char *listed(const struct v6_prefixes *list)
{
	static char text[4096];
	size_t i;

	*text = '\0';
	for (i = 0; i < list->n; i++) {
		if (i > 0)
			strcat(text, " ");
		strcat(text, v6_prefix_text(&list->list[i]).s);
	}
	return text;
}

static void lists_are_sorted_and_merged(void **state)
{
	static const struct {
		const char *text, *list;
	} rows[] = {
		{"2001:db8::1", "2001:db8::1"},
		{"2001:db8::1/128", "2001:db8::1"},
		{" 2001:DB8::/32,\t2001:0db9::1\n", "2001:db8::/32 2001:db9::1"},
		{"2001:db9::/32 2001:db8::/32", "2001:db8::/32 2001:db9::/32"},
		{"2001:db8::1 2001:db8::/32 2001:db8::/32", "2001:db8::/32"},
		/* of two halves no whole is made */
		{"8000::/1 ::/1", "::/1 8000::/1"},
		{"2001:db8::/32 ::/0 fe80::/10", "::/0"},
		/* what lies in the first of two, and in neither */
		{"2001:db8::/48 2001:db8:0:1::/64 2001:db8:1::/64",
		 "2001:db8::/48 2001:db8:1::/64"},
	};
	struct v6_error err;
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		struct v6_prefixes auto_call(v6_prefixes_release) from = {.n = 0};

		if (v6_from_parse(rows[i].text, &from, &err) < 0)
			fail_msg("%s", err.text);
		assert_string_equal(listed(&from), rows[i].list);
	}
}

static void mistakes_in_lists_are_named(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{"", "\"\": a prefix is missing"},
		{"2001:db8::1,", "\"2001:db8::1,\": a prefix is missing"},
		{"192.0.2.1", "\"192.0.2.1\" is IPv4"},
		{"::ffff:192.0.2.0/120", "\"::ffff:192.0.2.0/120\" is IPv4"},
		{"2001:db8::1 10.0.0.0/8", "\"10.0.0.0/8\" is IPv4"},
		{"2001:db8::/129", "\"2001:db8::/129\": not an IPv6 prefix"},
		{"2001:db8::/-1", "\"2001:db8::/-1\": not an IPv6 prefix"},
		{"2001:db8::/064", "\"2001:db8::/064\": not an IPv6 prefix"},
		{"2001:db8::/", "\"2001:db8::/\": not an IPv6 prefix"},
		{"2001:db8::/32/48", "\"2001:db8::/32/48\": not an IPv6 prefix"},
		{"fe80::1%eth0", "\"fe80::1%eth0\": not an IPv6 prefix"},
		{"[2001:db8::1]", "\"[2001:db8::1]\": not an IPv6 prefix"},
		{"web3", "\"web3\": not an IPv6 prefix"},
		{"2001:db8::1/64", "write 2001:db8::/64 or 2001:db8::1"},
		{"::1/0", "write ::/0 or ::1"},
	};
	struct v6_error err;
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		struct v6_prefixes auto_call(v6_prefixes_release) from = {.n = 0};

		assert_int_equal(v6_from_parse(rows[i].text, &from, &err), -EINVAL);
		if (!strstr(err.text, rows[i].error))
			fail_msg("%s: %s", rows[i].text, err.text);
	}
}

/* parse_many() - of @n prefixes */
static int parse_many(unsigned int n, struct v6_prefixes *ret_from, struct v6_error *err)
{
	auto_free char *text = malloc(n * sizeof("2001:db8:ffff::/48 ") + 1);
	size_t size = 0;
	unsigned int i;

	assert_non_null(text);
	for (i = 0; i < n; i++)
		size += (size_t)sprintf(text + size, "%s2001:db8:%x::/48", i ? " " : "", i);
	return v6_from_parse(text, ret_from, err);
}

static void a_thousand_are_the_most(void **state)
{
	struct v6_prefixes auto_call(v6_prefixes_release) from = {.n = 0}, more = {.n = 0};
	struct v6_error err;

	(void)state;
	assert_int_equal(parse_many(V6_FROM_MAX, &from, &err), 0);
	assert_int_equal(from.n, V6_FROM_MAX);
	assert_int_equal(parse_many(V6_FROM_MAX + 1, &more, &err), -EINVAL);
	assert_non_null(strstr(err.text, "\"2001:db8:3e8::/48\": more than 1000 prefixes"));
	v6_prefixes_release(&more);
}

/* The first of 16 addresses */
static const struct in6_addr first = {.s6_addr = {0x20, 0x01, 0x0d, 0xb8}};

/* random_list() - of prefixes among 16 addresses, so that many overlap */
static void random_list(struct v6_prefixes *ret_list)
{
	struct v6_prefix prefix;
	int i, n = 1 + rand() % 5;

	for (i = 0; i < n; i++) {
		prefix =
			(struct v6_prefix){.address = first, .length = (uint8_t)(124 + rand() % 5)};
		prefix.address.s6_addr[15] = (uint8_t)(rand() & 15);
		prefix = v6_prefix_mask(prefix);
		assert_int_equal(v6_prefixes_append(ret_list, &prefix), 0);
	}
	v6_prefixes_merge(ret_list);
}

static void what_is_common_is_held_by_both(void **state)
{
	struct in6_addr client = first;
	int i, last;

	(void)state;
	srand(1);
	for (i = 0; i < 2000; i++) {
		struct v6_prefixes auto_call(v6_prefixes_release) a = {.n = 0};
		struct v6_prefixes auto_call(v6_prefixes_release) b = {.n = 0};
		struct v6_prefixes auto_call(v6_prefixes_release) both = {.n = 0};
		struct v6_prefixes auto_call(v6_prefixes_release) merged = {.n = 0};
		size_t j;

		random_list(&a);
		random_list(&b);
		assert_int_equal(v6_prefixes_intersect(a.list, a.n, b.list, b.n, &both), 0);
		for (last = 0; last < 16; last++) {
			client.s6_addr[15] = (uint8_t)last;
			assert_int_equal(v6_prefixes_hold(both.list, both.n, &client),
					 v6_prefixes_hold(a.list, a.n, &client) &&
						 v6_prefixes_hold(b.list, b.n, &client));
		}
		/* it is merged: no element of the table may lie in another */
		for (j = 0; j < both.n; j++)
			v6_prefixes_append(&merged, &both.list[j]);
		v6_prefixes_merge(&merged);
		assert_true(v6_prefixes_equal(both.list, both.n, merged.list, merged.n));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_sorted_and_merged),
		cmocka_unit_test(mistakes_in_lists_are_named),
		cmocka_unit_test(a_thousand_are_the_most),
		cmocka_unit_test(what_is_common_is_held_by_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
