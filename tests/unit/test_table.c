/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our table as a whole: made, missed, altered, and made again with what it is to hold. */
#include <libnftnl/common.h>
#include <libnftnl/rule.h>

#include "nat.h"

#define RULES 84

static void table_is_made_and_made_again(void **state)
{
	struct v6_prefix provided = {address("fd00::"), 48};
	struct v6_nat_op ops[] = {claim(80), guard("2001:db8::203"), hairpin("fd42::", 64)};

	(void)state;
	if (!nl.socket)
		skip();
	assert_int_equal(v6_nat_usable(&nl, NULL), 0);
	assert_int_equal(v6_table_state(&nl, NULL), V6_TABLE_MISSING);
	assert_int_equal(v6_nat_create(&nl, &provided, NULL, NULL, NULL, NULL), 0);
	assert_int_equal(v6_table_state(&nl, NULL), V6_TABLE_WHOLE);
	commit(ops, V6_ARRAY_SIZE(ops));

	assert_int_equal(v6_nat_create(&nl, &provided, NULL, NULL, NULL, NULL), 0);
	assert_int_equal(v6_table_state(&nl, NULL), V6_TABLE_WHOLE);
	assert_int_equal(v6_nat_usable(&nl, NULL), 0);
	expect_elements(V6_NAT_SERVICES, 0);
	expect_elements(V6_NAT_ADDRESSES, 0);
	expect_elements(V6_NAT_HAIRPIN, 0);
}

struct rules {
	struct nftnl_rule *rules[2 * RULES];
	size_t n;
};

static int keep_rule(const struct nlmsghdr *message, void *data)
{
	struct rules *rules = data;
	struct nftnl_rule *rule = nftnl_rule_alloc();

	assert_non_null(rule);
	assert_true(rules->n < V6_ARRAY_SIZE(rules->rules));
	assert_int_equal(nftnl_rule_nlmsg_parse(message, rule), 0);
	rules->rules[rules->n++] = rule;
	return MNL_CB_OK;
}

/* delete_rule() - the @i-th of the table */
static void delete_rule(size_t i)
{
	union v6_nl_message message = {{0}};
	struct rules rules = {.n = 0};
	struct v6_batch batch;
	struct nlmsghdr *request;

	request =
		nftnl_nlmsg_build_hdr(message.bytes, NFT_MSG_GETRULE, NFPROTO_IPV6, NLM_F_DUMP, 0);
	assert_int_equal(v6_nl_talk(&nl, request, keep_rule, &rules), 0);
	assert_int_equal(rules.n, RULES);

	v6_batch_begin(&batch, &nl);
	request = v6_batch_next(&batch, NFT_MSG_DELRULE, 0);
	nftnl_rule_nlmsg_build_payload(request, rules.rules[i]);
	v6_batch_add(&batch, request);
	assert_int_equal(v6_batch_commit(&batch, &nl, NULL, NULL, NULL), 0);
	v6_batch_release(&batch);
	while (rules.n > 0)
		nftnl_rule_free(rules.rules[--rules.n]);
}

static void each_rule_is_missed(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < RULES; i++) {
		make_table();
		delete_rule(i);
		if (v6_table_state(&nl, NULL) != V6_TABLE_ALTERED)
			fail_msg("the table is whole without rule %zu", i);
	}
	make_table();
	assert_int_equal(v6_table_state(&nl, NULL), V6_TABLE_WHOLE);
}

/* Twelve rules elsewhere do not make our table whole. */
static void rules_of_others_do_not_count(void **state)
{
	(void)state;
	make_table();
	need_nft();
	delete_rule(0);
	assert_true(run_nft("add table ip6 oci-v6x; add chain ip6 oci-v6x c;"
			    "add rule ip6 oci-v6x c accept; add table ip oci-v6;"
			    "add chain ip oci-v6 c; add rule ip oci-v6 c accept"));
	assert_int_equal(v6_table_state(&nl, NULL), V6_TABLE_ALTERED);
	make_table();
	assert_int_equal(v6_table_state(&nl, NULL), V6_TABLE_WHOLE);
	assert_true(run_nft("delete table ip6 oci-v6x; delete table ip oci-v6"));
}

