/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A container's port of a bridge, in hairpin mode. */
#ifndef V6_APPLY_PORT_H
#define V6_APPLY_PORT_H

#include "store/host.h"

struct v6_thing;

/* v6_port_has() - whether hairpin mode is on; of a port that is gone, it is not needed either.
 * Return: 1, 0 or a negative errno
 * v6_port_add() - turn it on. No start fails of it: clients elsewhere need not mind. Return: 1 (it
 * was off) or 0
 * v6_port_remove() - turn it off. Return: 0 or a negative errno
 */
int v6_port_has(struct v6_host *host, const struct v6_thing *thing);
int v6_port_add(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err);
int v6_port_remove(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err);

#endif
