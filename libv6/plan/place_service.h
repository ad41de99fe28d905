/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a service address goes on the host. */
#ifndef V6_PLAN_PLACE_SERVICE_H
#define V6_PLAN_PLACE_SERVICE_H

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
 * Return: 0, -EADDRNOTAVAIL (no link), -EPERM (nobody may claim it), -ESTALE (a route of ours that
 * no record stands for is in the way) or another negative errno
 */
int v6_place_service(struct v6_host *host, const struct in6_addr *address, const char *interface,
		     struct v6_service *ret_service, struct v6_error *err);

#endif