/* struct stream - elements that a new table is to hold, and which of them were refused */
struct stream {
	struct v6_nat_op ops[4];
	size_t n;
	int ret;
	unsigned int refused[4];
	size_t n_refused;
};

static int append_stream(struct v6_batch *batch, void *data, struct v6_error *err)
{
	struct stream *stream = data;
	size_t i;

	for (i = 0; i < stream->n; i++)
		v6_element_put(batch, &stream->ops[i]);
	return stream->ret < 0 ? v6_fail(err, stream->ret, "no more") : 0;
}

static void note_refused(unsigned int index, int code, void *data)
{
	struct stream *stream = data;

	assert_int_equal(code, -EEXIST);
	stream->refused[stream->n_refused++] = index;
}

static void a_new_table_takes_a_stream(void **state)
{
	struct stream stream = {
		.ops = {guard("2001:db8::203"), claim(80), claim(81), claim(80)},
		.n = 4,
	};
	struct v6_prefix provided = {address("fd00::"), 48};
	struct v6_error err;

	(void)state;
	make_table();
	commit(&stream.ops[2], 1);
	stream.ops[3].owner = "another";
	assert_int_equal(v6_nat_create(&nl, &provided, append_stream, note_refused, &stream, &err),
			 -EEXIST);
	assert_int_equal(stream.n_refused, 1);
	assert_int_equal(stream.refused[0], 3);
	expect_elements(V6_NAT_SERVICES, 1);

	stream.n = 3;
	stream.ret = -ECANCELED;
	assert_int_equal(v6_nat_create(&nl, &provided, append_stream, note_refused, &stream, &err),
			 -ECANCELED);
	assert_string_equal(err.text, "no more");
	expect_elements(V6_NAT_SERVICES, 1);
	stream.ret = 0;
	assert_int_equal(v6_nat_create(&nl, &provided, append_stream, note_refused, &stream, &err),
			 0);
	expect_elements(V6_NAT_SERVICES, 2);
	expect_elements(V6_NAT_ADDRESSES, 1);
	assert_int_equal(v6_table_state(&nl, NULL), V6_TABLE_WHOLE);
}

/* By hand, with as many rules as before and even the same text; what stands behind ours is not. */
static void a_changed_rule_is_seen(void **state)
{
	static const struct {
		const char *command;
		int state;
	} rows[] = {
		{"nft add rule ip6 oci-v6 input accept", V6_TABLE_WHOLE},
		{"nft insert rule ip6 oci-v6 input accept", V6_TABLE_ALTERED},
		{"nft 'add chain ip6 oci-v6 c; add rule ip6 oci-v6 c accept'", V6_TABLE_WHOLE},
		{"nft replace rule ip6 oci-v6 guard handle $(nft -a list chain ip6 oci-v6 guard |"
		 "sed -n 's/.*ipv6-icmp.*handle //p') meta l4proto ipv6-icmp accept",
		 V6_TABLE_ALTERED},
		{"nft delete rule ip6 oci-v6 guard handle $(nft -a list chain ip6 oci-v6 guard |"
		 "sed -n 's/.*reject # handle //p'); nft add rule ip6 oci-v6 guard reject",
		 V6_TABLE_ALTERED},
		{"nft list table ip6 oci-v6 >/tmp/test_table.$PPID; nft delete table ip6 oci-v6;"
		 "nft -f /tmp/test_table.$PPID; rm /tmp/test_table.$PPID",
		 V6_TABLE_ALTERED},
	};
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		make_table();
		need_nft();
		assert_int_equal(system(rows[i].command), 0);
		if (v6_table_state(&nl, NULL) != rows[i].state)
			fail_msg("not %d after: %s", rows[i].state, rows[i].command);
	}
	make_table();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_is_made_and_made_again),
		cmocka_unit_test(each_rule_is_missed),
		cmocka_unit_test(rules_of_others_do_not_count),
		cmocka_unit_test(a_new_table_takes_a_stream),
		cmocka_unit_test(a_changed_rule_is_seen),
	};

	return cmocka_run_group_tests(tests, make_namespace, leave_namespace);
}
