/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 *	router ---- eth0 [ host ]
 *
 * Turning all.forwarding from 0 to 1 removes the default routes learnt from routers at once, but
 * for links with accept_ra=2, which stay able to learn. force_forwarding touches none.
 *
 * v6_forwarding_on() in kernel/forwarding.c raises accept_ra from 1 to 2 on links with such a
 *route, which it finds by its protocol (RTPROT_RA), before it turns all.forwarding on.
 *
 * Kernel: addrconf_fixup_forwarding() in net/ipv6/addrconf.c, rt6_purge_dflt_routers() in
 * net/ipv6/route.c; force_forwarding 6.17.
 */
#include <linux/rtnetlink.h>
#include <netinet/icmp6.h>

#include "kernel/route.h"
#include "kernel/sysctl.h"
#include "netns.h"

static int host, router;
static struct v6_nl nl;

/* advertise() - a router advertisement to all nodes, RFC 4861 section 4.2 */
static void advertise(void)
{
	struct sockaddr_in6 all_nodes = {.sin6_family = AF_INET6};
	struct nd_router_advert message = {
		.nd_ra_type = ND_ROUTER_ADVERT,
		.nd_ra_router_lifetime = htons(1800),
	};
	int hops = 255;
	auto_fd int fd = -1;

	netns_enter(router);
	all_nodes.sin6_addr = address("ff02::1");
	all_nodes.sin6_scope_id = if_nametoindex("eth0");
	fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);
	need(fd >= 0 &&
		     setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof(hops)) == 0 &&
		     sendto(fd, &message, sizeof(message), 0, (struct sockaddr *)&all_nodes,
			    sizeof(all_nodes)) == sizeof(message),
	     "router advertisement");
	netns_enter(host);
}

static int note(const struct v6_route *route, void *data)
{
	*(bool *)data |= route->to.length == 0;
	return 0;
}

static bool has_default(void)
{
	bool has = false;

	need(v6_route_each(&nl, RTPROT_RA, false, note, &has) == 0, "dump");
	return has;
}

static bool learns(void)
{
	return until((advertise(), has_default()));
}

static void set(const char *link, const char *name, int value)
{
	errno = -v6_sysctl_set(link, name, value);
	need(errno == 0, name);
}

static void test_force_forwarding(void)
{
	int value;

	if (v6_sysctl_get("eth0", "force_forwarding", &value) == -ENOENT) {
		skip("force_forwarding: it stays", "kernel before 6.17");
		return;
	}
	set("eth0", "force_forwarding", 1);
	ok(has_default(), "force_forwarding: it stays");
	set("eth0", "force_forwarding", 0);
}

int main(void)
{
	plan(7);
	router = netns_new();
	host = netns_new();
	veth_new(host, "eth0", router, "eth0");
	netns_enter(router);
	set("all", "forwarding", 1);
	address_new("eth0", "fe80::1", 64);
	netns_enter(host);
	nl = nl_open(NETLINK_ROUTE);
	set("eth0", "accept_ra", 1);
	set("all", "forwarding", 0);

	ok(!has_default(), "no default route yet");
	ok(learns(), "an advertisement makes one, of RTPROT_RA");
	test_force_forwarding();
	set("all", "forwarding", 1);
	ok(!has_default(), "accept_ra=1, all.forwarding=1: it is gone");

	set("all", "forwarding", 0);
	need(learns(), "a route learnt again");
	set("eth0", "accept_ra", 2);
	set("all", "forwarding", 1);
	ok(has_default(), "accept_ra=2, all.forwarding=1: it stays");
	run("ip -6 route del default");
	ok(!has_default(), "removed");
	ok(learns(), "and learnt again");
	v6_nl_close(&nl);
	return done();
}
