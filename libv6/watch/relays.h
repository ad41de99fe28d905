/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The relays that records want, and the processes that are there. */
#ifndef V6_WATCH_RELAYS_H
#define V6_WATCH_RELAYS_H

#include "store/host.h"

/* How soon a relay is started again that exited: at once if it ran for long, else after a pause
 * that doubles from the first to the second of these
 */
#define V6_RELAY_LONG_MS      10000
#define V6_RELAY_PAUSE_MS     100
#define V6_RELAY_PAUSE_MAX_MS 30000

/**
 * struct v6_relaying - What is known of one relay
 * @id:		The container's
 * @fd:		pidfd of its process, in the epoll set, or -1: none runs
 * @pid:	The process
 * @since:	When it was started
 * @pause_ms:	Before it is started again
 * @due:	When to look at it; INT64_MAX: not before something happens
 */
struct v6_relaying {
	char id[V6_ID_MAX + 1];
	int fd;
	pid_t pid;
	int64_t since;
	int pause_ms;
	int64_t due;
};

/* struct v6_relays - @n of them, in no order; @host and @epoll are borrowed. @left: processes that
 * were dismissed, @n_left of them, which are only waited for, so that they don't stay zombies
 */
struct v6_relays {
	struct v6_host *host;
	int epoll;
	struct v6_relaying *list;
	size_t n, room;
	struct v6_left_relay {
		pid_t pid;
		int fd;
	} * left;
	size_t n_left;
};

/* v6_relays_release() - forget all; the processes stay */
void v6_relays_release(struct v6_relays *relays);

/* v6_relays_add() - a record came or changed: its relay is looked at in the next step */
void v6_relays_add(struct v6_relays *relays, const struct v6_record *record, int64_t now);

/* v6_relays_drop() - a record has gone */
void v6_relays_drop(struct v6_relays *relays, const char *id);

/* v6_relays_look() - look at all of them in the next step */
void v6_relays_look(struct v6_relays *relays, int64_t now);

/* v6_relays_end() - the descriptor @fd is readable. Return: whether it is a relay's, which exited
 */
bool v6_relays_end(struct v6_relays *relays, int fd, int64_t now);

/* v6_relays_next() - when something is to be done; INT64_MAX: never */
int64_t v6_relays_next(const struct v6_relays *relays);

/* v6_relays_step() - start what is wanted and missing, and dismiss what is not */
void v6_relays_step(struct v6_relays *relays, int64_t now);

#endif
