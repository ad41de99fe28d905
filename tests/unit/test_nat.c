/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Elements of our table: changed whole or not at all, and read back as they were written. */
#include "nat.h"

#define MANY	  1500
#define DUMPS_MAX 100

static void results_are_of_their_operations(void **state)
{
	struct v6_nat_op first = claim(80);
	struct v6_nat_op ops[] = {
		claim(443),
		claim(80),
		removal(claim(81)),
		guard("2001:db8::203"),
		removal(guard("2001:db8::204")),
	};
	static const int results[] = {0, -EEXIST, -ENOENT, 0, -ENOENT};
	struct v6_error err;
	size_t i;

	(void)state;
	make_table();
	commit(&first, 1);
	for (i = 0; i < V6_ARRAY_SIZE(ops); i++)
		ops[i].result = 42;
	assert_int_equal(v6_nat_commit(&nl, ops, V6_ARRAY_SIZE(ops), &err), -EEXIST);
	assert_int_equal(err.code, -EEXIST);
	assert_string_equal(err.text, "cannot add 2001:db8::203 port 80/tcp: nf_tables: there "
				      "already");
	for (i = 0; i < V6_ARRAY_SIZE(ops); i++)
		assert_int_equal(ops[i].result, results[i]);
	expect_elements(V6_NAT_SERVICES, 1);
	expect_elements(V6_NAT_ADDRESSES, 0);

	ops[1] = removal(claim(80));
	ops[2] = claim(80); /* of what the transaction itself removed */
	commit(ops, 4);
	for (i = 0; i < 4; i++)
		assert_int_equal(ops[i].result, 0);
	expect_elements(V6_NAT_SERVICES, 2);
	assert_int_equal(v6_nat_commit(&nl, NULL, 0, NULL), 0);
}

static void failed_operations_are_named(void **state)
{
	const struct {
		struct v6_nat_op op;
		const char *text;
	} rows[] = {
		{removal(claim(81)), "cannot remove 2001:db8::203 port 81/tcp: nf_tables: not "
				     "there"},
		{removal(guard("2001:db8::204")), "cannot remove 2001:db8::204: nf_tables: not "
						  "there"},
		{removal(hairpin("fd42::", 64)), "cannot remove hairpin fd42::/64: nf_tables: not "
						 "there"},
	};
	struct v6_nat_op op;
	struct v6_error err;
	size_t i;

	(void)state;
	make_table();
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		op = rows[i].op;
		assert_int_equal(v6_nat_commit(&nl, &op, 1, &err), -ENOENT);
		assert_string_equal(err.text, rows[i].text);
	}
}

/* A dead container's range of ports, all of them there: more replies than a socket has room for. */
static void many_refusals_are_still_eexist(void **state)
{
	struct v6_nat_op other = claim(MANY + 1);
	static struct v6_nat_op ops[MANY];
	struct v6_holder holder;
	struct v6_error err;
	size_t i;

	(void)state;
	make_table();
	for (i = 0; i < MANY; i++)
		ops[i] = claim((uint16_t)(i + 1));
	commit(ops, MANY);
	assert_int_equal(v6_nat_commit(&nl, ops, MANY, &err), -EEXIST);
	assert_string_equal(err.text, "cannot add 2001:db8::203 port 1/tcp: nf_tables: there "
				      "already");
	assert_int_equal(ops[0].result, -EEXIST);
	/* nothing of it is taken for the answer to the next question */
	assert_int_equal(v6_nat_holder(&nl, V6_NAT_SERVICES, &ops[7].claim, &holder), 0);
	assert_int_equal(v6_nat_holder(&nl, V6_NAT_SERVICES, &other.claim, &holder), -ENOENT);
	commit(&other, 1);
}

struct seen {
	char name[V6_NAME_MAX + 1], owner[V6_ID_MAX + 1];
};

static int see(const struct v6_nat_op *element, void *data)
{
	struct seen *seen = data;

	snprintf(seen->name, sizeof(seen->name), "%s", element->name);
	snprintf(seen->owner, sizeof(seen->owner), "%s", element->owner);
	return 0;
}

