/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An address that its link has already is -EEXIST, whoever brought it and whatever the length of
 * its prefix; removing one that is not there, or by another length, is -EADDRNOTAVAIL; by a link
 * that is not there, -ENODEV. Where IPv6 is off on a link, adding is -EACCES, and works at once
 * after disable_ipv6 is written 0.
 *
 * apply/updown.c adds and removes service addresses; apply/provide.c, those inside containers.
 *
 * Kernel: inet6_addr_add(), inet6_addr_del(), ipv6_add_addr(), addrconf_disable_ipv6() in
 * net/ipv6/addrconf.c.
 */
#include <linux/if_addr.h>

#include "kernel/ifaddr.h"
#include "kernel/link.h"
#include "kernel/sysctl.h"
#include "netns.h"

static struct v6_ifaddr on(const struct v6_link *link, uint8_t length)
{
	return (struct v6_ifaddr){{address("2001:db8::203"), length}, .link = link->index};
}

static void test_add(struct v6_nl *nl, const struct v6_link *link)
{
	struct v6_ifaddr mine = on(link, 128), wide = on(link, 64);
	struct v6_ifaddr nowhere = {{address("2001:db8::203"), 128}, .link = 4711};

	is(v6_ifaddr_remove(nl, &mine), -EADDRNOTAVAIL, "remove what is not there");
	is(v6_ifaddr_add(nl, &mine), 0, "add");
	is(v6_ifaddr_add(nl, &mine), -EEXIST, "add again");
	is(v6_ifaddr_add(nl, &wide), -EEXIST, "add with another length");
	is(v6_ifaddr_remove(nl, &wide), -EADDRNOTAVAIL, "remove with another length");
	is(v6_ifaddr_remove(nl, &mine), 0, "remove");
	is(v6_ifaddr_add(nl, &nowhere), -ENODEV, "add to a link that is not there");
	is(v6_ifaddr_remove(nl, &nowhere), -ENODEV, "remove from a link that is not there");

	run("ip -6 addr add 2001:db8::203/64 dev %s nodad", link->name);
	is(v6_ifaddr_add(nl, &mine), -EEXIST, "add what somebody else brought");
}

static void test_disabled(struct v6_nl *nl, const struct v6_link *link)
{
	struct v6_ifaddr mine = on(link, 128), found = {.flags = IFA_F_TENTATIVE};

	need(v6_sysctl_set(link->name, "disable_ipv6", 1) == 0, "disable_ipv6");
	is(v6_ifaddr_add(nl, &mine), -EACCES, "add where IPv6 is off");
	need(v6_sysctl_set(link->name, "disable_ipv6", 0) == 0, "disable_ipv6");
	is(v6_ifaddr_add(nl, &mine), 0, "add where IPv6 was turned on");
	need(v6_ifaddr_get(nl, &mine.prefix.address, &found) == 0, "look-up");
	ok(!(found.flags & IFA_F_TENTATIVE), "it can be used at once");
}

int main(void)
{
	struct v6_link link;
	int here;
	struct v6_nl nl;

	plan(12);
	here = netns_new();
	veth_new(here, "eth0", here, "eth1");
	nl = nl_open(NETLINK_ROUTE);
	need(v6_link_get(&nl, 0, "eth0", &link) == 0, "link");
	test_add(&nl, &link);
	test_disabled(&nl, &link);
	v6_nl_close(&nl);
	return done();
}
