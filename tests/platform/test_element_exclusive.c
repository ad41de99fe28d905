/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Adding a map element with NLM_F_EXCL is -EEXIST whenever its key is there, with the same data
 * too; without, only where the data differs, and where an interval lies inside another. All refused
 * messages of a batch are reported, each with its own sequence number, and nothing of the batch is
 * done.
 *
 * That is the conflict check, and the lock, of v6_claims_take() in apply/claims_take.c. It adds its
 * guards without NLM_F_EXCL, as they may be there. v6_batch_commit() in kernel/nl.c finds the
 * operation by the number.
 *
 * Kernel: nft_add_set_elem() in net/netfilter/nf_tables_api.c, nfnl_err_add() in
 * net/netfilter/nfnetlink.c, nft_pipapo_insert() in net/netfilter/nft_set_pipapo.c.
 */
#include "element.h"

#define PAIRS 4

static void test_batch(struct v6_nl *nl)
{
	struct v6_nat_op ops[2 * PAIRS];
	uint16_t i;
	int there = 0, new = 0;

	for (i = 0; i < 2 * PAIRS; i++)
		ops[i] = service(100 + i, 1);
	for (i = 0; i < 2 * PAIRS; i += 2)
		need(commit(nl, ops[i]) == 0, "an element");

	is(v6_nat_commit(nl, ops, V6_ARRAY_SIZE(ops), NULL), -EEXIST, "every other key is there");
	for (i = 0; i < 2 * PAIRS; i += 2) {
		there += ops[i].result == -EEXIST;
		new += ops[i + 1].result == 0;
	}
	is(there, PAIRS, "each refused message is reported");
	is(new, PAIRS, "and no other");
	is(target_port(nl, 101), -ENOENT, "nothing else of the batch is done");
}

int main(void)
{
	struct v6_nat_op guard = {.set = V6_NAT_ADDRESSES, .claim.address = address("2001:db8::2")};
	struct v6_nat_op pair = {.set = V6_NAT_HAIRPIN, .prefix = {address("fd42::"), 64}};
	struct v6_nl nl;

	plan(12);
	netns_new();
	nl = nl_open(NETLINK_NETFILTER);
	table_new(&nl);

	is(commit(&nl, service(80, 8080)), 0, "exclusive: a new key");
	is(commit(&nl, service(80, 8080)), -EEXIST, "exclusive: the same key and data");
	is(commit(&nl, service(80, 8081)), -EEXIST, "exclusive: the same key, other data");
	is(commit(&nl, shared(service(80, 8080))), 0, "shared: the same key and data");
	is(commit(&nl, shared(service(80, 8081))), -EEXIST, "shared: the same key, other data");
	test_batch(&nl);

	need(commit(&nl, guard) == 0 && commit(&nl, pair) == 0, "members of sets");
	is(commit(&nl, guard), 0, "shared: the same address");
	is(commit(&nl, pair), 0, "shared: the same interval");
	pair.prefix.length = 80;
	is(commit(&nl, pair), -EEXIST, "shared: an interval inside another");
	v6_nl_close(&nl);
	return done();
}
