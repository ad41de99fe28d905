/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 *	host: eth0 ---- (eth0)
 *
 * A permanent neighbour entry with our mark (NDA_PROTOCOL, 5.2) takes the place of what was learnt,
 * is told from one that somebody else made, and is found and removed by its mark.
 *
 * v6_pin_add(), v6_pin_has(), v6_pin_remove() and v6_pin_each() in kernel/pin.c.
 *
 * Kernel: neigh_add(), neigh_get() and neigh_delete() in net/core/neighbour.c.
 */
#include <string.h>

#include "kernel/link.h"
#include "kernel/pin.h"
#include "netns.h"

static int count_pin(const struct v6_pin *pin, void *data)
{
	(void)pin;
	(*(int *)data)++;
	return 0;
}

static int count_pins(struct v6_nl *nl)
{
	int n = 0;

	need(v6_pin_each(nl, count_pin, &n) == 0, "dump of neighbours");
	return n;
}

int main(void)
{
	struct v6_pin pin = {.address = address("fd42::1"), .mac = {2, 0, 0, 0, 0, 9}};
	struct v6_pin fixed = {.address = address("fd42::2"), .mac = {2, 0, 0, 0, 0, 9}};
	struct v6_link eth0;
	struct v6_nl nl;
	int host, other;

	plan(17);
	host = netns_new();
	other = netns_new();
	veth_new(host, "eth0", other, "eth0");
	netns_enter(host);
	nl = nl_open(NETLINK_ROUTE);
	need(v6_link_get(&nl, 0, "eth0", &eth0) == 0, "link");
	pin.link = fixed.link = eth0.index;

	run("ip -6 neigh add fd42::1 dev eth0 lladdr 02:00:00:00:00:01 nud reachable");
	run("ip -6 neigh add fd42::2 dev eth0 lladdr 02:00:00:00:00:02 nud permanent");
	is(v6_pin_has(&nl, &pin), 0, "what was learnt is not pinned");
	is(v6_pin_add(&nl, &pin), 1, "what was learnt is replaced");
	run("ip -6 neigh show fd42::1 | grep -q '02:00:00:00:00:09 PERMANENT'");
	ok(true, "for good");
	is(v6_pin_add(&nl, &pin), 0, "and again: it is there");
	is(v6_pin_has(&nl, &pin), 1, "and found");
	is(count_pins(&nl), 1, "by its mark, too");
	pin.mac[5] = 8;
	is(v6_pin_has(&nl, &pin), 0, "with another link-layer address it is another");
	is(v6_pin_add(&nl, &pin), 1, "which takes its place");
	run("ip -6 neigh show fd42::1 | grep -q '02:00:00:00:00:08 PERMANENT'");

	is(v6_pin_add(&nl, &fixed), -EEXIST, "somebody else's is not replaced");
	is(v6_pin_remove(&nl, &fixed), 0, "nor removed");
	run("ip -6 neigh show fd42::2 | grep -q '02:00:00:00:00:02 PERMANENT'");
	ok(true, "and stays");
	fixed.mac[5] = 2;
	is(v6_pin_add(&nl, &fixed), 0, "unless it says the same, which is as good");
	is(count_pins(&nl), 1, "and no mark is put on it");

	is(v6_pin_remove(&nl, &pin), 0, "ours is removed");
	run("test -z \"$(ip -6 neigh show fd42::1)\"");
	is(v6_pin_remove(&nl, &pin), 0, "and again: it is not there");
	pin.link = 4711;
	is(v6_pin_add(&nl, &pin), -ENODEV, "no such link");
	is(v6_pin_remove(&nl, &pin), 0, "where nothing can be left");
	v6_nl_close(&nl);
	return done();
}
