/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which clients may connect to a service: what its container asks for, within what rules allow. */
#ifndef V6_PLAN_CLIENTS_H
#define V6_PLAN_CLIENTS_H

#include "base/prefixes.h"
#include "store/host.h"

/**
 * v6_plan_clients() - List the clients that may reach a container's ports on a service address
 * @host:	This host, configured
 * @state:	The container's: who asks
 * @request:	Its ports matter
 * @name:	What the request calls the address
 * @address:	One that the container may have
 * @asked:	Clients that it asks for; empty: everybody
 * @ret_from:	Set on success, and to be released; empty: everybody
 * @err:	NULL, or filled in on failure only
 *
 * "from" of the first rule of "allow" that lets the container have a port can be narrowed by the
 * container, and not widened.
 *
 * Return: 0, -EPERM (rules are at odds, or nothing is left) or -ENOMEM
 */
int v6_plan_clients(struct v6_host *host, const struct v6_state *state,
		    const struct v6_request *request, const char *name,
		    const struct in6_addr *address, const struct v6_prefixes *asked,
		    struct v6_prefixes *ret_from, struct v6_error *err);

#endif
