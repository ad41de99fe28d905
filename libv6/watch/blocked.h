/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tell once when other tables begin to drop packets of services, and once when that is over. */
#ifndef V6_WATCH_BLOCKED_H
#define V6_WATCH_BLOCKED_H

#include <stdint.h>

struct v6_watch;

/* v6_watch_expect_blocked() - Look at all containers soon: rules were changed, or a container began
 */
void v6_watch_expect_blocked(struct v6_watch *watch, int64_t now);

/* v6_watch_blocked() - Look at some containers, if that is due */
void v6_watch_blocked(struct v6_watch *watch, int64_t now);

#endif
