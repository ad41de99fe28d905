/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A picture that stays current. */
#ifndef CTL_WATCH_H
#define CTL_WATCH_H

#include <stdio.h>

#include <libv6/store.h>

/**
 * watch() - Draw again whenever a record comes or goes, and every second, until a signal ends it
 * @draw:	Gets this host opened to look at, writes to @out and returns an exit status
 *
 * On a terminal it has the screen to itself, which is as before when it ends; what does not fit is
 * left out. Elsewhere one picture follows the other.
 *
 * Return: exit status: that of the last picture, or EXIT_FAILED
 */
int watch(int (*draw)(struct v6_host *host, FILE *out));

#endif