static void names_go_where_a_comment_is_too_long(void **state)
{
	static const struct {
		size_t name, owner;
		bool kept;
	} rows[] = {
		{4, 12, true},
		{4, 64, true},
		{63, 64, true}, /* 128 with the blank */
		{64, 64, false},
		{V6_NAME_MAX, 1, false},
		{126, 1, true},
		{127, 1, false},
		{1, V6_ID_MAX - 1, true},
		{1, V6_ID_MAX, false},
		{0, V6_ID_MAX, true},
		{V6_NAME_MAX, V6_ID_MAX, false},
	};
	char name[V6_NAME_MAX + 1], owner[V6_ID_MAX + 1];
	struct v6_nat_op op = claim(80);
	struct v6_holder holder;
	struct seen seen;
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		make_table();
		memset(name, 'n', rows[i].name);
		name[rows[i].name] = '\0';
		memset(owner, 'o', rows[i].owner);
		owner[rows[i].owner] = '\0';
		op.name = name;
		op.owner = owner;
		commit(&op, 1);
		assert_int_equal(v6_nat_holder(&nl, V6_NAT_SERVICES, &op.claim, &holder), 0);
		assert_string_equal(holder.owner, owner);
		assert_int_equal(v6_nat_each(&nl, V6_NAT_SERVICES, see, &seen, NULL), 0);
		assert_string_equal(seen.owner, owner);
		assert_string_equal(seen.name, rows[i].kept ? name : "");
	}
}

static void comments_of_others_are_read(void **state)
{
	static const struct {
		const char *comment;
		const char *owner;
	} rows[] = {
		{"", ""},
		{"comment \"web\"", "web"},
		{"comment \"a web\"", "web"},
		{"comment \"my own web\"", "web"},
		{"comment \"web \"", ""},
	};
	struct v6_nat_op op = claim(80);
	struct v6_holder holder;
	char text[256];
	size_t i;

	(void)state;
	make_table();
	need_nft();
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		op.claim.port = (uint16_t)(80 + i);
		snprintf(text, sizeof(text),
			 "add element ip6 oci-v6 services { tcp . 2001:db8::203 . %zu %s : "
			 "fd42::11 . 8080 }",
			 80 + i, rows[i].comment);
		assert_true(run_nft(text));
		memset(&holder, 0x5a, sizeof(holder));
		assert_int_equal(v6_nat_holder(&nl, V6_NAT_SERVICES, &op.claim, &holder), 0);
		assert_string_equal(holder.owner, rows[i].owner);
		assert_int_equal(holder.target.port, 8080);
	}
}

struct check {
	const struct v6_nat_op *ops;
	size_t n;
	unsigned int times[MANY];
};

static int check_claim(const struct v6_nat_op *e, void *data)
{
	struct check *check = data;
	size_t i = e->claim.port - 1u;
	const struct v6_nat_op *op = &check->ops[i];

	assert_true(i < check->n);
	assert_int_equal(e->set, V6_NAT_SERVICES);
	assert_true(v6_address_equal(&e->claim.address, &op->claim.address));
	assert_int_equal(e->claim.protocol, op->claim.protocol);
	assert_true(v6_address_equal(&e->target.address, &op->target.address));
	assert_int_equal(e->target.port, op->target.port);
	assert_string_equal(e->name, op->name);
	assert_string_equal(e->owner, op->owner);
	assert_false(e->remove);
	check->times[i]++;
	return 0;
}

static bool each_came_once(struct check *check)
{
	size_t i;

	memset(check->times, 0, sizeof(check->times));
	assert_int_equal(v6_nat_each(&nl, V6_NAT_SERVICES, check_claim, check, NULL), 0);
	for (i = 0; i < check->n; i++)
		if (check->times[i] != 1)
			return false;
	return true;
}

static void each_sees_all_and_no_more(void **state)
{
	static const uint8_t protocols[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP};
	static struct v6_nat_op ops[MANY];
	static char owners[MANY][16];
	struct check check = {.ops = ops, .n = MANY};
	size_t i;

	(void)state;
	make_table();
	for (i = 0; i < MANY; i++) {
		ops[i] = claim((uint16_t)(i + 1));
		ops[i].claim.protocol = protocols[i % 3];
		ops[i].claim.address.s6_addr[8] = (uint8_t)(i / 7);
		ops[i].target.address.s6_addr[8] = (uint8_t)(i / 11);
		ops[i].target.port = (uint16_t)(65535 - i);
		snprintf(owners[i], sizeof(owners[i]), "owner-%zu", i);
		ops[i].owner = owners[i];
	}
	commit(ops, MANY);
	/* the kernel's hash table grows in the background, and a dump meanwhile misses and repeats
	 */
	for (i = 0; i < DUMPS_MAX && !each_came_once(&check); i++)
		usleep(20000);
	assert_true(i < DUMPS_MAX);
	expect_elements(V6_NAT_ADDRESSES, 0);
	expect_elements(V6_NAT_HAIRPIN, 0);
}

static int run_out(const struct v6_nat_op *element, void *data)
{
	(void)element;
	(*(size_t *)data)++;
	errno = ENOENT; /* of something else; no table, it would say */
	return -ENOMEM;
}

