/* SPDX-License-Identifier: GPL-2.0-or-later */
/* By which interface of the host a container's interface is reached. */
#ifndef V6_PLAN_VIA_H
#define V6_PLAN_VIA_H

#include "kernel/link.h"
#include "store/host.h"

/**
 * v6_via_find() - Find the host's end of a veth, or the bridge that it is a port of
 * @host:	This host
 * @inside:	The container's end
 * @netns:	The container's network namespace
 * @d:		@link_name is set; sets @via, @via_name and, behind a bridge, what v6_place_port()
 * does
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0, -EOPNOTSUPP (it leads to no bridge of this host) or another negative errno
 */
int v6_via_find(struct v6_host *host, const struct v6_link *inside, int netns,
		struct v6_destination *d, struct v6_error *err);

#endif
