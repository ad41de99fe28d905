/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 *	host A (eth0) ---- a [ client: bridge br0 ] b ---- (eth0) host B
 *
 * One unsolicited neighbour advertisement with override to all nodes makes a neighbour send to the
 * new place at once, whatever it knew. The kernel sends none itself for an address that is added
 * without duplicate detection.
 *
 * v6_neigh_advertise() in kernel/neigh.c: a service that moved from another host would be dark for
 * half a minute.
 *
 * Kernel: ndisc_recv_na() in net/ipv6/ndisc.c, RFC 4861 section 7.2.5; addrconf_dad_begin() in
 * net/ipv6/addrconf.c.
 */
#include <linux/rtnetlink.h>

#include "kernel/ifaddr.h"
#include "kernel/link.h"
#include "kernel/neigh.h"
#include "netns.h"

#define SERVICE "2001:db8::203"

/* struct known - what the client knows of the service's place */
struct known {
	uint8_t mac[6];
	uint16_t state;
};

static int keep(const struct nlmsghdr *message, void *data)
{
	const struct ndmsg *info = mnl_nlmsg_get_payload(message);
	struct known *known = data;
	const struct nlattr *attr;

	known->state = info->ndm_state;
	mnl_attr_for_each (attr, message, sizeof(*info))
		if (mnl_attr_get_type(attr) == NDA_LLADDR)
			memcpy(known->mac, mnl_attr_get_payload(attr), sizeof(known->mac));
	return MNL_CB_OK;
}

static struct known look_up(struct v6_nl *nl, int bridge)
{
	struct known known = {{0}, 0};
	struct in6_addr service = address(SERVICE);
	union v6_nl_message message;
	struct nlmsghdr *request = mnl_nlmsg_put_header(message.bytes);
	struct ndmsg *info = mnl_nlmsg_put_extra_header(request, sizeof(*info));

	request->nlmsg_type = RTM_GETNEIGH;
	info->ndm_family = AF_INET6;
	info->ndm_ifindex = bridge;
	mnl_attr_put(request, NDA_DST, sizeof(service), &service);
	v6_nl_talk(nl, request, keep, &known);
	return known;
}

static bool knows(struct v6_nl *nl, int bridge, const struct v6_link *host)
{
	return memcmp(look_up(nl, bridge).mac, host->mac, sizeof(((struct known *)0)->mac)) == 0;
}

/* host_new() - a host of the client's link */
static int host_new(int client, const char *port, struct v6_link *ret_link)
{
	int host = netns_new();
	struct v6_nl nl = nl_open(NETLINK_ROUTE);

	veth_new(client, port, host, "eth0");
	run("ip link set dev %s master br0", port);
	need(v6_link_get(&nl, 0, "eth0", ret_link) == 0, "link");
	v6_nl_close(&nl);
	return host;
}

static void bring(int host, const struct v6_link *link)
{
	struct v6_ifaddr ifaddr = {{address(SERVICE), 128}, .link = link->index};
	struct v6_nl nl;

	netns_enter(host);
	nl = nl_open(NETLINK_ROUTE);
	need(v6_ifaddr_add(&nl, &ifaddr) == 0, "address");
	v6_nl_close(&nl);
}

static void test_moves(struct v6_nl *nl, int bridge, const struct v6_link *a,
		       const struct v6_link *b)
{
	struct in6_addr service = address(SERVICE);

	ok(knows(nl, bridge, a), "the address is added on B: the client still knows A");
	is(v6_neigh_advertise(-1, b, &service), 0, "B advertises");
	ok(until(knows(nl, bridge, b)), "the client knows B");
}

int main(void)
{
	struct v6_link a, b, bridge;
	int client, host_a, host_b;
	struct v6_nl nl;

	plan(5);
	client = netns_new();
	run("ip link add name br0 type bridge forward_delay 0 mcast_snooping 0");
	run("ip link set dev br0 up && ip -6 addr add 2001:db8::10/64 dev br0 nodad");
	nl = nl_open(NETLINK_ROUTE);
	need(v6_link_get(&nl, 0, "br0", &bridge) == 0, "link");
	host_a = host_new(client, "a", &a);
	host_b = host_new(client, "b", &b);

	bring(host_a, &a);
	run("ip -6 route add 2001:db8::/64 dev eth0");
	netns_enter(client);
	run("ping -q -c 1 -w 5 " SERVICE " >/dev/null");
	ok(knows(&nl, bridge.index, &a), "the client knows A");
	ok(look_up(&nl, bridge.index).state & (NUD_REACHABLE | NUD_DELAY), "and has no doubt");
	bring(host_b, &b);
	test_moves(&nl, bridge.index, &a, &b);
	v6_nl_close(&nl);
	return done();
}
