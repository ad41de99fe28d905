/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A socket stays in the network namespace in which it was opened, wherever its thread goes, while
 * /proc/sys/net always shows the thread's own.
 *
 * v6_netns_call() in kernel/netns.c: v6_place_destination() in plan/place_destination.c opens its
 * socket in the container's namespace and uses it outside; apply/provide.c writes settings there.
 *
 * Kernel: sk_net_refcnt in include/net/sock.h; net_ctl_header_lookup() in net/sysctl_net.c.
 */
#include "kernel/link.h"
#include "kernel/netns.h"
#include "kernel/sysctl.h"
#include "netns.h"

static int open_socket(void *data, struct v6_error *err)
{
	return v6_nl_open(NETLINK_ROUTE, data, err);
}

static int read_setting(void *data, struct v6_error *err)
{
	(void)err;
	return v6_sysctl_get("all", "hop_limit", data);
}

static int write_setting(void *data, struct v6_error *err)
{
	(void)err;
	return v6_sysctl_set("all", "hop_limit", *(int *)data);
}

static int fail(void *data, struct v6_error *err)
{
	(void)data;
	return v6_fail(err, -ENXIO, "inside");
}

int main(void)
{
	int inside, outside, value = 0, other = 77;
	struct v6_nl nl, home;
	struct v6_link link;

	plan(8);
	inside = netns_new();
	outside = netns_new();
	veth_new(outside, "outside", inside, "inside");
	netns_enter(outside);

	is(v6_netns_call(inside, open_socket, &nl, NULL), 0, "open a socket inside");
	home = nl_open(NETLINK_ROUTE);
	is(v6_link_get(&nl, 0, "inside", &link), 0, "it sees the link inside");
	is(v6_link_get(&nl, 0, "outside", &link), -ENODEV, "and not the one outside");
	is(v6_link_get(&home, 0, "outside", &link), 0, "one opened later does");

	is(v6_netns_call(inside, write_setting, &other, NULL), 0, "write a setting inside");
	need(v6_netns_call(inside, read_setting, &value, NULL) == 0, "read it");
	is(value, other, "it reads so inside");
	need(v6_sysctl_get("all", "hop_limit", &value) == 0, "read it");
	ok(value != other, "and not outside");

	v6_netns_call(inside, fail, NULL, NULL);
	v6_nl_close(&home);
	home = nl_open(NETLINK_ROUTE);
	is(v6_link_get(&home, 0, "outside", &link), 0, "after a failure inside we are back, too");
	v6_nl_close(&home);
	v6_nl_close(&nl);
	return done();
}
