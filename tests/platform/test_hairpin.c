/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 *	host: br0 - veth0 ---- (eth0)
 *
 * Hairpin mode of a bridge's port is seen beside what else rtnetlink tells of the link, switched by
 * AF_BRIDGE, and changes nothing else of the port; so is what a bridge of its own passes to
 * nf_tables.
 *
 * v6_hairpin_set() in kernel/hairpin.c, v6_link_get() in kernel/link.c.
 *
 * Kernel: br_setlink() and br_port_fill_slave_info() in net/bridge/br_netlink.c.
 */
#include "kernel/hairpin.h"
#include "netns.h"

static struct v6_link get(struct v6_nl *nl, const char *name)
{
	struct v6_link link;

	need(v6_link_get(nl, 0, name, &link) == 0, name);
	return link;
}

int main(void)
{
	struct v6_link port;
	int host, other;
	struct v6_nl nl;

	plan(10);
	host = netns_new();
	other = netns_new();
	veth_new(host, "veth0", other, "eth0");
	netns_enter(host);
	nl = nl_open(NETLINK_ROUTE);
	run("ip link add name br0 type bridge");
	port = get(&nl, "veth0");
	is(v6_hairpin_set(&nl, port.index, true), -EOPNOTSUPP, "an interface that is no port");

	run("ip link set dev veth0 master br0");
	run("ip link set dev veth0 type bridge_slave isolated on");
	ok(!get(&nl, "veth0").hairpin, "hairpin mode is off at first");
	is(v6_hairpin_set(&nl, port.index, true), 0, "it is turned on");
	ok(get(&nl, "veth0").hairpin, "and seen");
	run("ip -d link show dev veth0 | grep -q 'hairpin on .* isolated on'");
	ok(true, "the rest of the port is as it was");
	is(v6_hairpin_set(&nl, port.index, false), 0, "it is turned off");
	ok(!get(&nl, "veth0").hairpin, "and seen");

	ok(!get(&nl, "br0").filters, "a bridge passes nothing to nf_tables by itself");
	run("ip link set dev br0 type bridge nf_call_ip6tables 1 2>/dev/null || true");
	ok(get(&nl, "br0").filters || access("/proc/sys/net/bridge", F_OK) < 0,
	   "unless it is told to, with br_netfilter");
	run("ip link del dev veth0");
	is(v6_hairpin_set(&nl, port.index, true), -ENODEV, "a port that is gone");
	v6_nl_close(&nl);
	return done();
}
