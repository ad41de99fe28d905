/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When to repair something again that keeps being removed: whoever removes it has their reasons, so
 * v6d backs off instead of fighting them at full speed.
 */
#ifndef V6_WATCH_BACKOFF_H
#define V6_WATCH_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

#include <netinet/in.h>

/* Within this many milliseconds, */
#define V6_BACKOFF_WINDOW_MS 10000
/* this many repairs are made at once; then there is a pause, which doubles while it goes on. */
#define V6_BACKOFF_BURST	5
#define V6_BACKOFF_PAUSE_MS	10000
#define V6_BACKOFF_PAUSE_MAX_MS 320000

/**
 * struct v6_backoff_slot - How often one address was repaired lately
 * @address:	The address; :: for the table
 * @since:	When the window began, in milliseconds
 * @n:		Repairs within the window
 * @until:	No repair before
 * @pause_ms:	The last pause
 */
struct v6_backoff_slot {
	struct in6_addr address;
	int64_t since, until;
	unsigned int n;
	int pause_ms;
};

/* struct v6_backoff - all slots, found by a hash: a collision only forgets; begin with zeroes */
struct v6_backoff {
	struct v6_backoff_slot slots[256];
};

/* v6_backoff_due() - tell when an address may be repaired: @now, or after its pause */
int64_t v6_backoff_due(const struct v6_backoff *backoff, const struct in6_addr *address,
		       int64_t now);

/**
 * v6_backoff_note() - Note that something of an address was missing, and was repaired
 *
 * Return: true if a pause begins, which the user should be told of
 */
bool v6_backoff_note(struct v6_backoff *backoff, const struct in6_addr *address, int64_t now);

/**
 * v6_backoff_rest() - Tell when to do again what took from @began to @ended
 *
 * For work that others can cause without end: it takes a fifth of the time at most.
 */
int64_t v6_backoff_rest(int64_t began, int64_t ended);

#endif
