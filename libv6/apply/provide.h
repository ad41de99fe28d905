/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An assigned address in the kernel: the container's side, and the way of the host to it. */
#ifndef V6_APPLY_PROVIDE_H
#define V6_APPLY_PROVIDE_H

#include "store/host.h"

/**
 * v6_provide_up() - Give the container its address and a way to the host, and the host one to it
 * @host:	This host
 * @record:	Its record; nothing is done where the address is not provided
 * @err:	NULL, or filled in on failure only
 *
 * Doing it twice changes nothing. A default route that the container has is left alone.
 *
 * Return: 1 (something was missing), 0 or a negative errno
 */
int v6_provide_up(struct v6_host *host, const struct v6_record *record, struct v6_error *err);

/**
 * v6_provide_down() - Take the host's side of it away; the container's goes with its namespace
 * @last:	No other container has the address, as those of one network namespace may
 * @last_behind: No other container behind the bridge has such an address
 *
 * Return: 0 or a negative errno; what is gone already is success
 */
int v6_provide_down(struct v6_host *host, const struct v6_record *record, bool last,
		    bool last_behind, struct v6_error *err);

#endif