static void visit_ends_when_it_says_so(void **state)
{
	static struct v6_nat_op ops[MANY];
	struct v6_holder holder;
	struct v6_error err;
	size_t i, n = 0;

	(void)state;
	make_table();
	for (i = 0; i < MANY; i++)
		ops[i] = claim((uint16_t)(i + 1));
	commit(ops, MANY);
	assert_int_equal(v6_nat_each(&nl, V6_NAT_SERVICES, run_out, &n, &err), -ENOMEM);
	assert_int_equal(n, 1);
	assert_string_equal(err.text, "nf_tables: cannot list services: Cannot allocate memory");
	/* the rest of the dump is nobody's answer */
	assert_int_equal(v6_nat_holder(&nl, V6_NAT_SERVICES, &ops[7].claim, &holder), 0);
	expect_elements(V6_NAT_SERVICES, MANY);
}

static void holder_is_of_the_whole_key(void **state)
{
	struct v6_nat_op op = claim(80), other[3] = {claim(80), claim(80), claim(81)};
	struct v6_holder holder = {.owner = "before"};
	size_t i;

	(void)state;
	make_table();
	commit(&op, 1);
	other[0].claim.protocol = IPPROTO_UDP;
	other[1].claim.address = address("2001:db8::204");
	for (i = 0; i < V6_ARRAY_SIZE(other); i++) {
		assert_int_equal(v6_nat_holder(&nl, V6_NAT_SERVICES, &other[i].claim, &holder),
				 -ENOENT);
		assert_int_equal(v6_nat_has(&nl, &other[i]), 0);
	}
	assert_string_equal(holder.owner, "before");
	assert_int_equal(v6_nat_holder(&nl, V6_NAT_SERVICES, &op.claim, &holder), 0);
	assert_string_equal(holder.owner, "3f2a91c04b77");
	assert_true(v6_address_equal(&holder.target.address, &op.target.address));
	assert_int_equal(holder.target.port, 8080);
	op.target.port = 1; /* whatever it leads to */
	assert_int_equal(v6_nat_has(&nl, &op), 1);
}

static int keep_prefix(const struct v6_nat_op *element, void *data)
{
	struct v6_prefix *prefixes = data;
	uint8_t length = element->prefix.length;

	assert_int_equal(element->set, V6_NAT_HAIRPIN);
	assert_true(length <= 128);
	assert_int_equal(prefixes[length].length, 0); /* once */
	prefixes[length] = element->prefix;
	return 0;
}

/* 0/1, 10/2, 110/3 and so on: none lies in another, as the set takes no overlap. */
static void hairpin_has_any_length(void **state)
{
	static struct v6_nat_op ops[128];
	struct v6_prefix seen[129] = {{.length = 0}}, expected;
	size_t i, bit;

	(void)state;
	make_table();
	for (i = 0; i < V6_ARRAY_SIZE(ops); i++) {
		ops[i] = hairpin("::", (uint8_t)(i + 1));
		memset(&ops[i].prefix.address, 0xff, sizeof(struct in6_addr));
		ops[i].prefix.address.s6_addr[i / 8] &= (uint8_t) ~(0x80 >> i % 8);
		for (bit = i + 1; bit < 128; bit += 3) /* behind its length: means nothing */
			ops[i].prefix.address.s6_addr[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
	}
	commit(ops, V6_ARRAY_SIZE(ops));
	assert_int_equal(v6_nat_each(&nl, V6_NAT_HAIRPIN, keep_prefix, seen, NULL), 0);
	for (i = 0; i < V6_ARRAY_SIZE(ops); i++) {
		expected = v6_prefix_mask(ops[i].prefix);
		assert_int_equal(seen[i + 1].length, i + 1);
		assert_true(v6_address_equal(&seen[i + 1].address, &expected.address));
		assert_int_equal(v6_nat_has(&nl, &ops[i]), 1);
		ops[i].remove = true;
	}
	commit(ops, V6_ARRAY_SIZE(ops));
	expect_elements(V6_NAT_HAIRPIN, 0);
}

/* Read as a prefix each would be an orphan that cannot be removed. */
static void pairs_that_are_no_prefix_are_not_ours(void **state)
{
	static const char *const rows[] = {
		"fd42::1-fd42::5 . fd42::1-fd42::5", "fd42:1::/64 . fd42:2::/64",
		"fd42:1::/64 . fd42:1::/65",	     "fd42::4-fd42::8 . fd42::4-fd42::8",
		"fd42::5-fd42::7 . fd42::5-fd42::7",
	};
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		make_table();
		need_nft();
		snprintf(text, sizeof(text), "add element ip6 oci-v6 hairpin { %s }", rows[i]);
		assert_true(run_nft(text));
		if (count_elements(V6_NAT_HAIRPIN) != 0)
			fail_msg("%s was read", rows[i]);
	}
}

