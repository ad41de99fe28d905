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
 * @bell:	The end to write to, or -1; see store/relay.h
 * @pid:	The process
 * @since:	When it was started
 * @pause_ms:	Before it is started again
 * @due:	When to look at it; INT64_MAX: not before something happens
 */
struct v6_relaying {
	char id[V6_ID_MAX + 1];
	int fd, bell;
	pid_t pid;
	int64_t since;
	int pause_ms;
	int64_t due;
};

/* struct v6_relays - @n of them, in no order; @host and @epoll are borrowed. @inotify: tells whose
 * files are removed, or -1; in the epoll set
 */
struct v6_relays {
	struct v6_host *host;
	int epoll, inotify;
	struct v6_relaying *list;
	size_t n, room;
};

/* v6_relays_open() - Begin; @relays is all zero, except its inotify, which is -1 */
void v6_relays_open(struct v6_relays *relays, struct v6_host *host, int epoll);

/* v6_relays_release() - Forget all; the processes stay, except those whose files are gone */
void v6_relays_release(struct v6_relays *relays);

/* v6_relays_add() - a record came or changed: its relay is looked at in the next step */
void v6_relays_add(struct v6_relays *relays, const struct v6_record *record, int64_t now);

/* v6_relays_drop() - a record has gone */
void v6_relays_drop(struct v6_relays *relays, const char *id);

/* v6_relays_look() - look at all of them in the next step */
void v6_relays_look(struct v6_relays *relays, int64_t now);

/* v6_relays_stir() - the descriptor @fd is readable. Return: whether it is one of a relay, which
 * exited, or of their files
 */
bool v6_relays_stir(struct v6_relays *relays, int fd, int64_t now);

/* v6_relays_next() - when something is to be done; INT64_MAX: never */
int64_t v6_relays_next(const struct v6_relays *relays);

/* v6_relays_step() - start what is wanted and missing, and dismiss what is not */
void v6_relays_step(struct v6_relays *relays, int64_t now);

#endif
