/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connections of claims that are gone: noted under the lock, ended when it is released, as their
 * number is their clients' choice.
 */
#ifndef V6_APPLY_ENDING_H
#define V6_APPLY_ENDING_H

#include "store/host.h"
#include "table/nat.h"

/* For how long a hook or a command ends connections at most */
#define V6_ENDING_MS 2000

/* v6_ending_note() - Note a claim whose element is gone; if that fails, one warning says so
 * v6_ending_note_claim() - Note one by its element: connections to the element's target end
 */
void v6_ending_note(struct v6_host *host, const struct v6_ended *ended);
void v6_ending_note_claim(struct v6_host *host, const struct v6_nat_op *element);

/**
 * v6_ending_unlock() - Release the lock, then end the connections that were noted
 * @host:	This host, locked or not
 *
 * Stops with a warning after V6_ENDING_MS, or earlier if the hook's time is over: the next
 * reconcile, or the next start on the claim, ends the rest, or they time out. If the host is
 * watched (v6_watch_open()), v6_ending_step() ends them instead. A failure is a warning.
 */
void v6_ending_unlock(struct v6_host *host);

/* v6_ending_resume() - Note what others began to end and did not: they were killed, or their time
 * was over. Somebody may be at it still, which does no harm
 */
void v6_ending_resume(struct v6_host *host);

/**
 * v6_ending_step() - Go on with connections that were noted, for some milliseconds
 *
 * Return: whether there are more
 */
bool v6_ending_step(struct v6_host *host);

/* v6_ending_is_done() - whether none are noted */
bool v6_ending_is_done(const struct v6_host *host);

#endif
