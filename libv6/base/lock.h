/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Locks of files, as flock(2) and fcntl(2) have them: they go with whoever holds them. */
#ifndef V6_BASE_LOCK_H
#define V6_BASE_LOCK_H

#include <stdbool.h>
#include <sys/types.h>

/* How long one and the same process may be waited for: an engine gives a hook ten seconds in all */
#define V6_LOCK_PATIENCE_MS 5000

/* How long who waits pauses at most: who lets go of it for longer is not the next one to have it */
#define V6_LOCK_PAUSE_MS 16

/* struct v6_lock_holder - who has a lock: @pid is 0 where that can't be known */
struct v6_lock_holder {
	pid_t pid;
	char name[16]; /* as in /proc/PID/comm, without control characters */
};

/**
 * v6_lock_take() - Take the lock of an open file, after whoever has it
 * @fd:		The file; the lock is held until it is closed
 * @patience_ms: How long to wait for one holder. That others have it meanwhile begins this anew: in
 *		a crowd everybody has his turn
 * @ret_holder:	NULL, or set where -ETIMEDOUT is returned
 *
 * Asks again and again, as a blocked flock() could be ended by a signal only.
 *
 * Return: 0, -ETIMEDOUT or another negative errno
 */
int v6_lock_take(int fd, int patience_ms, struct v6_lock_holder *ret_holder);

/**
 * v6_lock_hold() - Show that we are there, by a lock of another kind
 * @fd:		An open file; it is held until all descriptors of it are closed
 *
 * Return: 0, -EAGAIN (somebody else is) or another negative errno
 */
int v6_lock_hold(int fd);

/* v6_lock_is_held() - whether somebody else is there; that does not take the lock, not even for a
 * moment
 */
bool v6_lock_is_held(int fd);

#endif
