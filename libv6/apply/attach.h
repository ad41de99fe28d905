/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A service address brought to this host and removed, in one of the ways of enum v6_attach. */
#ifndef V6_APPLY_ATTACH_H
#define V6_APPLY_ATTACH_H

#include "apply/things.h"
#include "store/host.h"

/**
 * v6_attach_up() - See to it that a service address is on this host
 * @host:	This host, locked
 * @service:	Where and how
 * @err:	NULL, or filled in on failure only
 *
 * Tells the neighbours where it was missing. Doing it twice changes nothing.
 *
 * Return: 1 (it was missing), 0 or a negative errno
 */
int v6_attach_up(struct v6_host *host, const struct v6_service *service, struct v6_error *err);

/* v6_attach_held() - whether it is on this host as v6_attach_up() leaves it. Return: 1, 0 or a
 * negative errno
 */
int v6_attach_held(struct v6_host *host, const struct v6_service *service);

/* v6_attach_down() - take it away, whichever way it was brought here; what is gone already is
 * success. Return: 0 or errno
 */
int v6_attach_down(struct v6_host *host, const struct v6_service *service, struct v6_error *err);

/* v6_attach_leave() - remove it from its link, for it to go to another one: the route on lo, with
 * which it has a proxy neighbour there, stays; what is gone already is success. Return: 0 or errno
 */
int v6_attach_leave(struct v6_host *host, const struct v6_service *service, struct v6_error *err);

/* v6_attach_remove() - remove one that was found in the kernel, and that no record wants; what is
 * gone already is success. Return: 0 or errno
 */
int v6_attach_remove(struct v6_host *host, const struct v6_spot *spot, struct v6_error *err);

#endif
