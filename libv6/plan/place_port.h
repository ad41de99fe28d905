/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which port of a bridge a container is, and whether it needs hairpin mode there. */
#ifndef V6_PLAN_PLACE_PORT_H
#define V6_PLAN_PLACE_PORT_H

#include "kernel/link.h"
#include "store/host.h"

/**
 * v6_place_port() - Note the port by which a container is behind a bridge
 * @port:	The host's end of its veth
 * @bridge:	Whose port that is
 * @netns:	The container's network namespace
 * @d:		@link_name is set; sets @port and @hairpin
 *
 * Looks only. Costs one look at a setting of the host, unless bridges pass IPv6 to nf_tables.
 */
void v6_place_port(const struct v6_link *port, const struct v6_link *bridge, int netns,
		   struct v6_destination *d);

/* v6_place_port_late() - the same of a record, as bridges may have come to filter since: set
 * @hairpin of @d where it is needed now. Return: whether it was set
 */
bool v6_place_port_late(struct v6_host *host, int netns, struct v6_destination *d);

/* v6_place_port_keep() - whose hairpin mode is on: @d has the port of @was, which turned it on */
void v6_place_port_keep(const struct v6_destination *was, struct v6_destination *d);

#endif
