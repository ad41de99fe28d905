/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Warn of other machines that claim to have the address of a service. */
#ifndef V6_WATCH_DUPLICATES_H
#define V6_WATCH_DUPLICATES_H

#include <stdint.h>

struct v6_watch;

/* v6_watch_duplicates() - Warn of what came in by @neighbours, once in a while for each address */
void v6_watch_duplicates(struct v6_watch *watch, int64_t now);

#endif
