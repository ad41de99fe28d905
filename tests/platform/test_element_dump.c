/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A dump of a large map has every element, in datagrams of at most 32 KiB; asking for one key is
 * answered with that element or -ENOENT, which is also the answer where there is no table.
 *
 * v6_nat_each(), v6_nat_holder() and v6_nat_has() in table/nat.c; RECEIVE_SIZE in kernel/nl.c.
 *
 * Kernel: nf_tables_dump_set(), nf_tables_getsetelem() in net/netfilter/nf_tables_api.c;
 * netlink_dump() in net/netlink/af_netlink.c.
 */
#include "element.h"

#define MANY	  5000
#define DUMPS_MAX 100

struct seen {
	bool port[MANY + 1];
	int n, wrong;
};

static int visit(const struct v6_nat_op *element, void *data)
{
	struct seen *seen = data;
	uint16_t port = element->claim.port;

	if (port < 1 || port > MANY || element->target.port != port ||
	    strcmp(element->name, "web3") != 0 || strcmp(element->owner, "3f2a91c04b77") != 0) {
		seen->wrong++;
		return 0;
	}
	seen->n += !seen->port[port];
	seen->port[port] = true;
	return 0;
}

int main(void)
{
	static struct v6_nat_op ops[MANY];
	static struct seen seen;
	struct v6_nl nl;
	int tries, ret = 0;
	uint16_t port;

	plan(7);
	netns_new();
	nl = nl_open(NETLINK_NETFILTER);
	is(target_port(&nl, 80), -ENOENT, "one key, no table");
	is(v6_nat_each(&nl, V6_NAT_SERVICES, visit, &seen, NULL), 0, "all, no table");
	table_new(&nl);
	for (port = 1; port <= MANY; port++)
		ops[port - 1] = service(port, port);
	need(v6_nat_commit(&nl, ops, MANY, NULL) == 0, "elements");

	/* the hash table grows in the background, and a dump meanwhile misses and repeats elements
	 */
	for (tries = 0; tries < DUMPS_MAX && seen.n < MANY; tries++) {
		memset(&seen, 0, sizeof(seen));
		ret = v6_nat_each(&nl, V6_NAT_SERVICES, visit, &seen, NULL);
		usleep(tries ? 20000 : 0);
	}
	is(ret, 0, "all");
	is(seen.n, MANY, "every element comes");
	is(seen.wrong, 0, "as it was added");
	is(target_port(&nl, 4711), 4711, "one key that is there");
	is(target_port(&nl, MANY + 1), -ENOENT, "one key that is not");
	v6_nl_close(&nl);
	return done();
}
