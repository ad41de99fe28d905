/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 *	host: eth0 ---- (eth0)
 *
 * What was learnt of a neighbour can be looked up by its address (RTM_GETNEIGH, 5.0) and removed;
 * what is permanent looks different, and would be removed, too.
 *
 * v6_neigh_forget() in kernel/neigh.c.
 *
 * Kernel: neigh_get() and neigh_delete() in net/core/neighbour.c.
 */
#include "kernel/link.h"
#include "kernel/neigh.h"
#include "netns.h"

int main(void)
{
	struct in6_addr learnt = address("fd42::1"), fixed = address("fd42::2");
	struct v6_link eth0;
	struct v6_nl nl;
	int host, other;

	plan(5);
	host = netns_new();
	other = netns_new();
	veth_new(host, "eth0", other, "eth0");
	netns_enter(host);
	nl = nl_open(NETLINK_ROUTE);
	need(v6_link_get(&nl, 0, "eth0", &eth0) == 0, "link");

	run("ip -6 neigh add fd42::1 dev eth0 lladdr 02:00:00:00:00:01 nud reachable");
	run("ip -6 neigh add fd42::2 dev eth0 lladdr 02:00:00:00:00:02 nud permanent");
	is(v6_neigh_forget(&nl, eth0.index, &learnt), 0, "what was learnt is forgotten");
	run("test -z \"$(ip -6 neigh show fd42::1)\"");
	is(v6_neigh_forget(&nl, eth0.index, &learnt), 0, "and again: it is not there");
	is(v6_neigh_forget(&nl, eth0.index, &fixed), 0, "what is permanent is no failure");
	run("ip -6 neigh show fd42::2 | grep -q PERMANENT");
	ok(true, "and stays");
	is(v6_neigh_forget(&nl, 4711, &learnt), -ENODEV, "no such link");
	v6_nl_close(&nl);
	return done();
}
