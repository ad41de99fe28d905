/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way up: the kernel is made to agree with a record, under the lock. */
#ifndef V6_APPLY_UP_H
#define V6_APPLY_UP_H

#include "store/host.h"

/**
 * v6_record_up() - Make the kernel agree with the record of a living container
 * @host:	This host, locked
 * @record:	Saved already
 * @fresh:	It was saved just now: do everything, without a look at what is there
 * @err:	NULL, or filled in on failure only
 *
 * The order keeps a crash harmless: guard and claims, then the container's side, the service
 * addresses last, each told to its neighbours. What was taken over from dead containers is
 * collected. Of a host that is only looked at nothing is changed. A pending record has its guards
 * and claims only.
 *
 * Return: 1 (something was missing), 0 or a negative errno
 */
int v6_record_up(struct v6_host *host, const struct v6_record *record, bool fresh,
		 struct v6_error *err);

/**
 * v6_record_move() - Lead all that a record has elsewhere: save it, and bring it up
 * @host:	This host, locked
 * @record:	With its new destination, which may be pending
 * @former:	As it was saved
 * @err:	NULL, or filled in on failure only
 *
 * What was there for the old destination alone goes, and flows to it end. A crash at any point
 * leaves what the next reconcile moves again.
 *
 * Return: 1, or a negative errno
 */
int v6_record_move(struct v6_host *host, const struct v6_record *record,
		   const struct v6_record *former, struct v6_error *err);

#endif
