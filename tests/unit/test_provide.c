/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses for containers without IPv6: nothing is stored, so all of them must come out again. */
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "base/address.h"
#include "plan/provided.h"
#include "store/machine.h"
#include "scratch.h"

#define IDS 2000

static bool own_etc;

static struct v6_prefix machine_prefix(void)
{
	struct v6_prefix prefix;

	memset(&prefix, 0x5a, sizeof(prefix));
	assert_int_equal(v6_machine_read(&host.machine, NULL), 0);
	v6_provided_prefix(&host, &prefix);
	return prefix;
}

static struct v6_destination choose(const char *id, int via)
{
	struct v6_destination d = {.via = via, .link = 7};
	struct v6_record record = {.netns = 4026532999};

	snprintf(record.id, sizeof(record.id), "%s", id);
	v6_provide_choose(&host, &record, 0, &d);
	return d;
}

/* put_machine_id() - in a /etc of our own; see make_etc() */
static void put_machine_id(const char *text)
{
	FILE *file = fopen("/etc/machine-id", "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static int make_etc(void **state)
{
	(void)state;
	if (unshare(CLONE_NEWNS) == 0 &&
	    mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount("none", "/etc", "tmpfs", 0, NULL) == 0)
		own_etc = true;
	return 0;
}

static void prefix_is_unique_local(void **state)
{
	struct v6_prefix first = machine_prefix(), second = machine_prefix(), masked;

	(void)state;
	assert_int_equal(first.length, 48);
	assert_int_equal(first.address.s6_addr[0], 0xfd);
	masked = v6_prefix_mask(first);
	assert_true(v6_address_equal(&masked.address, &first.address));
	assert_true(v6_address_equal(&second.address, &first.address));
	assert_true(v6_address_is_global(&first.address));
}

/* The golden ones are FNV-1a's published values: an update must find what its predecessor gave. */
static void prefix_is_the_machines(void **state)
{
	static const struct {
		const char *machine_id;
		const char *prefix;
	} rows[] = {
		{"", "fde4:8422:2325::"},
		{"a", "fd4c:8601:ec8c::"},
		{"foobar", "fd71:f739:67e8::"},
		{"0123456789abcdef0123456789abcdef\n", NULL},
		{"0123456789abcdef0123456789abcdee\n", NULL},
		{"1123456789abcdef0123456789abcdef\n", NULL},
	};
	struct v6_prefix prefixes[V6_ARRAY_SIZE(rows)], none;
	size_t i, j;

	(void)state;
	if (!own_etc)
		skip(); /* not root */
	none = machine_prefix();
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		put_machine_id(rows[i].machine_id);
		prefixes[i] = machine_prefix();
		assert_int_equal(prefixes[i].length, 48);
		if (rows[i].prefix)
			assert_string_equal(V6_TEXT(&prefixes[i].address), rows[i].prefix);
		for (j = 0; j < i; j++)
			assert_false(v6_address_equal(&prefixes[i].address, &prefixes[j].address));
	}
	assert_true(v6_address_equal(&none.address, &prefixes[0].address));
}

static void unreadable_machine_ids_are_none(void **state)
{
	char text[1000];
	struct v6_prefix prefix;

	(void)state;
	if (!own_etc)
		skip(); /* not root */
	fill(text, sizeof(text), '7');
	put_machine_id(text);
	prefix = machine_prefix();
	assert_string_equal(V6_TEXT(&prefix.address), "fde4:8422:2325::");
	assert_int_equal(unlink("/etc/machine-id"), 0);
	assert_int_equal(mkdir("/etc/machine-id", 0700), 0);
	prefix = machine_prefix();
	assert_string_equal(V6_TEXT(&prefix.address), "fde4:8422:2325::");
	assert_int_equal(rmdir("/etc/machine-id"), 0);
}

/* Or all that was given before would be somebody else's, for once. */
static void machine_id_that_cannot_be_read_now_is_an_error(void **state)
{
	struct rlimit was, none = {0, 0};
	struct v6_error err = {0};
	uint64_t machine = 7;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	none.rlim_max = was.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(v6_machine_read(&machine, &err), -EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	assert_string_equal(err.text, "/etc/machine-id: cannot read it: Too many open files");
	assert_int_equal(machine, 7);
}

static void subnet_is_the_bridges(void **state)
{
	static const struct {
		int via;
		uint8_t bytes[2];
	} rows[] = {
		{1, {0, 1}},	       {255, {0, 0xff}}, {256, {1, 0}}, {0x1234, {0x12, 0x34}},
		{65535, {0xff, 0xff}},
	};
	struct v6_prefix machine = machine_prefix(), subnet, masked;
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		memset(&subnet, 0x5a, sizeof(subnet));
		v6_provided_subnet(&host, rows[i].via, &subnet);
		assert_int_equal(subnet.length, 64);
		assert_true(v6_prefix_contains(&machine, &subnet.address));
		assert_memory_equal(&subnet.address.s6_addr[6], rows[i].bytes, 2);
		masked = v6_prefix_mask(subnet);
		assert_true(v6_address_equal(&masked.address, &subnet.address));
	}
}

static void address_is_the_containers(void **state)
{
	struct v6_destination d = choose("foobar", 0x1234);
	struct v6_prefix subnet;

	(void)state;
	v6_provided_subnet(&host, 0x1234, &subnet);
	assert_true(d.provided);
	assert_int_equal(d.via, 0x1234);
	assert_int_equal(d.link, 7);
	assert_int_equal(d.subnet.length, 64);
	assert_true(v6_address_equal(&d.subnet.address, &subnet.address));
	assert_true(v6_prefix_contains(&subnet, &d.address));
	assert_memory_equal(&d.address.s6_addr[8], "\x85\x94\x41\x71\xf7\x39\x67\xe8", 8);
}

static void one_container_has_one_address(void **state)
{
	struct v6_destination a = choose("3f2a91c04b77", 4), b = choose("3f2a91c04b77", 4),
			      other = choose("3f2a91c04b77", 5);

	(void)state;
	assert_true(v6_address_equal(&a.address, &b.address));
	assert_false(v6_address_equal(&a.address, &other.address));
	assert_memory_equal(&a.address.s6_addr[8], &other.address.s6_addr[8], 8);
}

static void one_network_has_one_address_for_each_interface(void **state)
{
	struct v6_record one = {.id = "one", .netns = 4026532999}, two = {.id = "two"};
	struct v6_destination a = {.link = 7, .via = 4}, b = a, other = {.link = 8, .via = 4};

	(void)state;
	two.netns = one.netns;
	v6_provide_choose(&host, &one, 77, &a);
	v6_provide_choose(&host, &two, 77, &b);
	v6_provide_choose(&host, &two, 77, &other);
	assert_true(v6_address_equal(&a.address, &b.address));
	assert_false(v6_address_equal(&a.address, &other.address));
	/* another one that got its number */
	v6_provide_choose(&host, &one, 78, &b);
	assert_false(v6_address_equal(&a.address, &b.address));
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct in6_addr));
}

