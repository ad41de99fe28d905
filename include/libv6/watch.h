/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What keeps the kernel in agreement with the records while they live: a watch over this host.
 *
 * It tells nothing and decides nothing of its own: what it hears of only says which records to
 * reconcile, by the same functions as everybody else. So to hear of something twice, late or
 * wrongly does no harm, and a watch that is begun anew begins with reconciling everything.
 */
#ifndef LIBV6_WATCH_H
#define LIBV6_WATCH_H

#include <libv6/verbs.h>

#ifdef __cplusplus
extern "C" {
#endif

/* struct v6_watch - a watch over a host; opaque */
struct v6_watch;

/**
 * v6_watch_open() - Watch this host from now on
 * @host:	Borrowed for as long as the watch lives; warned of what can't be repaired, and of
 *who keeps removing things
 * @reconcile:	Everything, in the first step; not where the records are known to be lost, since
 *		what has none is removed then
 * @ret_watch:	Set on success; release with v6_watch_close()
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0 or a negative errno
 */
int v6_watch_open(struct v6_host *host, bool reconcile, struct v6_watch **ret_watch,
		  struct v6_error *err);
void v6_watch_close(struct v6_watch *watch);

/* v6_watch_fd() - readable when there is something to do for v6_watch_step() */
int v6_watch_fd(const struct v6_watch *watch);

/**
 * v6_watch_timeout_ms() - How long v6_watch_fd() may be polled before v6_watch_step() has to be
 * called
 *
 * Return: milliseconds, -1 for ever
 */
int v6_watch_timeout_ms(const struct v6_watch *watch);

/**
 * v6_watch_step() - Do what there is to do; does not wait, but for the lock
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0, or a negative errno: the watch sees no more, close it and open another one
 *	-ESTALE  the state directory was removed, and with it the records
 */
int v6_watch_step(struct v6_watch *watch, struct v6_error *err);

/**
 * v6_watch_renewal() - The container whose names are to be looked up again now
 * @ret_id:	Room for V6_ID_MAX + 1
 *
 * Somebody is to call v6_renew() for it, and then v6_watch_renewed(); until then there is no other.
 *
 * Return: whether there is one
 */
bool v6_watch_renewal(struct v6_watch *watch, char *ret_id);

/* v6_watch_renewed() - how that went: @failed, if its code is not 0, is told of once in a row */
void v6_watch_renewed(struct v6_watch *watch, const char *id, int after_s,
		      const struct v6_error *failed);

#ifdef __cplusplus
}
#endif

#endif
