/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reconcile what a watch has noted, when it is due. */
#ifndef V6_WATCH_REPAIR_H
#define V6_WATCH_REPAIR_H

#include <stdint.h>

struct v6_watch;

/* v6_watch_expect() - Look at what is noted in @gone no later than at @due */
void v6_watch_expect(struct v6_watch *watch, int64_t due);

/* v6_watch_repair() - Reconcile what is noted in @gone, if it is due */
void v6_watch_repair(struct v6_watch *watch, int64_t now);

/* v6_watch_interfaces() - Open interfaces that appeared, if it is due */
void v6_watch_interfaces(struct v6_watch *watch, int64_t now);

/* v6_watch_collect() - Reconcile containers that exited, or whose network changed */
void v6_watch_collect(struct v6_watch *watch, int64_t now);

/* v6_watch_end_flows() - go on with connections that were noted, for some milliseconds in twice as
 * many: what is removed meanwhile is to be repaired as soon as ever
 */
void v6_watch_end_flows(struct v6_watch *watch, int64_t now);

#endif
