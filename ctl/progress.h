/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line on a terminal that says how far long work is. */
#ifndef CTL_PROGRESS_H
#define CTL_PROGRESS_H

#include <libv6/store.h>

/**
 * progress_begin() - Show how many containers a command has done
 * @doing:	What is done to them, as in "taking down"; a string that stays
 *
 * On standard error, if that is a terminal, and only once it has taken a second.
 */
void progress_begin(struct v6_host *host, const char *doing);

/* progress_silence() - Show nothing from now on */
void progress_silence(void);

/* progress_clear() - Remove the line, so that another text may be printed there */
void progress_clear(void);

#endif
