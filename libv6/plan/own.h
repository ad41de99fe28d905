/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this host itself serves, on addresses that it had before us. */
#ifndef V6_PLAN_OWN_H
#define V6_PLAN_OWN_H

#include "store/host.h"

/**
 * v6_own_check() - See that no port is taken from a program of this host
 * @host:	This host; warned where its sockets can't be listed
 * @service:	Where a service address would go; one that we bring is nobody else's
 * @maps:	Ports that would lead to a container, @n_maps of them
 * @local:	The container shares the host's network, so that a port that leads to itself takes
 *		nothing from anybody
 * @err:	NULL, or filled in on failure only; it begins with the address
 *
 * Whoever says what a name resolves to, or may choose an address, could have the host's own name
 *it.
 *
 * Return: 0, -EADDRINUSE (a program of the host hears there), or -EPERM: all of an address is not
 * to be had where the host has it
 */
int v6_own_check(struct v6_host *host, const struct v6_service *service,
		 const struct v6_port_map *maps, size_t n_maps, bool local, struct v6_error *err);

#endif
