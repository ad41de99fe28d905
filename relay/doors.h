/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sockets on which a relay listens. */
#ifndef RELAY_DOORS_H
#define RELAY_DOORS_H

#include "relay.h"

/* What a client's buffers may be at most, each; the kernel counts twice as much */
#define DOOR_BUFFER_MAX (2 << 20)

/**
 * doors_open() - Listen on all ports of a relay
 * @relay:	Its doors get their sockets
 * @err:	Filled in on failure only
 *
 * In the network namespace of the caller, who needs CAP_NET_ADMIN there for the buffers' size.
 *
 * Return: 0 or a negative errno
 */
int doors_open(struct relay *relay, struct v6_error *err);

/* doors_close() - take no more connections */
void doors_close(struct relay *relay);

/* door_buffer() - how large a buffer of a client's connection is from its beginning */
size_t door_buffer(const struct relay *relay);

#endif
