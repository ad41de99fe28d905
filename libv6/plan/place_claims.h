/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a container may have a service address, and then, where it goes. */
#ifndef V6_PLAN_PLACE_CLAIMS_H
#define V6_PLAN_PLACE_CLAIMS_H

#include "store/host.h"

/**
 * v6_place_claims() - See if a container may have a service address, and find its link
 * @host:	This host, configured
 * @state:	The container's: its engine, its user, and its namespace in Kubernetes matter
 * @request:	Its ports and its interface matter
 * @local:	It shares the host's network
 * @name:	What the request calls the address
 * @address:	It
 * @ret_service: All but @name; set on success
 * @err:	NULL, or filled in on failure only
 *
 * Does not look for holders of the ports. A user other than root does not get an address that a
 * living container of somebody else holds, except by a rule with "shared".
 *
 * Return: 0, -EPERM, -EADDRNOTAVAIL (no link), -EADDRINUSE (another machine has it, or a listener
 * of the host) or another negative errno
 */
int v6_place_claims(struct v6_host *host, const struct v6_state *state,
		    const struct v6_request *request, bool local, const char *name,
		    const struct in6_addr *address, struct v6_service *ret_service,
		    struct v6_error *err);

#endif
