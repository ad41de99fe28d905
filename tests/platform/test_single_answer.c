/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A question about one thing that asks for no acknowledgement is answered by one message: the
 * thing, or an error. Nothing comes behind.
 *
 * v6_nl_talk() in kernel/nl.c reads one, and takes what comes next for the next question's answer.
 *
 * Kernel: netlink_rcv_skb() in net/netlink/af_netlink.c, nf_tables_getsetelem() in
 * net/netfilter/nf_tables_api.c.
 */
#include "element.h"
#include "kernel/ifaddr.h"
#include "kernel/link.h"
#include "kernel/netns.h"
#include "kernel/proxy.h"

/* is_quiet() - whether nothing more is there to be read; a kernel that is slow would show next time
 */
static bool is_quiet(struct v6_nl *nl)
{
	char byte;

	return recv(mnl_socket_get_fd(nl->socket), &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

static void answered(struct v6_nl *nl, int got, int want, const char *what)
{
	is(got, want, what);
	ok(is_quiet(nl), "and no more comes");
}

static void test_route(struct v6_nl *nl)
{
	struct in6_addr here = address("2001:db8::1"), nowhere = address("2001:db8:1::1");
	struct v6_proxy proxy = {.address = here, .link = V6_LOOPBACK};
	struct v6_ifaddr ifaddr;
	struct v6_route route;
	struct v6_link link;

	answered(nl, v6_link_get(nl, 0, "lo", &link), 0, "a link");
	answered(nl, v6_link_get(nl, 0, "eth9", &link), -ENODEV, "no link");
	answered(nl, v6_route_lookup(nl, &here, 0, &route), 0, "a route");
	answered(nl, v6_route_lookup(nl, &nowhere, 0, &route), -ENETUNREACH, "no route");
	answered(nl, v6_ifaddr_get(nl, &here, &ifaddr), 0, "an address");
	answered(nl, v6_ifaddr_get(nl, &nowhere, &ifaddr), -EADDRNOTAVAIL, "no address");
	answered(nl, v6_proxy_has(nl, &proxy), 0, "no proxy neighbour");
	need(v6_proxy_add(nl, &proxy) == 0, "proxy neighbour");
	ok(v6_proxy_has(nl, &proxy) > 0 && is_quiet(nl), "a proxy neighbour, and no more");
}

static void test_nftables(struct v6_nl *nl)
{
	answered(nl, target_port(nl, 80), -ENOENT, "no table");
	table_new(nl);
	answered(nl, target_port(nl, 80), -ENOENT, "no element");
	need(commit(nl, service(80, 8080)) == 0, "an element");
	answered(nl, target_port(nl, 80), 8080, "an element");
}

int main(void)
{
	struct v6_nl route, netfilter;
	int id, fd;

	plan(23);
	fd = netns_new();
	address_new("lo", "2001:db8::1", 128);
	route = nl_open(NETLINK_ROUTE);
	netfilter = nl_open(NETLINK_NETFILTER);
	test_route(&route);
	answered(&route, v6_netns_id(&route, fd, &id), 0, "the id of a namespace");
	test_nftables(&netfilter);
	v6_nl_close(&route);
	v6_nl_close(&netfilter);
	return done();
}
