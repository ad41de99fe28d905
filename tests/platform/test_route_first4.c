/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A dump of the IPv4 routes of one table has the default route before all others, so that its first
 * datagram tells of it, however many there are. IPv4 addresses come in order, and of one address
 * the longest prefix.
 *
 * v6_route_default4() in kernel/route.c reads no further, as a container may have as many as it
 * likes.
 *
 * Kernel: fib_table_dump() in net/ipv4/fib_trie.c.
 */
#include "kernel/link.h"
#include "kernel/route.h"
#include "netns.h"

int main(void)
{
	struct v6_link link;
	struct v6_nl nl;
	int found = 0;

	plan(5);
	netns_new();
	nl = nl_open(NETLINK_ROUTE);
	is(v6_route_default4(&nl, &found), -ENETUNREACH, "no table yet");
	v6_nl_close(&nl);
	run("ip link add name eth0 type veth peer name eth1 && ip link set eth0 up && ip link set eth1 up");
	run("seq 0 19999 | awk '{ i = int($1 / 200); print \"route add 1.0.\" i \".\" ($1 - 200 * i) \"/32 dev eth1\" }' | ip -batch -");
	nl = nl_open(NETLINK_ROUTE);
	is(v6_route_default4(&nl, &found), -ENETUNREACH, "none among 20,000");
	ok(!nl.socket, "the socket was closed before the end");
	run("ip route add default dev eth0 && ip route add 0.0.0.0/1 dev eth1 && ip route add 0.0.0.1/32 dev eth1");
	nl = nl_open(NETLINK_ROUTE);
	is(v6_route_default4(&nl, &found), 0, "the last one that was added");
	v6_nl_close(&nl);
	nl = nl_open(NETLINK_ROUTE);
	need(v6_link_get(&nl, 0, "eth0", &link) == 0, "eth0");
	is(found, link.index, "its link");
	v6_nl_close(&nl);
	return done();
}
