/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hairpin mode of a bridge's port, for a container that connects to its own service.
 *
 * Where bridges pass IPv6 to nf_tables (br_netfilter), a packet is translated while it is still on
 * its bridge, and forwarded there instead of by the host: br_nf_pre_routing_finish_ipv6(),
 * linux/net/bridge/br_netfilter_ipv6.c. A bridge sends nothing out by the port that it came in by,
 * unless that port is in hairpin mode: should_deliver(), linux/net/bridge/br_forward.c.
 *
 * The port then also returns the container's own broadcasts and multicasts. Duplicate address
 * detection would take its own question for somebody else's, if it did not put a number of its own
 * into it (RFC 7527, the default since 4.10).
 */
#ifndef V6_KERNEL_HAIRPIN_H
#define V6_KERNEL_HAIRPIN_H

#include "kernel/link.h"

/* v6_bridge_filters() - whether a bridge of this thread's namespace passes IPv6 to nf_tables */
bool v6_bridge_filters(const struct v6_link *bridge);

/**
 * v6_hairpin_is_harmless() - Whether a container's duplicate address detection knows its own
 * questions
 * @netns:	Its network namespace; entered meanwhile
 * @link:	Its interface's name
 *
 * Return: 1, 0, or a negative errno: it can't be entered
 */
int v6_hairpin_is_harmless(int netns, const char *link);

/**
 * v6_hairpin_set() - Switch hairpin mode of a bridge's port
 * @nl:		NETLINK_ROUTE socket of the bridge's network namespace
 * @port:	Its index
 *
 * Return: 0, -ENODEV (there is no such interface), -EOPNOTSUPP (it is no port of a bridge) or
 * another negative errno
 */
int v6_hairpin_set(struct v6_nl *nl, int port, bool on);

#endif
