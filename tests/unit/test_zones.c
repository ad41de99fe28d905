/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Servers of resolv.conf, and the zones of their addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>

#include <cmocka.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "names/zones.h"

/* describe() - the servers of a text, each in brackets */
static const char *describe(const char *text)
{
	static char described[1024];
	struct v6_nameserver list[V6_SERVERS_MAX];
	char name[INET6_ADDRSTRLEN], copy[1024];
	size_t i, n, used = 0;

	strcpy(copy, text);
	n = v6_nameservers_parse(copy, list);
	described[0] = '\0';
	for (i = 0; i < n; i++) {
		const union v6_server_address *a = &list[i].address;
		bool is_ipv4 = a->any.sa_family == AF_INET;

		inet_ntop(a->any.sa_family,
			  is_ipv4 ? (const void *)&a->in.sin_addr : &a->in6.sin6_addr, name,
			  sizeof(name));
		used += (size_t)sprintf(described + used, "[%s", name);
		if (list[i].has_zone)
			used += (size_t)sprintf(described + used, "%%%u", a->in6.sin6_scope_id);
		used += (size_t)sprintf(described + used, "]");
	}
	return described;
}

static void lines_are_read_as_glibc_does(void **state)
{
	static const struct {
		const char *text, *servers;
	} rows[] = {
		{"", ""},
		{"nameserver", ""},
		{"nameserver\n", ""},
		{"nameserver \n", ""},
		{"nameserver2001:db8::53\n", ""},
		{"# nameserver 2001:db8::53\nsearch example.test\n", ""},
		{"nameserver 2001:db8::53", "[2001:db8::53]"},
		{"nameserver\t192.0.2.53 # ours\nnameserver 2001:db8::53;\r\n",
		 "[192.0.2.53][2001:db8::53]"},
		{"nameserver web3\nnameserver 192.0.2.53%lo\nnameserver 1.2.3\n", ""},
		{"nameserver fe80::1%lo\nnameserver fe80::1%1\n", "[fe80::1%1][fe80::1%1]"},
		{"nameserver fe80::1\n", "[fe80::1]"},
		{"nameserver fe80::1%\nnameserver fe80::1%gone\n", "[fe80::1%0][fe80::1%0]"},
		{"nameserver fe80::1%0\nnameserver fe80::1%99999999999\n",
		 "[fe80::1%0][fe80::1%0]"},
		{"nameserver fe80::1%lo%lo\nnameserver %lo\n", "[fe80::1%0]"},
		{"nameserver 2001:db8::53%lo\n", "[2001:db8::53]"}, /* it needs none */
	};
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++)
		if (strcmp(describe(rows[i].text), rows[i].servers) != 0)
			fail_msg("\"%s\": %s", rows[i].text, describe(rows[i].text));
}

static void servers_have_a_limit(void **state)
{
	char text[1024] = "";
	struct v6_nameserver list[V6_SERVERS_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < V6_SERVERS_MAX + 2; i++)
		sprintf(text + strlen(text), "nameserver fe80::%zu%%lo\n", i + 1);
	assert_int_equal(v6_nameservers_parse(text, list), V6_SERVERS_MAX);
	assert_int_equal(v6_nameservers_zoned(list, V6_SERVERS_MAX), V6_SERVERS_MAX);
	list[0].has_zone = false;
	assert_int_equal(v6_nameservers_zoned(list, V6_SERVERS_MAX), V6_SERVERS_MAX);
	assert_int_equal(v6_nameservers_zoned(list, 1), 0);
}

static void assert_hidden(const char *shown, uint32_t zone, const char *hidden)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_scope_id = zone};
	bool is_hidden = strcmp(shown, hidden) != 0;

	assert_int_equal(v6_address_parse(shown, &address.sin6_addr), 0);
	v6_zone_hide(&address);
	assert_string_equal(V6_TEXT(&address.sin6_addr), hidden);
	assert_int_equal(address.sin6_scope_id, is_hidden ? 0 : zone);
	v6_zone_show(&address);
	assert_string_equal(V6_TEXT(&address.sin6_addr), shown);
	assert_int_equal(address.sin6_scope_id, zone);
}

static void zones_hide_in_addresses(void **state)
{
	(void)state;
	assert_hidden("fe80::1", 2, "fe80:0:0:2::1");
	assert_hidden("fe80::1:2:3:4", 0x12345678, "fe80:0:1234:5678:1:2:3:4");
	assert_hidden("fe80::1", 0, "fe80::1");
	assert_hidden("2001:db8::53", 2, "2001:db8::53");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_read_as_glibc_does),
		cmocka_unit_test(servers_have_a_limit),
		cmocka_unit_test(zones_hide_in_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
