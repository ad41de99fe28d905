/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way down: what a record no longer asks for goes, unless somebody else needs it. */
#ifndef V6_APPLY_DOWN_H
#define V6_APPLY_DOWN_H

#include "store/host.h"

/**
 * v6_record_shed() - Remove what a record has had, and has no longer
 * @host:	This host, locked
 * @former:	The record as it was
 * @kept:	The record as it is to be; NULL: nothing is kept
 * @flows_stay:	What is connected by claims that go stays so
 * @err:	NULL, or filled in with the first failure
 *
 * Service addresses go first: at no time does the host itself answer there. Then all elements, in
 * one transaction, and then what leads to the container: no translated packet ever finds that gone.
 * The index tells of all of it until the end, so that whatever a crash leaves is found. Goes on
 * after a failure.
 *
 * Return: 0 or the first negative errno
 */
int v6_record_shed(struct v6_host *host, const struct v6_record *former,
		   const struct v6_record *kept, bool flows_stay, struct v6_error *err);

/* v6_record_shed_egress() - Likewise, of a service that goes to another interface, or whose
 * interface has another name, only what leaves by the former one; its connections go on
 */
int v6_record_shed_egress(struct v6_host *host, const struct v6_record *former,
			  const struct v6_record *kept, struct v6_error *err);

/**
 * v6_record_leave() - Remove the addresses that a record's services have left long enough ago
 * @host:	This host, locked
 * @record:	Its @leaving are fewer then, and it is saved
 * @now:	Seconds since boot
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0, or a negative errno
 */
int v6_record_leave(struct v6_host *host, struct v6_record *record, int64_t now,
		    struct v6_error *err);

/**
 * v6_record_down() - Remove all that a record asks for, then the record
 * @host:	This host, locked
 * @record:	Of a container that is gone, or whose start failed
 * @err:	NULL, or filled in with the first failure
 *
 * Goes on after a failure; the record stays then, for the next reconcile.
 *
 * Return: 0 or the first negative errno
 */
int v6_record_down(struct v6_host *host, const struct v6_record *record, struct v6_error *err);

#endif
