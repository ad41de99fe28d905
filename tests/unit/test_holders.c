/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The index of holders: who is the last one, and what is pruned. */
#include "base/address.h"
#include "store/holders.h"
#include "scratch.h"

static struct v6_resource service(const char *text)
{
	struct in6_addr address;

	assert_int_equal(v6_address_parse(text, &address), 0);
	return v6_resource_address(&address);
}

static struct v6_resource subnet(const char *text, uint8_t length)
{
	struct v6_prefix prefix = {.length = length};

	assert_int_equal(v6_address_parse(text, &prefix.address), 0);
	return v6_resource_subnet(&prefix);
}

static void add(const struct v6_resource *resource, const char *id)
{
	assert_int_equal(v6_holder_add(&host, resource, id), 0);
}

static void last_holder_is_told(void **state)
{
	static const struct {
		char verb; /* '+' add, '-' drop, '?' any, 'o' others */
		const char *service, *id;
		int expected;
	} rows[] = {
		{'?', "2001:db8::1", "", 0},
		{'o', "2001:db8::1", "one", 0},
		{'-', "2001:db8::1", "one", 1}, /* nobody held it, nor anything */
		{'+', "2001:db8::1", "one", 0},
		{'?', "2001:db8::1", "", 1},
		{'?', "2001:db8::2", "", 0},
		{'-', "2001:db8::2", "one", 1}, /* nobody held this one */
		{'?', "2001:db8::1", "", 1},
		{'+', "2001:db8::1", "one", 0}, /* twice is once */
		{'o', "2001:db8::1", "one", 0},
		{'o', "2001:db8::1", "on", 1},
		{'-', "2001:db8::1", "one", 1},
		{'?', "2001:db8::1", "", 0},

		{'+', "2001:db8::1", "one", 0},
		{'+', "2001:db8::1", "two", 0},
		{'+', "2001:db8::2", "two", 0},
		{'o', "2001:db8::1", "one", 1},
		{'o', "2001:db8::2", "two", 0},
		{'-', "2001:db8::1", "three", 0}, /* not a holder, but others are */
		{'-', "2001:db8::1", "one", 0},
		{'-', "2001:db8::1", "one", 0}, /* "two" still does */
		{'?', "2001:db8::1", "", 1},
		{'-', "2001:db8::1", "two", 1},
		{'?', "2001:db8::1", "", 0},
		{'?', "2001:db8::2", "", 1},
		{'-', "2001:db8::2", "two", 1},
	};
	struct v6_resource resource;
	size_t i;
	int ret;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		resource = service(rows[i].service);
		if (rows[i].verb == '+')
			ret = v6_holder_add(&host, &resource, rows[i].id);
		else if (rows[i].verb == '-')
			ret = v6_holder_drop(&host, &resource, rows[i].id);
		else if (rows[i].verb == 'o')
			ret = v6_holder_others(&host, &resource, rows[i].id);
		else
			ret = v6_holder_any(&host, &resource);
		if (ret != rows[i].expected)
			fail_msg("row %zu: %d, expected %d", i, ret, rows[i].expected);
	}
}

static void a_fifo_does_not_block(void **state)
{
	struct v6_resource resource = service("2001:db8::1");
	char path[256];

	(void)state;
	add(&resource, "one");
	snprintf(path, sizeof(path), "holders-%llu/%s/fifo", (unsigned long long)host.netns,
		 resource.name);
	assert_int_equal(mkfifoat(host.dir, path, 0600), 0);
	must_not_block(5);
	assert_int_equal(v6_holder_add(&host, &resource, "fifo"), 0);
	must_not_block(0);
}

static void resources_have_names_of_their_own(void **state)
{
	struct v6_resource rows[] = {
		service("fd42::"),
		service("fd42::64"),
		service("fd42::1:0"),
		subnet("fd42::", 64),
		subnet("fd42::", 6),
		subnet("fd42::", 128),
		subnet("fd42::1", 28),
		subnet("fd42:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 128),
		subnet("fd42:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 12),
		v6_resource_inbound(&(struct v6_prefix){{.s6_addr = {0xfd, 0x42}}, 64}),
		v6_resource_answer(&(struct in6_addr){.s6_addr = {0xfd, 0x42}}),
		v6_resource_outbound(42),
	};
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		assert_int_equal(v6_holder_any(&host, &rows[i]), 0);
		add(&rows[i], "web");
	}
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++)
		assert_int_equal(v6_holder_drop(&host, &rows[i], "web"), 1);
}

