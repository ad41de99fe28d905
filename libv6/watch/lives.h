/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The containers whose end a watch waits for, and whose networks it follows. */
#ifndef V6_WATCH_LIVES_H
#define V6_WATCH_LIVES_H

#include <libv6/store.h>

/* How long the engine has, after a container's end, to tell us in its own way */
#define V6_LIFE_GRACE_MS 400

/* How often a life that hangs on a file is looked at: no event tells of a namespace's end */
#define V6_LIFE_LOOK_MS 5000

/* How long a change of a network may go on before it is looked at */
#define V6_LIFE_SETTLE_MS 50

/* How often a network is looked at in vain that goes on changing; then there is a pause in between,
 * until nothing has changed for a while: whoever has rights in there may have as much happen as
 * they like
 */
#define V6_LIFE_VAIN_MAX 20
#define V6_LIFE_REST_MS	 1000
#define V6_LIFE_CALM_MS	 10000

/* How long it takes at most until a container without an address is looked at again unasked */
#define V6_LIFE_PAUSE_MAX_MS 60000

/**
 * struct v6_life - One container
 * @id:		Its id
 * @fd:		pidfd of its init, in the epoll set, or -1: none, or it has ended
 * @is_looked_at: Every V6_LIFE_LOOK_MS: its life hangs on a file, or a user's ports are led to
 * @is_given:	We gave it its address, so that one which comes may be better
 * @netns:	Id of its network namespace in ours, or -1: it can't be heard of
 * @pause_ms:	It has no address, and this is how long it was let alone; 0: it has one
 * @leave_at:	When an address goes that its services have left; INT64_MAX: there is none
 * @renew_at:	When to look up its names again; INT64_MAX: it has none that are followed
 * @failed:	That failed the last time
 * @stirred_at:	When its network changed last, and @in_vain, how often nothing came of a look since
 *that goes on
 * @due:	When to reconcile it, in milliseconds; INT64_MAX: not before something happens
 * @join_at:	When to look whether its program listens, as it is joining; INT64_MAX: it is not
 * @joining_since: Since when
 * @is_told_of:	The user was told that it takes long
 * @is_blocked:	Other tables drop packets of its services, as was seen last; @blocks: how often that
 *began
 */
struct v6_life {
	char id[V6_ID_MAX + 1];
	int fd;
	bool is_looked_at;
	bool is_given;
	int netns;
	int pause_ms;
	int64_t leave_at, renew_at;
	bool failed;
	int64_t stirred_at;
	unsigned int in_vain;
	int64_t due;
	int64_t join_at, joining_since;
	bool is_told_of;
	bool is_blocked;
	unsigned int blocks;
};

/* struct v6_lives - @n of them, in no order; @epoll is borrowed. @first_s: in how many seconds the
 * names of one are due that was just added, as it is not known for how long they hold
 */
struct v6_lives {
	int epoll;
	int first_s;
	struct v6_life *list;
	size_t n, room;
};

void v6_lives_release(struct v6_lives *lives);

/**
 * v6_lives_add() - Wait for the end of a record's container, instead of what its id had before
 * @netns:	As in struct v6_life
 * @now:	Time
 *
 * One that has ended already is due at once, and soon one that has no address.
 *
 * Return: 0 or a negative errno (-EMFILE)
 */
int v6_lives_add(struct v6_lives *lives, const struct v6_record *record, int netns, int64_t now);

/* v6_lives_drop() - forget a container */
void v6_lives_drop(struct v6_lives *lives, const char *id);

/* v6_lives_end() - the pidfd @fd is readable: its container is due after the grace */
void v6_lives_end(struct v6_lives *lives, int fd, int64_t now);

/* v6_lives_stir() - something has happened in the network @netns: those in there are due soon,
 * where something is @gone or another, or where they have no address of their own
 */
void v6_lives_stir(struct v6_lives *lives, int netns, bool gone, int64_t now);

/* v6_lives_next() - when the next one is due, or is to be looked at as it is joining; INT64_MAX:
 * none is
 */
int64_t v6_lives_next(const struct v6_lives *lives);

/* v6_lives_find() - NULL: it is not there */
struct v6_life *v6_lives_find(const struct v6_lives *lives, const char *id);

/* v6_lives_renewal() - the one whose names have been due longest, or are due next. NULL: none */
struct v6_life *v6_lives_renewal(const struct v6_lives *lives);

/* v6_lives_renew_after() - its names are due again in @after_s seconds, and up to a tenth later */
void v6_lives_renew_after(struct v6_life *life, int after_s, int64_t now);

/**
 * v6_lives_take() - One that is due
 *
 * It is due again after V6_LIFE_LOOK_MS, unless v6_lives_put() says something else.
 *
 * Return: NULL: there is none
 */
struct v6_life *v6_lives_take(struct v6_lives *lives, int64_t now);

/* v6_lives_put() - it was reconciled, and lives: when it is due again. @pending: it has no address
 */
void v6_lives_put(struct v6_life *life, bool pending, int64_t now);

#endif
