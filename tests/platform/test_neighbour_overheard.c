/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 *	client (eth0) ---- (eth0) host: 2001:db8::203
 *
 * A socket that hears what neighbours tell without having been asked hears no answer, which a
 * plain one does, and both hear an advertisement.
 *
 * v6_neigh_overhear() in kernel/neigh.c: v6d knows of duplicates by it, and sleeps while the kernel
 * talks with its neighbours.
 *
 * Kernel: rawv6_rcv_skb() in net/ipv6/raw.c, which filters what begins with the ICMPv6 header.
 */
#include <poll.h>

#include "kernel/link.h"
#include "kernel/neigh.h"
#include "netns.h"

#define SERVICE "2001:db8::203"

/* struct ears - a plain socket, one that only overhears, and how often each heard of the service */
struct ears {
	int plain, overhearing;
	int asked, unasked;
};

static void count(const struct v6_neighbour *neighbour, void *data)
{
	struct in6_addr service = address(SERVICE);

	*(int *)data += v6_address_equal(&neighbour->address, &service);
}

/* listen_on() - read what has come by now, as who hears nothing may only be late */
static bool listen_on(struct ears *ears)
{
	return v6_neigh_each(ears->plain, count, &ears->asked) == 0 &&
	       v6_neigh_each(ears->overhearing, count, &ears->unasked) == 0;
}

static struct v6_link link_here(void)
{
	struct v6_nl nl = nl_open(NETLINK_ROUTE);
	struct v6_link link;

	need(v6_link_get(&nl, 0, "eth0", &link) == 0, "link");
	v6_nl_close(&nl);
	return link;
}

int main(void)
{
	struct in6_addr service = address(SERVICE);
	struct ears ears = {.plain = -1};
	struct v6_link eth0;
	int client, host;

	plan(5);
	client = netns_new();
	host = netns_new();
	veth_new(client, "eth0", host, "eth0");
	netns_enter(host);
	address_new("eth0", SERVICE, 128);
	netns_enter(client);
	eth0 = link_here();
	is(v6_neigh_listen(&ears.plain), 0, "a plain socket");
	is(v6_neigh_overhear(&ears.overhearing), 0, "and one that overhears");
	need(until(v6_neigh_ask(ears.plain, &eth0, &service) == 0), "solicitation");
	ok(until(listen_on(&ears) && ears.asked > 0), "an answer is heard");

	netns_enter(host);
	eth0 = link_here();
	is(v6_neigh_advertise(-1, &eth0, &service), 0, "an advertisement");
	ears.asked = 0;
	until(listen_on(&ears) && ears.asked > 0 && ears.unasked > 0);
	is(ears.unasked, 1, "is overheard, and nothing was before");
	close(ears.plain);
	close(ears.overhearing);
	return done();
}
