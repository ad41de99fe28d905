/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a service address goes on the host. */
#ifndef V6_PLAN_PLACE_SERVICE_H
#define V6_PLAN_PLACE_SERVICE_H

#include "kernel/ifaddr.h"
#include "kernel/link.h"
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
 * container's bridge. If @interface is a port of a bridge or bond, that is meant. Call it under the
 * lock: whose the address is may change with any other bind.
 *
 * Return: 0, -EADDRNOTAVAIL (no link), -EPERM (nobody may claim it), -ESTALE (a route of ours that
 * no record asks for is in the way) or another negative errno
 */
int v6_place_service(struct v6_host *host, const struct in6_addr *address, const char *interface,
		     struct v6_service *ret_service, struct v6_error *err);

/**
 * v6_place_on() - Find out how a service address would come to one link
 * @host:	This host, configured
 * @address:	The address; it does not matter whether another link, or lo, has it
 * @link:	Index, or 0: by a local route for its prefix
 * @ret_service: All but @name; set on success
 * @err:	NULL, or filled in on failure only
 *
 * Return: as v6_place_service()
 */
int v6_place_on(struct v6_host *host, const struct in6_addr *address, int link,
		struct v6_service *ret_service, struct v6_error *err);

/* v6_place_where_it_is() - Set the link of a service address that is this host's own to where that
 * is now. Return: 0, or a negative errno: nobody may claim it there
 */
int v6_place_where_it_is(struct v6_host *host, const struct v6_ifaddr *ifaddr,
			 struct v6_service *service, struct v6_error *err);

/* v6_place_check_port() - Check that a link is no port of another. Return: 0 or -ENONET */
int v6_place_check_port(struct v6_host *host, const struct v6_link *link, struct v6_error *err);

#endif