static void longest_names_are_told_apart(void **state)
{
	struct v6_resource r = subnet("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", 128);
	char one[V6_ID_MAX + 1], two[V6_ID_MAX + 1];

	(void)state;
	fill(one, sizeof(one), 'x');
	fill(two, sizeof(two), 'x');
	two[V6_ID_MAX - 1] = 'y';
	add(&r, one);
	add(&r, two);
	assert_int_equal(v6_holder_drop(&host, &r, one), 0);
	assert_int_equal(v6_holder_drop(&host, &r, two), 1);
}

/* So that no claim is given up because of an error that looks like "nobody". */
static void errors_are_not_nobody(void **state)
{
	struct v6_resource r = service("2001:db8::1");

	(void)state;
	write_text("holders-4026531840", "");
	assert_int_equal(v6_holder_add(&host, &r, "web"), -ENOTDIR);
	assert_int_equal(v6_holder_drop(&host, &r, "web"), -ENOTDIR);
	assert_int_equal(v6_holder_any(&host, &r), -ENOTDIR);
	assert_int_equal(v6_holder_others(&host, &r, "web"), -ENOTDIR);
}

static void links_are_not_followed(void **state)
{
	struct v6_resource r = service("2001:db8::1");

	(void)state;
	add(&r, "web");
	assert_int_equal(
		symlinkat("../../elsewhere", host.dir, "holders-4026531840/2001:db8::1/db"), 0);
	assert_int_equal(v6_holder_add(&host, &r, "db"), 0);
	assert_false(exists("elsewhere"));
}

static void prune_keeps_those_with_a_record(void **state)
{
	struct v6_resource a = service("2001:db8::1"), b = service("2001:db8::2"),
			   c = subnet("fd42::", 64);
	struct v6_error err;

	(void)state;
	add(&a, "living");
	add(&a, "gone");
	add(&b, "gone");
	add(&b, "liv"); /* no more than the beginning of a record's name */
	add(&c, "living");
	make_dir("records");
	write_text("records/living.json", "");
	write_text("records/gone", "");
	write_text("records/.gone.json", "");

	assert_int_equal(v6_holders_prune(&host, &err), 0);
	assert_int_equal(v6_holder_any(&host, &a), 1);
	assert_int_equal(v6_holder_any(&host, &b), 0);
	assert_int_equal(v6_holder_any(&host, &c), 1);
	assert_false(exists("holders-4026531840/2001:db8::1/gone"));

	assert_int_equal(v6_holders_prune(&host, &err), 0);
	assert_int_equal(v6_holder_drop(&host, &a, "living"), 1);
	assert_int_equal(v6_holder_drop(&host, &c, "living"), 1);
}

static void prune_of_everything(void **state)
{
	struct v6_resource r;
	char text[64], id[64];
	int i;

	(void)state;
	assert_int_equal(v6_holders_prune(&host, NULL), 0); /* no holders yet */
	for (i = 0; i < 200; i++) {
		snprintf(text, sizeof(text), "2001:db8::%x", i / 4);
		snprintf(id, sizeof(id), "container-%d", i);
		r = service(text);
		add(&r, id);
	}
	r = service("2001:db8::ffff"); /* as a writer killed between two calls leaves it */
	make_dir("holders-4026531840/2001:db8::ffff");

	assert_int_equal(v6_holders_prune(&host, NULL), 0);
	assert_int_equal(v6_holder_any(&host, &r), 0);
	assert_int_equal(unlinkat(host.dir, "holders-4026531840", AT_REMOVEDIR), 0); /* empty */
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(last_holder_is_told),
		TEST(resources_have_names_of_their_own),
		TEST(a_fifo_does_not_block),
		TEST(longest_names_are_told_apart),
		TEST(errors_are_not_nobody),
		TEST(links_are_not_followed),
		TEST(prune_keeps_those_with_a_record),
		TEST(prune_of_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
