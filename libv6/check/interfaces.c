/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interfaces of the host that somebody has taken out of use, though they are up. */
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "check/checker.h"
#include "check/interfaces.h"
#include "kernel/sysctl.h"

static bool is_off(const char *link)
{
	int off = 0;

	return v6_sysctl_get(link, "disable_ipv6", &off) == 0 && off;
}

bool v6_check_has_ipv6(struct v6_checked *c, const char *step, const struct v6_link *link)
{
	const char *name = link->name;

	if (link->mtu < V6_IPV6_MTU_MIN)
		v6_found_fault(
			c->checker, step,
			v6_line("ip link set dev %s mtu %u && v6ctl reconcile", name,
				V6_IPV6_MTU_MIN)
				.s,
			"the MTU of %s is %u, and IPv6 is off below %u: its addresses are gone; those that are not ours come back when its network is set up again",
			name, link->mtu, V6_IPV6_MTU_MIN);
	else if (is_off("all") && is_off(name))
		v6_found_fault(
			c->checker, step,
			"sysctl -w net.ipv6.conf.all.disable_ipv6=0 && v6ctl reconcile",
			"another program has turned IPv6 off on this host (net.ipv6.conf.all.disable_ipv6): its addresses are gone; those that are not ours come back when its network is set up again");
	else if (is_off(name))
		v6_found_fault(
			c->checker, step,
			v6_line("sysctl -w net/ipv6/conf/%s/disable_ipv6=0 && v6ctl reconcile",
				name)
				.s,
			"another program has turned IPv6 off on %s: its addresses are gone; those that are not ours come back when its network is set up again",
			name);
	else
		return true;
	return false;
}

bool v6_check_hears(struct v6_checked *c, const char *step, const struct v6_link *link)
{
	/* others, as tunnels and dummies, never do */
	static const char *const kinds[] = {"", "veth", "bridge", "bond", "vlan"};
	size_t i;

	for (i = 0; i < V6_ARRAY_SIZE(kinds) && strcmp(link->kind, kinds[i]) != 0; i++)
		;
	if (!link->deaf || link->mac_size != V6_MAC_SIZE || i == V6_ARRAY_SIZE(kinds))
		return true;
	v6_found_fault(
		c->checker, step, v6_line("ip link set dev %s arp on", link->name).s,
		"%s takes no part in neighbour discovery (arp off): no neighbour finds this host through it",
		link->name);
	return false;
}

bool v6_check_port(struct v6_checked *c, const char *step)
{
	const struct v6_destination *d = &c->record->destination;
	struct v6_link port;

	/* one that is gone took the container's interface with it, which a later step says */
	if (!d->port || v6_link_get(&c->checker->host->route, d->port, NULL, &port) < 0)
		return true;
	if (port.master != d->via)
		v6_found_fault(
			c->checker, step,
			v6_line("ip link set dev %s master %s && v6ctl reconcile", port.name,
				d->via_name)
				.s,
			"%s, by which the container is behind %s, is no port of it any more: another program has removed it there",
			port.name, d->via_name);
	else if (!port.up)
		v6_found_fault(c->checker, step, v6_line("ip link set dev %s up", port.name).s,
			       "%s, by which the container is behind %s, is down", port.name,
			       d->via_name);
	else
		return true;
	return false;
}
