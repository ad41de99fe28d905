/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Deleting a table and making one of the same name in one batch replaces it, chains on their hooks
 * included. After somebody's "flush ruleset" every message about an element is -ENOENT.
 *
 * v6_nat_create() in table/table.c mends whatever is left of the table so; v6_claims_take() in
 * apply/claims_take.c takes -ENOENT for the sign that it has to.
 *
 * Kernel: nf_tables_deltable() in net/netfilter/nf_tables_api.c.
 */
#include "element.h"

int main(void)
{
	struct v6_nat_op ops[] = {service(80, 1), service(81, 1)};
	struct v6_nl nl;

	plan(8);
	netns_new();
	nl = nl_open(NETLINK_NETFILTER);
	table_new(&nl);
	need(commit(&nl, service(80, 1)) == 0, "an element");
	is(v6_table_state(&nl, NULL), V6_TABLE_WHOLE, "the table is whole");

	run("nft flush chain ip6 oci-v6 prerouting");
	is(v6_table_state(&nl, NULL), V6_TABLE_ALTERED, "a chain was flushed: it is not");
	table_new(&nl);
	is(v6_table_state(&nl, NULL), V6_TABLE_WHOLE, "replaced: it is again");
	is(target_port(&nl, 80), -ENOENT, "replaced: its elements are gone");

	run("nft flush ruleset");
	is(v6_table_state(&nl, NULL), V6_TABLE_MISSING, "the ruleset was flushed: no table");
	is(v6_nat_commit(&nl, ops, V6_ARRAY_SIZE(ops), NULL), -ENOENT, "no table: add elements");
	ok(ops[0].result == -ENOENT && ops[1].result == -ENOENT, "no table: so says each message");
	table_new(&nl);
	is(v6_nat_commit(&nl, ops, V6_ARRAY_SIZE(ops), NULL), 0, "made again: add elements");
	v6_nl_close(&nl);
	return done();
}
