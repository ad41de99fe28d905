/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pool's addresses are the same on every host and for good, so they are compared with those of
 * another implementation of SHA-256 (Python's).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/sha256.h"
#include "names/pool.h"

/* FIPS 180-4's examples, and the lengths at which padding takes another block */
static void digests_are_those_of_the_standard(void **state)
{
	static const struct {
		const char *text;
		size_t repeat;
		const char *digest;
	} rows[] = {
		{"", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{"a", 55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"},
		{"a", 56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"},
		{"a", 64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"},
		{"a", 503, "1197f2afd90643c1ed3c882f06d9e7ea2aef24ad23740e0225b9de0c3b96319d"},
	};
	char data[503], hex[2 * V6_SHA256_SIZE + 1];
	uint8_t digest[V6_SHA256_SIZE];
	size_t i, j, size;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		size = 0;
		for (j = 0; j < rows[i].repeat; j++) {
			memcpy(data + size, rows[i].text, strlen(rows[i].text));
			size += strlen(rows[i].text);
		}
		v6_sha256(data, size, digest);
		for (j = 0; j < sizeof(digest); j++)
			snprintf(hex + 2 * j, 3, "%02x", digest[j]);
		assert_string_equal(hex, rows[i].digest);
	}
}

static const char *address_of(const char *prefix, const char *name)
{
	static struct v6_text text;
	struct v6_prefix pool;
	struct in6_addr address;

	assert_int_equal(v6_prefix_parse(prefix, &pool), 0);
	address = v6_pool_address(&pool, name);
	assert_true(v6_pool_has(&pool, name, &address));
	text = v6_address_text(&address);
	return text.s;
}

static void addresses_depend_on_name_and_prefix_alone(void **state)
{
	(void)state;
	assert_string_equal(address_of("2001:db8::/64", "blog"), "2001:db8::a7db:c468:5f28:2f1e");
	assert_string_equal(address_of("2001:db8::/64", "BLOG."), "2001:db8::a7db:c468:5f28:2f1e");
	assert_string_equal(address_of("2001:db8::ffff/64", "blog"),
			    "2001:db8::a7db:c468:5f28:2f1e");
	assert_string_equal(address_of("2001:db8:5::/48", "blog.example.org"),
			    "2001:db8:5:137f:1482:ec43:aa54:6b6d");
	assert_string_equal(address_of("fd42:1::/61", "web3"), "fd42:1:0:7:998e:df82:fad6:aaed");
}

/* "n117771": its digest would end in a number below 65536 */
static void addresses_of_routers_are_left_out(void **state)
{
	(void)state;
	assert_string_equal(address_of("2001:db8::/64", "n117771"),
			    "2001:db8::6aba:efa8:659b:1c68");
}

static void no_pool_has_nothing(void **state)
{
	const struct v6_prefix none = {.length = 0};
	struct in6_addr address = v6_pool_address(&none, "blog");

	(void)state;
	assert_false(v6_pool_has(&none, "blog", &address));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests_are_those_of_the_standard),
		cmocka_unit_test(addresses_depend_on_name_and_prefix_alone),
		cmocka_unit_test(addresses_of_routers_are_left_out),
		cmocka_unit_test(no_pool_has_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
