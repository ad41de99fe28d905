/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mending at a pace: who keeps taking something away has his reasons, and is not to be fought with
 * all the speed that we have.
 */
#ifndef V6_WATCH_PACE_H
#define V6_WATCH_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include <netinet/in.h>

/* Within so many milliseconds, */
#define V6_PACE_WINDOW_MS 10000
/* so many times are mended at once; then there is a pause, which doubles while it goes on. */
#define V6_PACE_BURST	     5
#define V6_PACE_PAUSE_MS     10000
#define V6_PACE_PAUSE_MAX_MS 320000

/**
 * struct v6_paced - How often one address was mended lately
 * @address:	It; :: for the table
 * @since:	When the window began, in milliseconds
 * @n:		Times within it
 * @until:	No mending before
 * @pause_ms:	The last pause
 */
struct v6_paced {
	struct in6_addr address;
	int64_t since, until;
	unsigned int n;
	int pause_ms;
};

/* struct v6_pace - all of them, each in a place by a hash: a collision only forgets; of zeroes */
struct v6_pace {
	struct v6_paced slots[256];
};

/* v6_pace_due() - when an address may be mended: @now, or after its pause */
int64_t v6_pace_due(const struct v6_pace *pace, const struct in6_addr *address, int64_t now);

/**
 * v6_pace_note() - Note that something of an address was missing, and mended
 *
 * Return: true where a pause begins, which somebody should be told of
 */
bool v6_pace_note(struct v6_pace *pace, const struct in6_addr *address, int64_t now);

/**
 * v6_pace_rest() - When to do again what took from @began to @ended
 *
 * For what somebody may give us reasons to do without an end: a fifth of the time goes into it at
 * most.
 */
int64_t v6_pace_rest(int64_t began, int64_t ended);

#endif
