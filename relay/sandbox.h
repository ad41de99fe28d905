/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a relay may do, from before it takes its first connection: next to nothing. */
#ifndef RELAY_SANDBOX_H
#define RELAY_SANDBOX_H

#include "relay.h"

/**
 * sandbox_enter() - Give up all rights for good
 * @connections: How many connections there are to be; less where there are fewer descriptors
 * @err:	Filled in on failure only
 *
 * Afterwards: the user nobody without any capability or group; no new program, process or file; of
 * system calls, those that move bytes between sockets, and make sockets of IPv4.
 *
 * Return: 0 or a negative errno
 */
int sandbox_enter(unsigned int *connections, struct v6_error *err);

#endif
