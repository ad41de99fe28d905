/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RTM_GETROUTE with RTM_F_FIB_MATCH answers with the route as the table has it: its prefix, its
 * gateway, whether it is local. Asking for :: finds the default route, RTA_OIF keeps the search to
 * one link, and no route at all is -ENETUNREACH; a route that refuses answers with its own errno.
 *
 * v6_route_lookup() in kernel/route.c, by which plan/place_service.c finds the link of a service
 * address and plan/place_destination.c the way to the container.
 *
 * Kernel: inet6_rtm_getroute() in net/ipv6/route.c.
 */
#include "base/address.h"
#include "kernel/link.h"
#include "kernel/route.h"
#include "netns.h"

static struct v6_nl nl;

static struct v6_route lookup(const char *to, int link)
{
	struct in6_addr destination = address(to);
	struct v6_route route = {.link = -1};
	int ret = v6_route_lookup(&nl, &destination, link, &route);

	if (ret < 0)
		route.link = ret;
	return route;
}

static int index_of(const char *name)
{
	struct v6_link link;

	need(v6_link_get(&nl, 0, name, &link) == 0, name);
	return link.index;
}

static bool has_gateway(const struct v6_route *route, const char *gateway)
{
	struct in6_addr want = address(gateway);

	return v6_address_equal(&route->gateway, &want);
}

static void test_refusals(void)
{
	is(lookup("2001:db8:dead::1", 0).link, -ENETUNREACH, "unreachable");
	is(lookup("2001:db8:bad::1", 0).link, -ENETUNREACH, "prohibit");
	is(lookup("2001:db8:ffff::1", 0).link, -ENETUNREACH, "blackhole");
	run("ip -6 route del default dev eth0 && ip -6 route del default dev eth1");
	is(lookup("::", 0).link, -ENETUNREACH, "no default route");
	is(lookup("2001:db9::1", 0).link, -ENETUNREACH, "no route");
}

int main(void)
{
	struct v6_route route;
	int here, a, b;

	plan(15);
	here = netns_new();
	veth_new(here, "eth0", here, "eth2");
	veth_new(here, "eth1", here, "eth3");
	address_new("eth0", "2001:db8:0:1::1", 64);
	address_new("eth1", "2001:db8:0:2::1", 56);
	run("ip -6 route add default via 2001:db8:0:1::ffff dev eth0 metric 10");
	run("ip -6 route add default via fe80::1 dev eth1 metric 20");
	run("ip -6 route add unreachable 2001:db8:dead::/48");
	run("ip -6 route add prohibit 2001:db8:bad::/48");
	run("ip -6 route add blackhole 2001:db8:ffff::/48");
	nl = nl_open(NETLINK_ROUTE);
	a = index_of("eth0");
	b = index_of("eth1");

	route = lookup("2001:db8:0:2::77", 0);
	ok(route.link == b && has_gateway(&route, "::"), "a neighbour: its link");
	is(route.to.length, 56, "the prefix of the route");
	route = lookup("2001:db8:0:1::1", 0);
	ok(route.local && route.to.length == 128, "our own address: a local route");
	route = lookup("2001:db9::1", 0);
	ok(route.link == a && has_gateway(&route, "2001:db8:0:1::ffff"), "far away: the router");
	is(route.to.length, 0, "by the default route");

	route = lookup("::", 0);
	ok(route.link == a && route.to.length == 0, ":: is the default route");
	is(route.protocol, 3, "and who made it (RTPROT_BOOT)");
	route = lookup("::", b);
	ok(route.link == b && has_gateway(&route, "fe80::1"), ":: on the other link");
	route = lookup("2001:db8:0:1::77", b);
	ok(route.link == b && route.to.length == 56, "a longer prefix elsewhere is passed over");
	is(lookup("::", 1).link, -ENETUNREACH, ":: on a link without default route");
	test_refusals();
	v6_nl_close(&nl);
	return done();
}
