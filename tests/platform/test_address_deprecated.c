/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An address that is added with preferred lifetime 0 is deprecated at once and never the source of
 * the host's own packets while there is another, though it be nearer to the destination. With
 * IFA_F_NODAD it is not tentative; packets to it are taken in as soon as a worker of the kernel has
 * made its local route, a few milliseconds at most. With IFA_F_NOPREFIXROUTE that is the only one.
 *
 * v6_ifaddr_add() in kernel/ifaddr.c adds service addresses so; v6_place_destination() in
 * plan/place_destination.c goes by the flag.
 *
 * Kernel: ipv6_get_saddr_eval(), inet6_addr_add() in net/ipv6/addrconf.c.
 */
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "base/address.h"
#include "kernel/ifaddr.h"
#include "kernel/link.h"
#include "netns.h"

/* fewer of its bits differ from the destination than of the host's own address */
#define NEAR "2001:db8:0:1::11"

/* is_source() - whether @expected is what a packet to 2001:db8:0:1::10 would come from */
static bool is_source(const char *expected)
{
	struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = htons(53)}, from;
	socklen_t size = sizeof(from);
	struct in6_addr want = address(expected);
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool same;

	to.sin6_addr = address("2001:db8:0:1::10");
	need(fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 &&
		     getsockname(fd, (struct sockaddr *)&from, &size) == 0,
	     "source address");
	close(fd);
	same = v6_address_equal(&from.sin6_addr, &want);
	if (!same)
		printf("# %s\n", V6_TEXT(&from.sin6_addr));
	return same;
}

static int count(const struct v6_route *route, void *data)
{
	*(int *)data += route->to.length == 128;
	return 0;
}

/* main_routes() - how many routes to one address the kernel made in the main table */
static int main_routes(struct v6_nl *nl)
{
	int n = 0;

	need(v6_route_each(nl, RTPROT_KERNEL, false, count, &n) == 0, "dump");
	return n;
}

int main(void)
{
	struct v6_ifaddr ifaddr = {{address(NEAR), 128}, .link = 0};
	struct v6_ifaddr found = {.link = 0};
	int here, there;
	struct v6_link link;
	struct v6_nl nl;

	plan(7);
	there = netns_new();
	here = netns_new();
	veth_new(here, "eth0", there, "peer");
	netns_enter(here);
	address_new("eth0", "2001:db8::1", 32);
	nl = nl_open(NETLINK_ROUTE);
	need(v6_link_get(&nl, 0, "eth0", &link) == 0, "link");
	ifaddr.link = link.index;
	ok(is_source("2001:db8::1"), "the host's own address is the source");

	need(v6_ifaddr_add(&nl, &ifaddr) == 0, "address");
	need(v6_ifaddr_get(&nl, &ifaddr.prefix.address, &found) == 0, "look-up");
	ok(!(found.flags & IFA_F_TENTATIVE), "an address without detection is not tentative");
	ok(found.flags & IFA_F_DEPRECATED && !found.preferred, "it is deprecated at once");
	ok(is_source("2001:db8::1"), "so it is not the source");
	ok(until(address_answers(&nl, NEAR)), "packets to it are taken in");
	is(main_routes(&nl), 0, "it has no route in the main table");

	need(v6_ifaddr_remove(&nl, &ifaddr) == 0, "address");
	ifaddr.preferred = true;
	need(v6_ifaddr_add(&nl, &ifaddr) == 0, "address");
	ok(is_source(NEAR), "while a preferred one would be");
	v6_nl_close(&nl);
	return done();
}
