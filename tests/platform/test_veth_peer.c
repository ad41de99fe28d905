/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A veth's IFLA_LINK is the index of its other end, in that end's namespace. An index is not used
 * again after its link.
 *
 * v6_place_destination() in plan/place_destination.c finds the host's end of a container's link
 * this way. What apply/provide.c made is removed by index, which must not mean another link after
 * the bridge is gone.
 *
 * Kernel: veth_get_iflink() in drivers/net/veth.c, dev_index_reserve() in net/core/dev.c.
 */
#include "kernel/link.h"
#include "netns.h"

int main(void)
{
	struct v6_link inside, outside, port, bridge;
	int container, host, last;
	struct v6_nl in, out;

	plan(7);
	container = netns_new();
	in = nl_open(NETLINK_ROUTE);
	host = netns_new();
	out = nl_open(NETLINK_ROUTE);
	run("ip link add name br0 type bridge"); /* so that indices differ */
	veth_new(host, "veth0", container, "eth0");
	need(v6_link_get(&in, 0, "eth0", &inside) == 0, "link inside");
	need(v6_link_get(&out, 0, "veth0", &outside) == 0, "link outside");
	need(v6_link_get(&out, 0, "br0", &bridge) == 0, "bridge");

	ok(inside.index != outside.index, "the ends have different indices");
	is(inside.peer, outside.index, "the inner end names the outer");
	is(outside.peer, inside.index, "the outer end names the inner");
	ok(strcmp(inside.kind, "veth") == 0, "it is a veth");

	run("ip link set dev veth0 master br0");
	need(v6_link_get(&out, outside.index, NULL, &port) == 0, "link outside");
	is(port.peer, inside.index, "also as a port of a bridge");
	is(port.master, bridge.index, "which is its master");

	last = outside.index;
	run("ip link del dev veth0");
	veth_new(host, "veth0", container, "eth0");
	need(v6_link_get(&out, 0, "veth0", &outside) == 0, "link outside");
	ok(outside.index > last, "a link of the same name made later has another index");
	v6_nl_close(&in);
	v6_nl_close(&out);
	return done();
}
