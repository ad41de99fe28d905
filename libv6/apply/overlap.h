/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Claims of different kinds that are at odds: a port, a wide range around it, a whole address. */
#ifndef V6_APPLY_OVERLAP_H
#define V6_APPLY_OVERLAP_H

#include "store/host.h"

/**
 * v6_overlaps_clear() - See to it that no wide claim of another container overlaps a record's
 * @host:	This host, locked
 * @record:	Saved already; its resources are held
 * @err:	NULL, or filled in on failure only
 *
 * Claims of different kinds have different keys, so that the kernel does not see that they are at
 * odds: they are looked for in the records of who holds the same address. What a dead container
 * held is taken down, and before a wide claim what nobody has a record of. Costs a look at one
 * directory per address where nothing is wide.
 *
 * Return: 0, -EADDRINUSE (a living container holds one; @err names it) or another negative errno
 */
int v6_overlaps_clear(struct v6_host *host, const struct v6_record *record, struct v6_error *err);

/**
 * v6_targets_clear() - See to it that no other container's services lead to a record's container
 * @host:	This host, locked
 * @record:	Its destination has an address
 * @err:	NULL, or filled in on failure only
 *
 * An address is used again: what a dead container had there is taken down.
 *
 * Return: 0, -EADDRINUSE (a living container has the address, too) or another negative errno
 */
int v6_targets_clear(struct v6_host *host, const struct v6_record *record, struct v6_error *err);

#endif
