/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is ours without a record. */
#ifndef V6_APPLY_ORPHANS_H
#define V6_APPLY_ORPHANS_H

#include "store/host.h"

/**
 * v6_orphans_remove() - Remove what the kernel holds of ours that no record wants
 * @host:	This host, locked; the index of holders is made to agree with the records first. Of
 *		one that is only looked at nothing is removed
 * @ret_n:	How much there was
 * @err:	NULL, or filled in on failure only
 *
 * Lists everything: for reconciling all, never for one service.
 *
 * Return: 0 or a negative errno
 */
int v6_orphans_remove(struct v6_host *host, unsigned int *ret_n, struct v6_error *err);

/**
 * v6_orphans_remove_at() - Remove the claims on one address that no record wants
 *
 * Lists all claims, to keep those of the address: for where something is known to be in the way.
 *
 * Return: 0 or a negative errno
 */
int v6_orphans_remove_at(struct v6_host *host, const struct in6_addr *address,
			 struct v6_error *err);

/**
 * v6_orphans_remove_route() - Remove a route of ours to a service address that no record has
 *
 * For where it is known to hide the interface that the address belongs to.
 *
 * Return: 0 or a negative errno
 */
int v6_orphans_remove_route(struct v6_host *host, const struct in6_addr *address,
			    struct v6_error *err);

#endif
