/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Let containers that share their claims have connections once their programs listen. */
#ifndef V6_WATCH_JOINING_H
#define V6_WATCH_JOINING_H

#include <stdint.h>

struct v6_watch;

/* v6_watch_joining() - Look at the containers that are joining, if one is due */
void v6_watch_joining(struct v6_watch *watch, int64_t now);

#endif
