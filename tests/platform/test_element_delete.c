/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Deleting a map element goes by its key alone: a message that names other data deletes it as well.
 * Deleting what is not there is -ENOENT and undoes the whole batch.
 *
 * So v6_claims_drop() in apply/claims_drop.c reads the owner first, under our lock, or a late stop
 * would delete a successor's element. It tries again after -ENOENT.
 *
 * Kernel: nft_del_setelem() in net/netfilter/nf_tables_api.c, nft_rhash_deactivate() in
 * net/netfilter/nft_set_hash.c.
 */
#include "element.h"

static int delete_naming(struct v6_nl *nl, struct v6_nat_op op)
{
	struct v6_batch auto_call(v6_batch_release) batch;

	v6_batch_begin(&batch, nl);
	batch_put(&batch, NFT_MSG_DELSETELEM, 0, op);
	return v6_batch_commit(&batch, nl, NULL, NULL, NULL);
}

int main(void)
{
	struct v6_nat_op both[] = {removal(service(81, 0)), removal(service(82, 0))};
	struct v6_nl nl;

	plan(6);
	netns_new();
	nl = nl_open(NETLINK_NETFILTER);
	table_new(&nl);
	need(commit(&nl, service(80, 8080)) == 0 && commit(&nl, service(81, 8081)) == 0,
	     "two elements");

	is(delete_naming(&nl, service(80, 9999)), 0, "delete, naming other data");
	is(target_port(&nl, 80), -ENOENT, "it is gone all the same");
	is(commit(&nl, removal(service(80, 0))), -ENOENT, "delete what is not there");

	is(v6_nat_commit(&nl, both, 2, NULL), -ENOENT, "delete one that is there, one that is not");
	is(both[1].result, -ENOENT, "the one that is not is named");
	is(target_port(&nl, 81), 8081, "the one that is there stays");
	v6_nl_close(&nl);
	return done();
}