static int keep_element(const struct v6_nat_op *element, void *data)
{
	*(struct v6_nat_op *)data = *element;
	return 0;
}

static void expect_container(const struct v6_nat_op *expected)
{
	struct v6_nat_op seen = {.link = "none"};

	assert_int_equal(v6_nat_has(&nl, expected), 1);
	assert_int_equal(v6_nat_each(&nl, expected->set, keep_element, &seen, NULL), 0);
	assert_int_equal(seen.set, expected->set);
	assert_string_equal(seen.link, expected->link);
	assert_memory_equal(seen.mac, expected->mac, sizeof(seen.mac));
	assert_true(v6_address_equal(&seen.claim.address, &expected->claim.address));
}

static void senders_and_sources_come_back(void **state)
{
	struct v6_nat_op ops[] = {sender(), source()}, other[] = {sender(), sender(), source()};
	size_t i;

	(void)state;
	make_table();
	commit(ops, 2);
	commit(ops, 2); /* shared: twice is once */
	for (i = 0; i < 2; i++)
		expect_container(&ops[i]);
	snprintf(other[0].link, sizeof(other[0].link), "cni1");
	other[1].mac[5] = 2;
	other[2].claim.address = address("fd00::2");
	for (i = 0; i < V6_ARRAY_SIZE(other); i++)
		assert_int_equal(v6_nat_has(&nl, &other[i]), 0);
	for (i = 0; i < 2; i++)
		ops[i].remove = true;
	commit(ops, 2);
	expect_elements(V6_NAT_SENDERS, 0);
	expect_elements(V6_NAT_SOURCES, 0);
}

static int keep_mark(const struct v6_nat_op *element, void *data)
{
	struct v6_nat_op *seen = data;

	*seen = *element;
	return 0;
}

static void a_mark_of_answers_comes_back(void **state)
{
	struct v6_nat_op seen = {.mark = 0}, op = {
						     .set = V6_NAT_ANSWERS,
						     .claim.address = address("2001:db8::203"),
						     .mark = 0x10c8,
					     };
	struct v6_nat_op others[] = {op, removal(op), op};

	(void)state;
	make_table();
	commit(&op, 1);
	commit(&op, 1); /* shared: twice is once */
	assert_int_equal(v6_nat_has(&nl, &op), 1);
	assert_int_equal(v6_nat_each(&nl, V6_NAT_ANSWERS, keep_mark, &seen, NULL), 0);
	assert_int_equal(seen.mark, op.mark);
	assert_true(v6_address_equal(&seen.claim.address, &op.claim.address));
	others[0].mark = others[2].mark = 0x1001;
	assert_int_equal(v6_nat_commit(&nl, others, 1, NULL), -EEXIST);
	commit(&others[1], 2);
	assert_int_equal(v6_nat_each(&nl, V6_NAT_ANSWERS, keep_mark, &seen, NULL), 0);
	assert_int_equal(seen.mark, 0x1001);
	commit(&others[1], 1);
	expect_elements(V6_NAT_ANSWERS, 0);
}

static void of_a_sender_that_somebody_added_no_address_is_known(void **state)
{
	struct v6_nat_op seen = {.claim.address = address("::1")};

	(void)state;
	make_table();
	need_nft();
	assert_true(run_nft(
		"add element ip6 oci-v6 senders { cni0 . 02:00:00:00:00:01 comment \"x\" }"));
	assert_int_equal(v6_nat_each(&nl, V6_NAT_SENDERS, keep_element, &seen, NULL), 0);
	assert_string_equal(seen.link, "cni0");
	assert_true(IN6_IS_ADDR_UNSPECIFIED(&seen.claim.address));
}

static void prefixes_of_assigned_addresses_stay(void **state)
{
	struct v6_nat_op ops[] = {
		{.set = V6_NAT_PROVIDED, .prefix = {address("fd12:3456:789a::"), 48}},
		{.set = V6_NAT_PROVIDED, .prefix = {address("fd00::"), 48}}, /* the table's own */
	};
	struct v6_nat_op other = {.set = V6_NAT_PROVIDED, .prefix = {address("fd13::"), 48}};

	(void)state;
	make_table();
	commit(ops, 2);
	commit(ops, 2); /* shared: twice is once */
	assert_int_equal(v6_nat_has(&nl, &ops[0]), 1);
	assert_int_equal(v6_nat_has(&nl, &ops[1]), 1);
	assert_int_equal(v6_nat_has(&nl, &other), 0);
}

