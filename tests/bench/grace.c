/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grace ADDRESS: add an element to our table, remove it, and end
 *
 * The end closes a netlink socket, and after any removal that waits for an RCU grace period of the
 * kernel (nft_rcv_nl_event() in linux/net/netfilter/nf_tables_api.c). So this is the least that a
 * program takes which removes something. The table has to be there: bind something before.
 */
#include <linux/netlink.h>
#include <stdio.h>

#include "base/address.h"
#include "table/nat.h"

int main(int argc, char *argv[])
{
	struct v6_nat_op op = {.set = V6_NAT_ADDRESSES};
	struct v6_nl nl = {.socket = NULL};
	struct v6_error err;
	int ret;

	if (argc != 2 || v6_address_parse(argv[1], &op.claim.address) < 0) {
		fputs("usage: grace ADDRESS\n", stderr);
		return 2;
	}
	ret = v6_nl_open(NETLINK_NETFILTER, &nl, &err);
	if (ret == 0)
		ret = v6_nat_commit(&nl, &op, 1, &err);
	op.remove = true;
	if (ret == 0)
		ret = v6_nat_commit(&nl, &op, 1, &err);
	if (ret < 0)
		fprintf(stderr, "grace: %s\n", err.text);
	v6_nl_close(&nl);
	return ret < 0;
}
