/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a service address goes on the host, and where in the container it leads. */
#ifndef V6_PLAN_PLACE_H
#define V6_PLAN_PLACE_H

#include "store/host.h"

/**
 * v6_place_service() - Find the link for a service address
 * @host:	This host
 * @address:	The address
 * @interface:	Link that the request names, or ""
 * @ret_service: All but @name; set on success
 * @err:	NULL, or filled in on failure only
 *
 * A link that has the address already, else the one whose on-link prefix holds it, never a
 * container's bridge. Call it under the lock: whose the address is may change with any other bind.
 *
 * Return: 0, -EADDRNOTAVAIL (no link), -EPERM (nobody may claim it) or another negative errno
 */
int v6_place_service(struct v6_host *host, const struct in6_addr *address, const char *interface,
		     struct v6_service *ret_service, struct v6_error *err);

/**
 * v6_place_destination() - Find the container's address, or choose one for it
 * @host:	This host
 * @record:	The container's. Its destination's address, unless ::, is taken before others that
 *		the container has. Where it is pending, or LXC's, no address is chosen before the
 *		container has a default route, which engines make last, nor where it had one of its
 *		own
 * @netns:	Its network namespace
 * @ret_destination: Set on success
 * @err:	NULL, or filled in on failure only
 *
 * Looks only: an address to be provided is not given yet.
 *
 * Return: 0, -EAGAIN (there is no network or address yet), -EOPNOTSUPP (its network has no way for
 * us; @err says which has), -ENETUNREACH (the host has no route to it) or another negative errno
 */
int v6_place_destination(struct v6_host *host, const struct v6_record *record, int netns,
			 struct v6_destination *ret_destination, struct v6_error *err);

/**
 * v6_place_stands() - Whether the container still has what a record leads to
 *
 * Of an address that we gave only the link counts: the address is given again where it is missing.
 *
 * Return: 1, 0 or a negative errno
 */
int v6_place_stands(const struct v6_record *record, int netns);

/* v6_place_is_passed() - whether answers from an address that we gave leave by another link than it
 * is on: since then the container was connected to a network with IPv6, which is better
 */
bool v6_place_is_passed(const struct v6_record *record, int netns);

#endif
