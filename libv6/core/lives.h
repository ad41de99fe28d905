/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The containers whose end a watch waits for. */
#ifndef V6_CORE_LIVES_H
#define V6_CORE_LIVES_H

#include <libv6/core.h>

/* How long the engine has, after a container's end, to tell us in its own way */
#define V6_LIFE_GRACE_MS 400

/* How often a life that hangs on a file is looked at: no event tells of a namespace's end */
#define V6_LIFE_LOOK_MS 5000

/**
 * struct v6_life - One container
 * @id:		Its id
 * @fd:		pidfd of its init, in the epoll set, or -1: none, or it has ended
 * @due:	When to reconcile it, in milliseconds; INT64_MAX: not before it ends
 */
struct v6_life {
	char id[V6_ID_MAX + 1];
	int fd;
	int64_t due;
};

/* struct v6_lives - @n of them, in no order; @epoll is borrowed */
struct v6_lives {
	int epoll;
	struct v6_life *list;
	size_t n, room;
};

void v6_lives_release(struct v6_lives *lives);

/**
 * v6_lives_add() - Wait for the end of a record's container, instead of what its id had before
 * @now:	Time
 *
 * One that has ended already is due at once.
 *
 * Return: 0 or a negative errno (-EMFILE)
 */
int v6_lives_add(struct v6_lives *lives, const struct v6_record *record, int64_t now);

/* v6_lives_drop() - forget a container */
void v6_lives_drop(struct v6_lives *lives, const char *id);

/* v6_lives_end() - the pidfd @fd is readable: its container is due after the grace */
void v6_lives_end(struct v6_lives *lives, int fd, int64_t now);

/* v6_lives_next() - when the next one is due; INT64_MAX: none is */
int64_t v6_lives_next(const struct v6_lives *lives);

/**
 * v6_lives_take() - One that is due, which then is no more, or is again later
 * @ret_id:	Room for V6_ID_MAX + 1
 *
 * Return: whether there is one
 */
bool v6_lives_take(struct v6_lives *lives, int64_t now, char *ret_id);

#endif
