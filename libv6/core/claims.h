/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The claims of one record in the kernel: taken together, held, dropped. All under the lock. */
#ifndef V6_CORE_CLAIMS_H
#define V6_CORE_CLAIMS_H

#include "core/host.h"

/* Dead holders that one take remembers for collection; more are left to reconcile. */
#define V6_TAKEN_OVER_MAX 16

/* struct v6_taken_over - containers found dead while their claims were taken over */
struct v6_taken_over {
	char ids[V6_TAKEN_OVER_MAX][V6_ID_MAX + 1];
	size_t n;
};

/**
 * v6_claims_take() - Take all claims of a record, and the guard before them, in one transaction
 * @host:	This host, locked
 * @record:	Saved already
 * @ret_dead:	Containers whose claims were taken over because they are dead; collect them
 * @err:	NULL, or filled in on failure only
 *
 * Where the table is gone, it is made again with the elements of all records first. Claims that the
 * record holds already are kept, or led to its new destination without a gap.
 *
 * Return: 0, -EADDRINUSE (a living container holds one; @err names it) or another negative errno
 */
int v6_claims_take(struct v6_host *host, const struct v6_record *record,
		   struct v6_taken_over *ret_dead, struct v6_error *err);

/**
 * v6_claims_held() - Whether every element of a record is in the kernel as it should be
 *
 * Return: 1, 0 or a negative errno
 */
int v6_claims_held(struct v6_host *host, const struct v6_record *record, struct v6_error *err);

/**
 * v6_claims_drop() - Drop the claims that are still the record's own; a successor's stay
 *
 * Return: 0 or a negative errno
 */
int v6_claims_drop(struct v6_host *host, const struct v6_record *record, struct v6_error *err);

/**
 * v6_guards_drop() - Remove what stands beside the claims, when the last container is gone
 * @addresses:	Service addresses, @n of them
 * @subnet:	NULL, or the containers' prefix
 *
 * Return: 0 or a negative errno; what is gone already is success
 */
int v6_guards_drop(struct v6_host *host, const struct in6_addr *addresses, size_t n,
		   const struct v6_prefix *subnet, struct v6_error *err);

#endif
