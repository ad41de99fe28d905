/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names to addresses, as far as nobody has to be asked; the rest is in tests/net/names.bats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <errno.h>
#include <dirent.h>

#include <cmocka.h>

#include <libv6/names.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "names/servers.h"

#define TIMEOUT_MS 1

static const struct {
	const char *name, *address;
} literals[] = {
	{"2001:db8::203", "2001:db8::203"},
	{"2001:DB8:0:0::203", "2001:db8::203"},
	{"::", "::"},
	{"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
};

static const struct {
	const char *name;
	int code;
	const char *text;
} bad[] = {
	{"", -EINVAL, "\"\": not a DNS name"},
	{".", -EINVAL, "not a DNS name"},
	{".web3", -EINVAL, "not a DNS name"},
	{"web3..example", -EINVAL, "not a DNS name"},
	{"web3..", -EINVAL, "not a DNS name"},
	{"web 3", -EINVAL, "\"web 3\": not a DNS name"},
	{"web3\n", -EINVAL, "\"web3?\": not a DNS name"},
	{"w\xc3\xa9"
	 "b",
	 -EINVAL, "the xn-- form"},
	{"*.example", -EINVAL, "not a DNS name"},
	{"web3,web2", -EINVAL, "not a DNS name"},
	{"[2001:db8::203]", -EINVAL, "\"[2001:db8::203]\": neither a name nor an IPv6 address"},
	{"2001:db8::203/64", -EINVAL, "without brackets, zone and prefix length"},
	{"fe80::1%eth0", -EINVAL, "neither a name nor an IPv6 address"},
	{"2001:db8::203::1", -EINVAL, "neither a name nor an IPv6 address"},
	{"web3:80", -EINVAL, "neither a name nor an IPv6 address"},
	{"192.0.2.9", -EAFNOSUPPORT, "192.0.2.9: is an IPv4 address"},
};

static size_t open_fds(void)
{
	auto_dir DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	return n;
}

static void test_literals(void **state)
{
	struct in6_addr addresses[V6_NAMES_ADDRESSES_MAX];
	struct v6_names_source source;
	size_t i, n, fds = open_fds();

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(literals); i++) {
		n = 0;
		assert_int_equal(v6_names_resolve(literals[i].name, TIMEOUT_MS, V6_NAMES_TRIES,
						  addresses, &n, &source, NULL),
				 0);
		assert_int_equal(source.origin, V6_NAMES_LITERAL);
		assert_string_equal(source.server, "");
		assert_int_equal(n, 1);
		assert_string_equal(V6_TEXT(&addresses[0]), literals[i].address);
	}
	assert_int_equal(open_fds(), fds);
}

static void test_bad_names(void **state)
{
	struct in6_addr addresses[V6_NAMES_ADDRESSES_MAX], before[V6_NAMES_ADDRESSES_MAX];
	struct v6_error err;
	struct v6_names_source source = {.origin = V6_NAMES_KNOWN};
	size_t i, n = 77;

	(void)state;
	memset(addresses, 0xa5, sizeof(addresses));
	memcpy(before, addresses, sizeof(before));
	for (i = 0; i < V6_ARRAY_SIZE(bad); i++) {
		memset(&err, 0, sizeof(err));
		assert_int_equal(v6_names_resolve(bad[i].name, TIMEOUT_MS, V6_NAMES_TRIES,
						  addresses, &n, &source, &err),
				 bad[i].code);
		assert_int_equal(err.code, bad[i].code);
		if (!strstr(err.text, bad[i].text))
			fail_msg("%s: %s", bad[i].name, err.text);
		assert_int_equal(v6_names_resolve(bad[i].name, TIMEOUT_MS, V6_NAMES_TRIES,
						  addresses, &n, NULL, NULL),
				 bad[i].code);
	}
	assert_int_equal(n, 77);
	assert_int_equal(source.origin, V6_NAMES_KNOWN);
	assert_memory_equal(addresses, before, sizeof(before));
}

static void test_long_names(void **state)
{
	struct in6_addr addresses[V6_NAMES_ADDRESSES_MAX];
	char name[1024];
	size_t n, i;

	(void)state;
	memset(name, 'a', sizeof(name));
	name[64] = '\0';
	assert_int_equal(
		v6_names_resolve(name, TIMEOUT_MS, V6_NAMES_TRIES, addresses, &n, NULL, NULL),
		-EINVAL);

	for (i = 0; i < sizeof(name); i++)
		name[i] = i % 2 ? '.' : 'a';
	name[V6_NAME_MAX + 2] = '\0';
	assert_int_equal(
		v6_names_resolve(name, TIMEOUT_MS, V6_NAMES_TRIES, addresses, &n, NULL, NULL),
		-EINVAL);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(
		v6_names_resolve(name, TIMEOUT_MS, V6_NAMES_TRIES, addresses, &n, NULL, NULL),
		-EINVAL);
}

/* Note a server 2001:db8::LAST on socket @fd */
static struct v6_server *add_server(struct v6_servers *servers, uint8_t last, int fd, bool stream)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(53)};

	assert_int_equal(v6_address_parse("2001:db8::", &address.sin6_addr), 0);
	address.sin6_addr.s6_addr[15] = last;
	return v6_server_connecting(servers, (struct sockaddr *)&address, sizeof(address), fd,
				    stream);
}

