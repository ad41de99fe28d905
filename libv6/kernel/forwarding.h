/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must be on so that packets are forwarded, and neighbours answered. */
#ifndef V6_KERNEL_FORWARDING_H
#define V6_KERNEL_FORWARDING_H

#include <stdbool.h>

#include "kernel/link.h"
#include "kernel/nl.h"
#include "kernel/setting.h"

/**
 * v6_forwarding_on() - Have the host forward as a whole, on a kernel without force_forwarding
 * @nl:		NETLINK_ROUTE socket of the calling thread's network namespace
 * @outer:	Name of the service's link; one that is gone is fine
 * @is_uplink:	Tells of a link of @nl's namespace whether it leads to routers, not to containers
 * @dry:	Change nothing
 * @changing:	Called before each change, or instead of it; also with 1 for both values, of what
 *		had forwarding on by itself before it is turned on as a whole
 * @data:	Passed to @changing
 * @err:	NULL, or filled in on failure only
 *
 * Before, it turns accept_ra from 1 to 2 on each uplink with a route learnt from a router, which
 * would go at once, and on the outer one, unless that is a bridge and no uplink. Routes learnt from
 * containers go.
 *
 * Return: 0 or a negative errno
 *
 * Source: addrconf_fixup_forwarding(), ip6_forward() in linux/net/ipv6
 */
int v6_forwarding_on(struct v6_nl *nl, const char *outer,
		     bool (*is_uplink)(struct v6_nl *nl, const struct v6_link *link), bool dry,
		     void (*changing)(const struct v6_link_setting *setting, int from, int to,
				      void *data),
		     void *data, struct v6_error *err);

/* v6_forwarding_question() - whether it does, to be asked with others; @ret_on is borrowed */
void v6_forwarding_question(struct v6_nl_question *question, int *ret_on);

/**
 * v6_forwarding_open() - Have packets that come in by a link forwarded (force_forwarding, 6.17)
 * @link:	Its name; one that is gone is fine
 *
 * Else as v6_forwarding_on(). The host stays a host: it goes on learning from routers. Writing 0 to
 * all.forwarding, even where it is 0 already, takes it off all links.
 *
 * Return: 0 or a negative errno
 *
 * Source: addrconf_sysctl_force_forwarding(), ip6_forward() in linux/net/ipv6, 6.17
 */
int v6_forwarding_open(const char *link, bool dry,
		       void (*changing)(const struct v6_link_setting *setting, int from, int to,
					void *data),
		       void *data, struct v6_error *err);

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
		void (*changing)(const struct v6_link_setting *setting, int from, int to,
				 void *data),
		void *data, struct v6_error *err);

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
		 void (*changing)(const struct v6_link_setting *setting, int from, int to,
				  void *data),
		 void *data, struct v6_error *err);

#endif
