/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asking for an address without naming a link finds it on whatever link it is. One address on two
 * links is accepted. IFA_PROTO is stored, and comes with each answer and dump.
 *
 * v6_place_service() in plan/place_service.c looks first whether the host has the address, and by
 * the mark whether we brought it; fe80::7636 of apply/provide.c is on every bridge.
 *
 * Kernel: inet6_rtm_getaddr(), inet6_addr_add() in net/ipv6/addrconf.c; IFA_PROTO 5.18.
 */
#include "base/address.h"
#include "base/cleanup.h"
#include "kernel/ifaddr.h"
#include "kernel/link.h"
#include "netns.h"

/* struct dumped - how many there are of one address, and with our mark at all */
struct dumped {
	struct in6_addr address;
	int n, ours;
};

static int visit(const struct v6_ifaddr *ifaddr, void *data)
{
	struct dumped *dumped = data;

	dumped->n += v6_address_equal(&ifaddr->prefix.address, &dumped->address);
	dumped->ours += ifaddr->ours;
	return 0;
}

static int link_of(struct v6_nl *nl, const struct in6_addr *address)
{
	struct v6_ifaddr ifaddr;
	int ret = v6_ifaddr_get(nl, address, &ifaddr);

	return ret < 0 ? ret : ifaddr.link;
}

int main(void)
{
	struct in6_addr service = address("2001:db8::203"), other = address("2001:db8::1");
	struct dumped all = {.address = service}, theirs = {.address = other};
	struct v6_ifaddr ifaddr = {.prefix = {service, 128}}, found;
	struct v6_link a, b;
	int here;
	struct v6_nl nl;

	plan(9);
	here = netns_new();
	veth_new(here, "eth0", here, "eth1");
	address_new("eth1", "2001:db8::1", 64);
	nl = nl_open(NETLINK_ROUTE);
	need(v6_link_get(&nl, 0, "eth0", &a) == 0 && v6_link_get(&nl, 0, "eth1", &b) == 0, "links");

	is(link_of(&nl, &service), -EADDRNOTAVAIL, "an address that is nowhere");
	ifaddr.link = b.index;
	is(v6_ifaddr_add(&nl, &ifaddr), 0, "add it to the second link");
	is(link_of(&nl, &service), b.index, "it is found there");
	ifaddr.link = a.index;
	is(v6_ifaddr_add(&nl, &ifaddr), 0, "add it to the first link, too");
	need(v6_ifaddr_each(&nl, 0, visit, &all) == 0, "dump");
	is(all.n, 2, "it is on both");
	ifaddr.link = b.index;
	is(v6_ifaddr_remove(&nl, &ifaddr), 0, "remove it from the second link");
	is(link_of(&nl, &service), a.index, "it is found on the first");

	need(v6_ifaddr_get(&nl, &service, &found) == 0, "look-up");
	need(v6_ifaddr_each(&nl, b.index, visit, &theirs) == 0, "dump");
	ok(theirs.n == 1 && theirs.ours == 0, "no mark on somebody else's, and on the kernel's");
	ok_since(5, 18, found.ours && all.ours == 2, "ours does, in an answer and in a dump");
	v6_nl_close(&nl);
	return done();
}
