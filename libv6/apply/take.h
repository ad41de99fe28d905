/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The elements of one record, taken together: one transaction that is also the check for conflicts,
 * and the only place where these are settled.
 */
#ifndef V6_APPLY_TAKE_H
#define V6_APPLY_TAKE_H

#include "apply/replicas.h"
#include "apply/things.h"

/* Dead holders that one take remembers for collection; more are left to reconcile. */
#define V6_TAKEN_OVER_MAX 16

/* struct v6_taken_over - containers found dead while their claims were taken over */
struct v6_taken_over {
	char ids[V6_TAKEN_OVER_MAX][V6_ID_MAX + 1];
	size_t n;
};

/**
 * v6_elements_take() - Add all elements of a record, guards first
 * @host:	This host, locked
 * @record:	Saved already
 * @things:	Those of the record, whose claims lead where @replicas say
 * @replicas:	Those of the record, itself among them, or none
 * @ret_dead:	Containers whose claims were taken over because they are dead; collect them
 * @err:	NULL, or filled in on failure only
 *
 * Where the table is gone, it is made again with the elements of all records first. Claims that the
 * record holds already are kept, or forwarded to its new destination without a gap.
 *
 * A claim that a living container of the same network namespace holds, with the same target, is
 * shared with it. One that a replica holds goes to whom it is due, and connections stay.
 *
 * Return: 0, -EADDRINUSE (a living container holds one; @err names it) or another negative errno
 */
int v6_elements_take(struct v6_host *host, const struct v6_record *record,
		     const struct v6_things *things, const struct v6_replicas *replicas,
		     struct v6_taken_over *ret_dead, struct v6_error *err);

/**
 * v6_elements_held() - Whether every element of a record is in the kernel as it should be
 *
 * A prefix that a wider one stands for is noted, unless nothing is changed.
 *
 * Return: 1, 0 or a negative errno
 */
int v6_elements_held(struct v6_host *host, const struct v6_things *things, struct v6_error *err);

#endif
