/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The container's side of an assigned address: the address itself, its way back, and the settings
 * that it needs. A row of kinds.c; each returns what those do.
 */
#ifndef V6_APPLY_INSIDE_H
#define V6_APPLY_INSIDE_H

#include "apply/things.h"

/*
 * A default route that the container has is left alone. Former values of settings are noted before
 * they are changed, in a file for each address: see store/changed.h.
 */
int v6_inside_has(struct v6_host *host, const struct v6_thing *thing);
int v6_inside_add(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err);

/**
 * v6_inside_remove() - Make a network that goes on without the container what it was before
 * @host:	This host, locked
 * @thing:	Of a record, or found by what was noted of it
 * @err:	NULL, or filled in on failure only
 *
 * What somebody else has changed since stays. IPv6 stays on if the interface has other addresses by
 * now. Most networks end with their container, and there is nothing to do.
 *
 * Return: 0 or a negative errno
 */
int v6_inside_remove(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err);

#endif
