/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The neighbour entry that pins a container's address to its link-layer address. */
#ifndef V6_APPLY_PINNED_H
#define V6_APPLY_PINNED_H

#include "store/host.h"

struct v6_thing;

/* v6_pinned_has() - whether it is there. Return: 1, 0 or a negative errno
 * v6_pinned_add() - add it. Return: 1 (it was missing), 0 or a negative errno; -EEXIST: there is
 *		     another one, which is not ours
 * v6_pinned_remove() - remove it. Return: 0 or a negative errno
 */
int v6_pinned_has(struct v6_host *host, const struct v6_thing *thing);
int v6_pinned_add(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err);
int v6_pinned_remove(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err);

#endif
