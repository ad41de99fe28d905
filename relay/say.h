/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a relay says. */
#ifndef RELAY_SAY_H
#define RELAY_SAY_H

#include "relay.h"

/* relay_say() - write one line about the container's relay to the log of v6d, who started it */
void relay_say(const struct relay *relay, const char *fmt, ...) V6_PRINTF(2, 3);

#endif
