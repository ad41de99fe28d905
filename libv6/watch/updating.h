/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One update of a lane: which entries it is about, and what becomes of these by the answer. */
#ifndef V6_WATCH_UPDATING_H
#define V6_WATCH_UPDATING_H

#include "watch/published.h"

/* v6_pause_longer() - try again after twice as long a pause as the last time */
void v6_pause_longer(struct v6_pause *pause, int64_t now);

/* v6_published_wants() - Return: whether anything is to be asked about an entry, and what */
bool v6_published_wants(const struct v6_published *p, enum v6_dns_verb *ret_verb);

/* v6_lane_take() - Have an entry, about which something is to be asked, in the next update of its
 * lane, which is not busy. It stays out where others have come first that don't go with it
 */
void v6_lane_take(struct v6_published *p);

/* v6_lane_begin() - ask about what was taken */
void v6_lane_begin(struct v6_publishing *publishing, struct v6_lane *lane, int64_t now);

/* v6_lane_continue() - of a busy lane, when it was stirred or its deadline is over */
void v6_lane_continue(struct v6_publishing *publishing, struct v6_lane *lane, int64_t now);

/* v6_published_is_early() - an address gets no name that has not got the address */
bool v6_published_is_early(struct v6_publishing *publishing, const struct v6_published *p);

#endif
