/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 *	client (eth0) ---- (eth0) host: a local route for the service, on no link
 *
 * Solicitations for a proxy neighbour are answered where the link has proxy_ndp and forwarding on;
 * force_forwarding (6.17) does not do. With proxy_delay 0 they are answered at once. Whoever asks
 * hears the answer on a raw socket, and has no neighbour entry from that. Our mark comes back, so
 * that those of others are left alone (5.2).
 *
 * v6_proxy_on() in kernel/forwarding.c, kernel/proxy.c, v6_neigh_ask() in kernel/neigh.c.
 *
 * Kernel: ndisc_recv_ns() in net/ipv6/ndisc.c, pneigh_enqueue() and pneigh_fill_info() in
 * net/core/neighbour.c.
 */
#include <poll.h>

#include "kernel/link.h"
#include "kernel/neigh.h"
#include "kernel/proxy.h"
#include "kernel/sysctl.h"
#include "netns.h"

#define SERVICE "2001:db8::203"

static void keep(const struct v6_neighbour *answer, void *data)
{
	*(struct v6_neighbour *)data = *answer;
}

/* answer() - whether somebody answers the client, and who */
static bool answer(int client, const struct v6_link *eth0, uint8_t *ret_mac)
{
	struct in6_addr service = address(SERVICE);
	struct v6_neighbour heard = {.link = 0};
	struct pollfd wait = {.events = POLLIN};
	bool answered;

	netns_enter(client);
	need(v6_neigh_listen(&wait.fd) == 0, "raw socket");
	need(v6_neigh_ask(wait.fd, eth0, &service) == 0, "solicitation");
	answered = poll(&wait, 1, 500) == 1 && v6_neigh_each(wait.fd, keep, &heard) == 0 &&
		   v6_address_equal(&heard.address, &service) && heard.link == eth0->index;
	if (answered)
		memcpy(ret_mac, heard.mac, sizeof(heard.mac));
	close(wait.fd);
	return answered;
}

static int count(const struct v6_proxy *proxy, void *data)
{
	struct in6_addr service = address(SERVICE);

	*(int *)data += v6_address_equal(&proxy->address, &service) ? 1 : 100;
	return 0;
}

static void test_marks(struct v6_nl *nl, const struct v6_proxy *proxy)
{
	int n = 0;

	is(v6_proxy_has(nl, proxy), 0, "there is none");
	is(v6_proxy_add(nl, proxy), 0, "one is added");
	is(v6_proxy_add(nl, proxy), 0, "and again, which changes nothing");
	is(v6_proxy_has(nl, proxy), 1, "there is one");
	run("ip -6 neigh add proxy 2001:db8::99 dev eth0");
	is(v6_proxy_each(nl, count, &n), 0, "those with our mark are listed");
	is(n, 1, "and somebody else's is not");
}

int main(void)
{
	struct v6_route local = {{address(SERVICE), 128}, .link = V6_LOOPBACK, .local = true};
	struct v6_proxy proxy = {.address = address(SERVICE)};
	struct v6_link eth0, peer;
	struct v6_nl nl, nl_client;
	uint8_t mac[V6_MAC_SIZE] = {0};
	int client, host;

	plan(13);
	client = netns_new();
	host = netns_new();
	veth_new(client, "eth0", host, "eth0");
	netns_enter(client);
	nl_client = nl_open(NETLINK_ROUTE);
	need(v6_link_get(&nl_client, 0, "eth0", &eth0) == 0, "link");
	netns_enter(host);
	nl = nl_open(NETLINK_ROUTE);
	need(v6_link_get(&nl, 0, "eth0", &peer) == 0, "link");
	proxy.link = peer.index;
	is(v6_route_add(&nl, &local), 0, "a local route");
	test_marks(&nl, &proxy);

	v6_sysctl_set("eth0", "proxy_ndp", 1);
	run("echo 0 >/proc/sys/net/ipv6/neigh/eth0/proxy_delay");
	v6_sysctl_set("eth0", "force_forwarding", 1); /* before 6.17 there is none */
	ok(!answer(client, &eth0, mac), "no answer without forwarding on the link");
	netns_enter(host);
	v6_sysctl_set("eth0", "forwarding", 1);
	ok(answer(client, &eth0, mac), "with it, there is");
	ok(memcmp(mac, peer.mac, sizeof(mac)) == 0, "it names the host");
	run("test -z \"$(ip -6 neigh show " SERVICE ")\"");
	netns_enter(host);
	v6_sysctl_set("eth0", "proxy_ndp", 0);
	ok(!answer(client, &eth0, mac), "nor without proxy_ndp");
	is(v6_proxy_remove(&nl, &proxy), 0, "removed");
	is(v6_proxy_remove(&nl, &proxy), -ENOENT, "and again: it is not there");
	v6_nl_close(&nl_client);
	v6_nl_close(&nl);
	return done();
}
