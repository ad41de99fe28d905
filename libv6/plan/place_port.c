/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A container's port of a bridge: engines' own hairpin mode is left to them. */
#include <string.h>

#include "kernel/hairpin.h"
#include "plan/place_port.h"

void v6_place_port(const struct v6_link *port, const struct v6_link *bridge, int netns,
		   struct v6_destination *d)
{
	d->port = port->index;
	d->hairpin = !port->hairpin && v6_bridge_filters(bridge) &&
		     v6_hairpin_is_harmless(netns, d->link_name) > 0;
}

bool v6_place_port_late(struct v6_host *host, int netns, struct v6_destination *d)
{
	struct v6_link port, bridge;

	if (d->port == 0 || d->hairpin || v6_link_get(&host->route, d->port, NULL, &port) < 0 ||
	    port.master != d->via || v6_link_get(&host->route, d->via, NULL, &bridge) < 0)
		return false;
	v6_place_port(&port, &bridge, netns, d);
	return d->hairpin;
}

void v6_place_port_keep(const struct v6_destination *was, struct v6_destination *d)
{
	d->hairpin |= was->hairpin && was->port == d->port;
}
