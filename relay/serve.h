/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Take connections and move what they say, until the relay is no longer wanted. */
#ifndef RELAY_SERVE_H
#define RELAY_SERVE_H

#include <stdint.h>

#include "connection.h"

/* For how long connections live on after the relay was dismissed; as long as an address stays that
 * its service has left
 */
#define DRAIN_MS (600 * 1000)

/* How often the same is told, at most */
#define SAY_MS 60000

/**
 * struct serving
 * @epoll:	All that is waited for
 * @control:	A socket to ask for the container's IPv4 address, @own when it was asked last
 * @places:	Room for all connections; those up to @used were used, @n are
 * @free:	Among those that were used
 * @ready:	Connections with something to do; @last: the last one of the list
 * @share:	Size of a buffer, if there are up to @most connections
 * @draining_until: When to exit, having been dismissed; 0: not yet
 * @said:	When something was told last
 * @deaf_until:	When to accept again, there being no memory; 0: now
 */
struct serving {
	struct relay *relay;
	int epoll, control;
	struct in_addr own;
	struct connection *places;
	unsigned int used, n, most;
	struct connection *free, *ready, *last;
	struct pipes pipes;
	size_t share;
	int64_t draining_until, said, deaf_until;
};

/**
 * serve_prepare() - Make what serving needs, while that may be made
 * @serving:	@relay is set, all else is zero
 * @err:	Filled in on failure only
 *
 * Return: 0 or a negative errno
 */
int serve_prepare(struct serving *serving, struct v6_error *err);

/* serve() - Serve. Return: 0: no longer wanted */
int serve(struct serving *serving);

#endif
