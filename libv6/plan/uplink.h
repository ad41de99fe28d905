/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which interfaces lead out of the host. */
#ifndef V6_PLAN_UPLINK_H
#define V6_PLAN_UPLINK_H

#include "kernel/link.h"

/**
 * v6_uplink_is() - Check whether an interface leads out of the host, not to containers
 * @nl:		NETLINK_ROUTE socket of the interface's network namespace
 * @link:	The interface
 *
 * It does if a default route leaves by it that no router advertisement made, since a container can
 * send one. Otherwise its kind decides: of a bridge, the kinds of its ports.
 *
 * Return: true, or false; also false if the kernel does not answer
 */
bool v6_uplink_is(struct v6_nl *nl, const struct v6_link *link);

/**
 * v6_uplink_default() - Find the best default route that leaves by an uplink
 * @nl:		NETLINK_ROUTE socket of the network namespace
 * @from:	Source of the packets that are to leave by it, which rules may ask for
 * @ret_link:	Index of its interface; set on success
 *
 * One look-up in the kernel, unless a better one was learnt from a container: then all routes.
 *
 * Return: 0, -ENETUNREACH (there is none) or another negative errno
 */
int v6_uplink_default(struct v6_nl *nl, const struct in6_addr *from, int *ret_link);

#endif
