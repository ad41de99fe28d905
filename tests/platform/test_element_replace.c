/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Deleting and adding one key in one batch replaces the element, its data and its comment, though
 * the addition is exclusive; the deletion does the same after an addition in that batch.
 *
 * v6_claims_take() in apply/claims_take.c takes over a dead container's port this way: clients see
 * no gap.
 *
 * Kernel: elements are active per generation, nft_set_elem_active() in
 * include/net/netfilter/nf_tables.h.
 */
#include "element.h"

int main(void)
{
	struct v6_nat_op next = service(80, 9090), again[3];
	struct v6_nat_op ops[] = {removal(service(80, 0)), next};
	struct v6_holder holder = {.owner = ""};
	struct v6_nl nl;

	plan(6);
	netns_new();
	nl = nl_open(NETLINK_NETFILTER);
	table_new(&nl);
	need(commit(&nl, service(80, 8080)) == 0, "an element");

	ops[1].owner = "c7d1e8f20a35";
	is(v6_nat_commit(&nl, ops, 2, NULL), 0, "delete and add in one batch");
	is(v6_nat_holder(&nl, V6_NAT_SERVICES, &next.claim, &holder), 0, "there is one");
	is(holder.target.port, 9090, "it has the new data");
	ok(strcmp(holder.owner, "c7d1e8f20a35") == 0, "and the new comment");

	again[0] = service(81, 8081);
	again[1] = removal(again[0]);
	again[2] = service(81, 9091);
	is(v6_nat_commit(&nl, again, 3, NULL), 0, "add, delete and add in one batch");
	is(target_port(&nl, 81), 9091, "the last one counts");
	v6_nl_close(&nl);
	return done();
}
