/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a config.json says of the container's network, whoever wrote it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "oci/bundle.h"

static char directory[] = "/tmp/test_bundle.XXXXXX";

/* put_config() - write the config.json of a state, and read it back */
static struct v6_bundle put_config(const char *text, size_t size)
{
	struct v6_state state = {.pid = 1};
	char path[sizeof(directory) + sizeof("/config.json")];
	FILE *file;

	snprintf(state.bundle, sizeof(state.bundle), "%s", directory);
	snprintf(path, sizeof(path), "%s/config.json", directory);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
	return v6_bundle_read(&state);
}

static struct v6_bundle text_bundle(const char *text)
{
	return (struct v6_bundle){(char *)text, strlen(text)};
}

static void a_file_is_read_whole_or_not_at_all(void **state)
{
	static const size_t sizes[] = {1, 32767, 32768, 32769, 300000, 4194303};
	static char text[4194305];
	struct v6_state none = {.pid = 1}, gone = {.bundle = "/nowhere"};
	struct v6_bundle bundle;
	size_t i;

	(void)state;
	memset(text, 'x', sizeof(text));
	for (i = 0; i < V6_ARRAY_SIZE(sizes); i++) {
		bundle = put_config(text, sizes[i]);
		assert_non_null(bundle.text);
		assert_int_equal(bundle.size, sizes[i]);
		v6_bundle_release(&bundle);
	}
	assert_null(put_config(text, sizeof(text)).text);
	assert_null(v6_bundle_read(&none).text);
	assert_null(v6_bundle_read(&gone).text);
}

#define NETNS(path) \
	"{\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"network\"" path "}]}}"

static void the_file_of_the_network(void **state)
{
	static const struct {
		const char *text, *path;
	} rows[] = {
		{NETNS(",\"path\":\"/run/netns/x\""), "/run/netns/x"},
		{NETNS(""), ""},
		{NETNS(",\"path\":7"), ""},
		{"{\"linux\":{\"namespaces\":[7,\"network\",[],{\"type\":\"network\"}]}}", ""},
		{"{\"linux\":{\"namespaces\":{\"type\":\"network\",\"path\":\"/x\"}}}", ""},
		{"{\"linux\":[]}", ""},
		{"[]", ""},
		{"{", ""},
		{"", ""},
	};
	char path[V6_NETNS_PATH_MAX + 1], text[V6_NETNS_PATH_MAX + 100];
	struct v6_bundle bundle;
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		bundle = text_bundle(rows[i].text);
		v6_bundle_netns(&bundle, path);
		assert_string_equal(path, rows[i].path);
	}
	snprintf(text, sizeof(text), NETNS(",\"path\":\"/%0*d\""), V6_NETNS_PATH_MAX, 0);
	bundle = text_bundle(text);
	v6_bundle_netns(&bundle, path);
	assert_string_equal(path, "");
	bundle = (struct v6_bundle){.text = NULL};
	v6_bundle_netns(&bundle, path);
	assert_string_equal(path, "");
}

#define SYSCTL(members) "{\"linux\":{\"sysctl\":{" members "}}}"

static void sysctls_that_turn_ipv6_off(void **state)
{
	static const struct {
		const char *text, *link, *key, *disabled;
	} rows[] = {
		{SYSCTL("\"net.ipv6.conf.all.disable_ipv6\":\"1\""), "eth0",
		 "net.ipv6.conf.all.disable_ipv6", "all"},
		{SYSCTL("\"net/ipv6/conf/all/disable_ipv6\":\"1\""), "eth0",
		 "net/ipv6/conf/all/disable_ipv6", "all"},
		{SYSCTL("\"a.b\":\"0\",\"net.ipv6.conf.eth0.disable_ipv6\":\" 2\""), "eth0",
		 "net.ipv6.conf.eth0.disable_ipv6", "eth0"},
		{SYSCTL("\"net.ipv6.conf.eth0/7.disable_ipv6\":\"1\""), "eth0.7",
		 "net.ipv6.conf.eth0/7.disable_ipv6", "eth0.7"},
		{SYSCTL("\"net/ipv6/conf/eth0.7/disable_ipv6\":\"1\""), "eth0.7",
		 "net/ipv6/conf/eth0.7/disable_ipv6", "eth0.7"},
		{SYSCTL("\"net.ipv6.conf.eth1.disable_ipv6\":\"1\""), "eth0", NULL, NULL},
		{SYSCTL("\"net.ipv6.conf.default.disable_ipv6\":\"1\""), "eth0", NULL, NULL},
		{SYSCTL("\"net.ipv6.conf.all.disable_ipv6\":\"0\""), "eth0", NULL, NULL},
		{SYSCTL("\"net.ipv6.conf.all.disable_ipv6\":1"), "eth0", NULL, NULL},
		{SYSCTL("\"net.ipv6.conf..disable_ipv6\":\"1\""), "eth0", NULL, NULL},
		{SYSCTL("\"net.ipv6.conf.disable_ipv6\":\"1\""), "eth0", NULL, NULL},
		{SYSCTL("\"net.ipv6.conf.allalallallallall.disable_ipv6\":\"1\""), "all", NULL,
		 NULL},
		{"{\"process\":{\"args\":[\"net.ipv6.conf.all.disable_ipv6=1\"]}}", "eth0", NULL,
		 NULL},
		{SYSCTL(""), "disable_ipv6", NULL, NULL},
	};
	struct v6_sysctl_key key;
	char link[IF_NAMESIZE];
	struct v6_bundle bundle;
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		bundle = text_bundle(rows[i].text);
		assert_int_equal(v6_bundle_disables_ipv6(&bundle, rows[i].link, &key, link),
				 rows[i].key != NULL);
		if (!rows[i].key)
			continue;
		assert_string_equal(key.s, rows[i].key);
		assert_string_equal(link, rows[i].disabled);
	}
}

static int make_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	char path[sizeof(directory) + sizeof("/config.json")];

	(void)state;
	snprintf(path, sizeof(path), "%s/config.json", directory);
	unlink(path);
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_read_whole_or_not_at_all),
		cmocka_unit_test(the_file_of_the_network),
		cmocka_unit_test(sysctls_that_turn_ipv6_off),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
