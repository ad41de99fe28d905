/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Service addresses that routing daemons are told of, by a route each in a table that they read: a
 * unicast one on lo, as they pass local routes over.
 */
#ifndef V6_APPLY_ANNOUNCED_H
#define V6_APPLY_ANNOUNCED_H

#include "store/host.h"

struct v6_spot;
struct v6_thing;

/**
 * v6_announced_by() - Whether a container wants an address announced
 * @host:	This host
 * @spot:	Address and table
 * @but:	NULL, or the id of one that does not count
 *
 * Return: 1, 0 or a negative errno
 */
int v6_announced_by(struct v6_host *host, const struct v6_spot *spot, const char *but);

/* v6_announced_has() - whether the route is there. Return: 1, 0 or a negative errno
 * v6_announced_add() - add it. Return: 1 (it was missing), 0 or a negative errno
 * v6_announced_remove() - remove it, unless another container wants it. Return: 0 or a negative
 *			   errno
 */
int v6_announced_has(struct v6_host *host, const struct v6_thing *thing);
int v6_announced_add(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err);
int v6_announced_remove(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err);

#endif
