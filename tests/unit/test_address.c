/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses, prefixes and protocols as text and as values. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/address.h"
#include "base/cleanup.h"

static struct in6_addr address(const char *text)
{
	struct in6_addr value;

	if (v6_address_parse(text, &value) < 0)
		fail_msg("%s is no address", text);
	return value;
}

static void text_is_rfc_5952(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} rows[] = {
		{"2001:DB8:0:0:0:0:2:1", "2001:db8::2:1"},
		{"2001:0db8::0001", "2001:db8::1"},
		{"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
		{"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
		{"::", "::"},
		{"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
		{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
	};
	struct in6_addr value;
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		value = address(rows[i].in);
		assert_string_equal(V6_TEXT(&value), rows[i].out);
	}
}

static void parse_refuses_and_leaves_output(void **state)
{
	static const char *const rows[] = {
		"",
		"web3",
		"192.0.2.1",
		"[2001:db8::1]",
		"fe80::1%eth0",
		"2001:db8::1 ",
		" ::1",
		"1::2::3",
		"2001:db8::1/64",
		"12345::",
		":::",
		"1:2:3:4:5:6:7",
		"::g",
		"::1.2.3.256",
	};
	const struct in6_addr before = address("2001:db8::5");
	struct in6_addr value = before;
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		if (v6_address_parse(rows[i], &value) != -EINVAL)
			fail_msg("\"%s\" is accepted", rows[i]);
		assert_true(v6_address_equal(&value, &before));
	}
}

static void equal_looks_at_every_byte(void **state)
{
	const struct in6_addr a = address("2001:db8::1");
	struct in6_addr b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(b.s6_addr); i++) {
		b = a;
		assert_true(v6_address_equal(&a, &b));
		b.s6_addr[i] ^= 0x10;
		assert_false(v6_address_equal(&a, &b));
	}
}

static void global_is_what_a_service_may_have(void **state)
{
	static const struct {
		const char *text;
		bool global;
	} rows[] = {
		{"2000::", true},
		{"3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true},
		{"2001:db8::1", true},
		{"fc00::1", true},
		{"fdff:ffff::1", true},
		{"::", false},
		{"::1", false},
		{"::ffff:192.0.2.1", false},
		{"64:ff9b::192.0.2.1", false},
		{"1fff:ffff::1", false},
		{"4000::", false},
		{"fbff::1", false},
		{"fe80::1", false},
		{"fec0::1", false},
		{"ff02::1", false},
	};
	struct in6_addr value;
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		value = address(rows[i].text);
		if (v6_address_is_global(&value) != rows[i].global)
			fail_msg("%s: expected %d", rows[i].text, rows[i].global);
	}
}

static void mask_clears_the_bits_behind(void **state)
{
	static const struct {
		uint8_t length;
		const char *masked;
	} rows[] = {
		{0, "::"},
		{1, "8000::"},
		{7, "fe00::"},
		{8, "ff00::"},
		{9, "ff80::"},
		{63, "ffff:ffff:ffff:fffe::"},
		{64, "ffff:ffff:ffff:ffff::"},
		{65, "ffff:ffff:ffff:ffff:8000::"},
		{127, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe"},
		{128, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
	};
	struct v6_prefix prefix;
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		memset(&prefix.address, 0xff, sizeof(prefix.address));
		prefix.length = rows[i].length;
		prefix = v6_prefix_mask(prefix);
		assert_string_equal(V6_TEXT(&prefix.address), rows[i].masked);
		assert_int_equal(prefix.length, rows[i].length);
	}
}

static void prefix_contains_its_addresses(void **state)
{
	static const struct {
		const char *prefix;
		uint8_t length;
		const char *address;
		bool inside;
	} rows[] = {
		{"2001:db8::", 64, "2001:db8::ffff:1", true},
		{"2001:db8::", 64, "2001:db8:0:1::", false},
		{"2001:db8::5", 64, "2001:db8::6", true}, /* bits behind the length may be set */
		{"2001:db8::8", 125, "2001:db8::f", true},
		{"2001:db8::8", 125, "2001:db8::10", false},
		{"2001:db8::8", 125, "2001:db8::7", false},
		{"2001:db8::1", 128, "2001:db8::1", true},
		{"2001:db8::1", 128, "2001:db8::", false},
		{"::", 0, "ff02::1", true},
	};
	struct in6_addr value;
	struct v6_prefix prefix;
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		prefix.address = address(rows[i].prefix);
		prefix.length = rows[i].length;
		value = address(rows[i].address);
		if (v6_prefix_contains(&prefix, &value) != rows[i].inside)
			fail_msg("%s/%d, %s: expected %d", rows[i].prefix, rows[i].length,
				 rows[i].address, rows[i].inside);
	}
}

static void protocols_have_names(void **state)
{
	static const char *const unknown[] = {"", "TCP", "tcp ", "udplite", "icmp", "6", "sct"};
	uint8_t protocol = 99;
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(unknown); i++) {
		assert_int_equal(v6_protocol_parse(unknown[i], &protocol), -EINVAL);
		assert_int_equal(protocol, 99);
	}

	assert_int_equal(v6_protocol_parse("tcp", &protocol), 0);
	assert_int_equal(protocol, IPPROTO_TCP);
	assert_int_equal(v6_protocol_parse("udp", &protocol), 0);
	assert_int_equal(protocol, IPPROTO_UDP);
	assert_int_equal(v6_protocol_parse("sctp", &protocol), 0);
	assert_int_equal(protocol, IPPROTO_SCTP);
	assert_string_equal(v6_protocol_name(IPPROTO_TCP), "tcp");
	assert_string_equal(v6_protocol_name(IPPROTO_UDP), "udp");
	assert_string_equal(v6_protocol_name(IPPROTO_SCTP), "sctp");
	assert_string_equal(v6_protocol_name(IPPROTO_ICMPV6), "?");
}

static void prefixes_are_read(void **state)
{
	static const struct {
		const char *text, *address; /* NULL: refused */
		uint8_t length;
	} rows[] = {
		{"2001:db8::/64", "2001:db8::", 64},
		{"2001:db8::1/64", "2001:db8::", 64},
		{"::/0", "::", 0},
		{"2001:db8::203", "2001:db8::203", 128},
		{"2001:db8::203/128", "2001:db8::203", 128},
		{"2001:db8::/129", NULL, 0},
		{"2001:db8::/", NULL, 0},
		{"2001:db8::/64/64", NULL, 0},
		{"2001:db8::/064", NULL, 0},
		{"2001:db8::/-1", NULL, 0},
		{"2001:db8::/64 ", NULL, 0},
		{"192.0.2.0/24", NULL, 0},
		{"/64", NULL, 0},
		{"", NULL, 0},
		{"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa/64", NULL, 0},
	};
	struct v6_prefix prefix;
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		prefix = (struct v6_prefix){.length = 42};
		if (v6_prefix_parse(rows[i].text, &prefix) != (rows[i].address ? 0 : -EINVAL))
			fail_msg("%s", rows[i].text);
		assert_int_equal(prefix.length, rows[i].address ? rows[i].length : 42);
		if (rows[i].address)
			assert_string_equal(V6_TEXT(&prefix.address), rows[i].address);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_rfc_5952),
		cmocka_unit_test(parse_refuses_and_leaves_output),
		cmocka_unit_test(equal_looks_at_every_byte),
		cmocka_unit_test(global_is_what_a_service_may_have),
		cmocka_unit_test(mask_clears_the_bits_behind),
		cmocka_unit_test(prefix_contains_its_addresses),
		cmocka_unit_test(prefixes_are_read),
		cmocka_unit_test(protocols_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