static void containers_differ(void **state)
{
	static struct in6_addr addresses[2 * IDS + V6_ID_MAX];
	struct v6_prefix subnet;
	char id[V6_ID_MAX + 1];
	size_t i, n = 0;

	(void)state;
	v6_provided_subnet(&host, 4, &subnet);
	for (i = 0; i < IDS; i++) {
		snprintf(id, sizeof(id), "web-%zu", i); /* they differ at the end */
		addresses[n++] = choose(id, 4).address;
		snprintf(id, sizeof(id), "%08zx%056d", i, 0); /* and in front */
		addresses[n++] = choose(id, 4).address;
	}
	for (i = 0; i < V6_ID_MAX; i++) { /* and in their lengths */
		fill(id, i + 2, 'x');
		addresses[n++] = choose(id, 4).address;
	}
	qsort(addresses, n, sizeof(addresses[0]), compare);
	for (i = 0; i < n; i++) {
		assert_true(v6_prefix_contains(&subnet, &addresses[i]));
		assert_false(i > 0 && v6_address_equal(&addresses[i], &addresses[i - 1]));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(prefix_is_unique_local),
		cmocka_unit_test(subnet_is_the_bridges),
		cmocka_unit_test(address_is_the_containers),
		cmocka_unit_test(one_container_has_one_address),
		cmocka_unit_test(one_network_has_one_address_for_each_interface),
		cmocka_unit_test(containers_differ),
		cmocka_unit_test(prefix_is_the_machines),
		cmocka_unit_test(unreadable_machine_ids_are_none),
		cmocka_unit_test(machine_id_that_cannot_be_read_now_is_an_error),
	};

	return cmocka_run_group_tests(tests, make_etc, NULL);
}