/* What @server answers over UDP: third and fourth byte of the header */
static void answer(struct v6_servers *servers, struct v6_server *server, uint8_t flags,
		   uint8_t rcode)
{
	uint8_t header[12] = {0, 0, flags, rcode};

	v6_server_answer(servers, server, header, sizeof(header));
}

static void test_source(void **state)
{
	struct v6_servers servers = {.n = 0};
	struct v6_server *server;
	char name[INET6_ADDRSTRLEN] = "";

	(void)state;
	assert_false(v6_servers_source(&servers, name));
	server = add_server(&servers, 1, 3, false);
	server->verdict = V6_SERVER_SILENT;
	assert_false(v6_servers_source(&servers, name));
	/* a server that knows no such name leaves /etc/hosts, which may come behind DNS */
	server = add_server(&servers, 2, 4, false);
	answer(&servers, server, 0x80, 0x83);
	assert_false(v6_servers_source(&servers, name));
	assert_string_equal(name, "");
	answer(&servers, server, 0x80, 0x80);
	assert_true(v6_servers_source(&servers, name));
	assert_string_equal(name, "2001:db8::2");
	/* the last one */
	answer(&servers, add_server(&servers, 3, 5, false), 0x80, 0x80);
	assert_true(v6_servers_source(&servers, name));
	assert_string_equal(name, "2001:db8::3");

	servers = (struct v6_servers){.n = 0};
	answer(&servers, add_server(&servers, 4, 6, true), 0x80, 0x80);
	assert_true(v6_servers_source(&servers, name));
	assert_string_equal(name, "2001:db8::4");
}

static void test_servers_describe(void **state)
{
	struct v6_servers servers = {.n = 0};

	(void)state;
	assert_string_equal(v6_servers_describe(&servers).s, "");
	add_server(&servers, 1, 3, false);
	assert_string_equal(v6_servers_describe(&servers).s, "");

	servers.list[0].verdict = V6_SERVER_SILENT;
	answer(&servers, add_server(&servers, 2, 4, false), 0x80, 0x85);
	answer(&servers, add_server(&servers, 3, 5, false), 0x80, 0x82);
	answer(&servers, add_server(&servers, 4, 6, false), 0x80, 0x80);
	errno = ECONNREFUSED;
	v6_server_error(add_server(&servers, 5, 7, true));
	errno = ENETUNREACH;
	v6_server_error(add_server(&servers, 6, 8, false));
	assert_string_equal(v6_servers_describe(&servers).s,
			    ": 2001:db8::1 does not answer, "
			    "2001:db8::2 refuses to answer (REFUSED), "
			    "2001:db8::3 answers with a failure (SERVFAIL), asked 2001:db8::4, "
			    "nothing listens on 2001:db8::5 over TCP, "
			    "2001:db8::6 cannot be reached");
	assert_int_equal(v6_servers_count(&servers, V6_SERVER_SILENT), 1);
}

static void test_servers_full(void **state)
{
	struct v6_servers servers = {.n = 0};
	uint8_t i;

	(void)state;
	for (i = 0; i < V6_SERVERS_MAX; i++)
		assert_non_null(add_server(&servers, i, i, true));
	assert_null(add_server(&servers, i, i, true));
	assert_ptr_equal(add_server(&servers, 2, 99, false), &servers.list[2]);
	assert_ptr_equal(v6_server_by_fd(&servers, 99), &servers.list[2]);
	assert_null(v6_server_by_fd(&servers, 2));

	/* Longer than the message has room for */
	for (i = 0; i < V6_SERVERS_MAX; i++) {
		memset(&servers.list[i].address.in6.sin6_addr, 0xff, 16);
		servers.list[i].verdict = V6_SERVER_FAILED;
		servers.list[i].rcode = 15;
	}
	assert_int_equal(strlen(v6_servers_describe(&servers).s),
			 sizeof(struct v6_servers_text) - 1);
}

static void test_servers_outdone(void **state)
{
	struct v6_servers servers = {.n = 0};
	struct v6_server *one = add_server(&servers, 1, 3, false);
	struct v6_server *two = add_server(&servers, 2, 4, false);

	(void)state;
	assert_false(v6_server_is_outdone(&servers, one));
	one->verdict = V6_SERVER_SILENT;
	assert_false(v6_server_is_outdone(&servers, one));
	/* Refused, failed and truncated answers are of no use */
	answer(&servers, two, 0x80, 5);
	answer(&servers, two, 0x80, 2);
	answer(&servers, two, 0x82, 0);
	assert_false(v6_server_is_outdone(&servers, one));
	answer(&servers, two, 0x80, 3);
	assert_true(v6_server_is_outdone(&servers, one));
	two->verdict = V6_SERVER_SILENT;
	assert_false(v6_server_is_outdone(&servers, two));
	/* A late answer after all */
	answer(&servers, one, 0x80, 0);
	assert_false(v6_server_is_outdone(&servers, one));
	assert_true(v6_server_is_outdone(&servers, two));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_literals),	 cmocka_unit_test(test_bad_names),
		cmocka_unit_test(test_source),		 cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_servers_describe), cmocka_unit_test(test_servers_full),
		cmocka_unit_test(test_servers_outdone),
	};

	return cmocka_run_group_tests_name("resolve", tests, NULL, NULL);
}
