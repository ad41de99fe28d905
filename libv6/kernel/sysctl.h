/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv6 settings of links, and what must be on for packets to be forwarded. */
#ifndef V6_KERNEL_SYSCTL_H
#define V6_KERNEL_SYSCTL_H

#include <net/if.h>
#include <stdbool.h>

#include "kernel/link.h"
#include "kernel/nl.h"

/* struct v6_sysctl_text - a link's name within a setting's, by value, for printf() */
struct v6_sysctl_text {
	char s[IF_NAMESIZE];
};

/* v6_sysctl_text() - the name of a link as sysctl(8) takes it: eth0/7 for the VLAN eth0.7;
 * V6_SYSCTL(link) is its string for one statement
 */
struct v6_sysctl_text v6_sysctl_text(const char *link);
#define V6_SYSCTL(link) (v6_sysctl_text(link).s)

/**
 * v6_sysctl_get() - Read net.ipv6.conf.LINK.NAME of the calling thread's network namespace
 * @link:	Link's name, "all" or "default"
 * @name:	"forwarding" and the like
 *
 * Return: 0, -ENOENT (not in this kernel, no such link, or IPv6 is off) or another negative errno
 */
int v6_sysctl_get(const char *link, const char *name, int *ret_value);
int v6_sysctl_set(const char *link, const char *name, int value);

/**
 * v6_ipv6_check() - Explain a failure by IPv6 being off, where it is
 * @link:	Name of the link concerned, or "": none in particular
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0 (it is on) or -EAFNOSUPPORT
 */
int v6_ipv6_check(const char *link, struct v6_error *err);

/* v6_ipv6_check_inner() - likewise, of a link to containers: engines make their bridges anew, and
 * then the setting for new links decides
 */
int v6_ipv6_check_inner(const char *link, struct v6_error *err);

/**
 * v6_forwarding_on() - See to it that packets pass between two links
 * @nl:		NETLINK_ROUTE socket of the calling thread's network namespace
 * @links:	Names of the two, the outer one first; the same twice, or one that is gone, is fine
 * @is_uplink:	Tells of a link of @nl's namespace whether it leads to routers, not to containers
 * @dry:	Change nothing
 * @changed:	Called for each setting that was changed, or would be, its @name being as sysctl(8)
 *		takes it
 * @data:	Passed to @changed
 * @err:	NULL, or filled in on failure only
 *
 * Changes nothing where forwarding is on. Else turns force_forwarding on for the two links (6.17),
 * which leaves the host a host; on older kernels it turns forwarding on as a whole, and before that
 * accept_ra from 1 to 2 on each uplink with a route learnt from a router, which would go at once,
 *and on the outer one, unless that is a bridge and no uplink. Routes learnt from containers go.
 *
 * Return: 0 or a negative errno
 *
 * Source: addrconf_fixup_forwarding(), ip6_forward() in linux/net/ipv6
 */
int v6_forwarding_on(struct v6_nl *nl, const char *const links[2],
		     bool (*is_uplink)(struct v6_nl *nl, const struct v6_link *link), bool dry,
		     void (*changed)(const char *name, int from, int to, void *data), void *data,
		     struct v6_error *err);

/**
 * v6_proxy_on() - See to it that a link answers for its proxy neighbours, and at once
 * @link:	Its name
 *
 * Else as v6_forwarding_on(). The kernel answers for them only where the link itself has forwarding
 * on, force_forwarding does not do: so accept_ra is raised here, too, with every kernel.
 *
 * Return: 0 or a negative errno
 *
 * Source: ndisc_recv_ns() in linux/net/ipv6/ndisc.c
 */
int v6_proxy_on(struct v6_nl *nl, const char *link,
		bool (*is_uplink)(struct v6_nl *nl, const struct v6_link *link), bool dry,
		void (*changed)(const char *name, int from, int to, void *data), void *data,
		struct v6_error *err);

/**
 * v6_notify_on() - See to it that the host tells a link's neighbours when its link-layer address
 * there changes
 * @link:	Its name
 *
 * Else as v6_forwarding_on(). A bridge that nobody gave one takes the least of its ports', and has
 * another one when that port leaves.
 *
 * Return: 0 or a negative errno
 *
 * Source: ndisc_netdev_event() in linux/net/ipv6/ndisc.c, br_stp_recalculate_bridge_id()
 */
int v6_notify_on(const char *link, bool dry,
		 void (*changed)(const char *name, int from, int to, void *data), void *data,
		 struct v6_error *err);

#endif
