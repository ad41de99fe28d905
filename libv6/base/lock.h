/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Locks of files, as flock(2) and fcntl(2) have them: they go with whoever holds them. */
#ifndef V6_BASE_LOCK_H
#define V6_BASE_LOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The longest that anybody waits for a lock: an engine gives a hook ten seconds in all */
#define V6_LOCK_PATIENCE_MS 8000

/**
 * struct v6_lock_holder - Who has a lock
 * @pid:	0: nobody, or a process of another PID namespace
 * @name:	As in /proc/PID/comm, without control characters
 * @stayed:	It had the lock all the time; otherwise others had it, too
 * @waited:	The lock was not free at once; set also where it was taken
 */
struct v6_lock_holder {
	pid_t pid;
	char name[16];
	bool stayed, waited;
};

/**
 * v6_lock_take() - Wait for the lock of an open file
 * @fd:		The file, open for writing; the lock is held until it is closed
 * @deadline_ms: By v6_now_ms(), when to give up: V6_LOCK_PATIENCE_MS from now at most, or others
 *may come first from then on
 * @ret_holder:	NULL, or set if -ETIMEDOUT is returned, and @waited of it always
 *
 * Who waits longest is next. A process that is killed while it waits, or while it holds the lock,
 * leaves nothing behind; one that is stopped while it waits is passed over.
 *
 * Return: 0, -ETIMEDOUT or another negative errno
 */
int v6_lock_take(int fd, int64_t deadline_ms, struct v6_lock_holder *ret_holder);

/* v6_lock_try() - Take the lock of an open file if it is free, whoever else waits
 *
 * Return: 0, -EWOULDBLOCK or another negative errno
 */
int v6_lock_try(int fd);

/* v6_lock_is_awaited() - whether somebody waits for the lock of an open file by v6_lock_take() */
bool v6_lock_is_awaited(int fd);

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