static void guards_come_back(void **state)
{
	struct v6_nat_op ops[] = {guard("2001:db8::203"), guard("fd42::1"), guard("ffff::")};
	struct v6_nat_op again = guard("fd42::1"), other = guard("fd42::2");
	size_t i;

	(void)state;
	make_table();
	commit(ops, V6_ARRAY_SIZE(ops));
	for (i = 0; i < V6_ARRAY_SIZE(ops); i++)
		assert_int_equal(v6_nat_has(&nl, &ops[i]), 1);
	assert_int_equal(v6_nat_has(&nl, &other), 0);
	expect_elements(V6_NAT_ADDRESSES, 3);
	commit(&again, 1); /* shared: twice is once */
	expect_elements(V6_NAT_ADDRESSES, 3);
	again.exclusive = true;
	assert_int_equal(v6_nat_commit(&nl, &again, 1, NULL), -EEXIST);
}

static void no_table_is_no_elements(void **state)
{
	struct v6_nat_op ops[] = {claim(80), guard("2001:db8::203"), hairpin("fd42::", 64)}, op;
	struct v6_holder holder;
	size_t i;

	(void)state;
	if (!nl.socket || unshare(CLONE_NEWNET) < 0)
		skip();
	v6_nl_close(&nl);
	assert_int_equal(v6_nl_open(NETLINK_NETFILTER, &nl, NULL), 0);

	for (i = 0; i < V6_ARRAY_SIZE(ops); i++) {
		op = ops[i];
		assert_int_equal(v6_nat_commit(&nl, &op, 1, NULL), -ENOENT);
		assert_int_equal(op.result, -ENOENT);
		op.remove = true;
		assert_int_equal(v6_nat_commit(&nl, &op, 1, NULL), -ENOENT);
		assert_int_equal(v6_nat_has(&nl, &ops[i]), 0);
		expect_elements(ops[i].set, 0);
	}
	assert_int_equal(v6_nat_holder(&nl, V6_NAT_SERVICES, &ops[0].claim, &holder), -ENOENT);
	assert_int_equal(v6_table_state(&nl, NULL), V6_TABLE_MISSING);
	assert_int_equal(v6_nat_usable(&nl, NULL), 0);
}

static void without_rights_nothing_is_changed(void **state)
{
	struct v6_prefix provided = {address("fd00::"), 48};
	struct v6_nat_op ops[] = {claim(80), claim(81)};
	struct v6_error err = {0}, err_usable = {0};
	int ret, usable, create;

	(void)state;
	make_table();
	assert_int_equal(seteuid(65534), 0); /* and with it goes CAP_NET_ADMIN */
	ret = v6_nat_commit(&nl, ops, V6_ARRAY_SIZE(ops), &err);
	usable = v6_nat_usable(&nl, &err_usable);
	create = v6_nat_create(&nl, &provided, NULL, NULL, NULL, NULL);
	assert_int_equal(seteuid(0), 0);

	assert_int_equal(ret, -EPERM);
	assert_non_null(strstr(err.text, "run as root with CAP_NET_ADMIN"));
	assert_int_equal(usable, -EPERM);
	assert_string_equal(err_usable.text, strstr(err.text, "nf_tables: "));
	assert_int_equal(create, -EPERM);
	expect_elements(V6_NAT_SERVICES, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(results_are_of_their_operations),
		cmocka_unit_test(failed_operations_are_named),
		cmocka_unit_test(many_refusals_are_still_eexist),
		cmocka_unit_test(names_go_where_a_comment_is_too_long),
		cmocka_unit_test(comments_of_others_are_read),
		cmocka_unit_test(each_sees_all_and_no_more),
		cmocka_unit_test(visit_ends_when_it_says_so),
		cmocka_unit_test(holder_is_of_the_whole_key),
		cmocka_unit_test(hairpin_has_any_length),
		cmocka_unit_test(senders_and_sources_come_back),
		cmocka_unit_test(a_mark_of_answers_comes_back),
		cmocka_unit_test(prefixes_of_assigned_addresses_stay),
		cmocka_unit_test(of_a_sender_that_somebody_added_no_address_is_known),
		cmocka_unit_test(pairs_that_are_no_prefix_are_not_ours),
		cmocka_unit_test(guards_come_back),
		cmocka_unit_test(without_rights_nothing_is_changed),
		cmocka_unit_test(no_table_is_no_elements),
	};

	return cmocka_run_group_tests(tests, make_namespace, leave_namespace);
}
