/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Removing a route with a protocol spares the same route of another protocol (-ESRCH). Adding one
 * that is there already is -EEXIST, whoever made it. A dump tells each route's protocol.
 *
 * v6_provide_down() in apply/provide.c and v6_orphans_remove() in apply/orphans.c remove by our
 * mark, which v6_route_add() in kernel/route.c sets.
 *
 * Kernel: ip6_route_del(), fib6_add_rt2node() in net/ipv6.
 */
#include "kernel/ifaddr.h"
#include "kernel/link.h"
#include "kernel/route.h"
#include "netns.h"

static int count(const struct v6_route *route, void *data)
{
	*(int *)data += route->to.length == 128;
	return 0;
}

static int n_routes(struct v6_nl *nl, uint8_t protocol)
{
	int n = 0, ret = v6_route_each(nl, protocol, false, count, &n);

	return ret < 0 ? ret : n;
}

int main(void)
{
	struct v6_route theirs = {.to = {address("fd42::11"), 128}};
	struct v6_route ours = {.to = {address("fd42::12"), 128}};
	struct v6_link link;
	int here;
	struct v6_nl nl;

	plan(9);
	here = netns_new();
	veth_new(here, "eth0", here, "eth1");
	run("ip -6 route add fd42::11/128 dev eth0 proto static");
	nl = nl_open(NETLINK_ROUTE);
	need(v6_link_get(&nl, 0, "eth0", &link) == 0, "link");
	theirs.link = ours.link = link.index;

	is(v6_route_add(&nl, &theirs), -EEXIST, "add a route that somebody else made");
	is(v6_route_remove(&nl, &theirs), -ESRCH, "remove it: spared");
	is(n_routes(&nl, 4), 1, "it is still there (RTPROT_STATIC)");
	is(v6_route_add(&nl, &ours), 0, "add a route");
	is(v6_route_add(&nl, &ours), -EEXIST, "add it again");
	is(n_routes(&nl, V6_PROTOCOL_MARK), 1, "a dump shows our mark");
	is(v6_route_remove(&nl, &ours), 0, "remove it");
	is(v6_route_remove(&nl, &ours), -ESRCH, "remove it again");
	is(n_routes(&nl, V6_PROTOCOL_MARK), 0, "it is gone");
	v6_nl_close(&nl);
	return done();
}
