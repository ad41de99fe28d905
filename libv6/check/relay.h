/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a relay runs, and whether its program answers it. */
#ifndef V6_CHECK_RELAY_H
#define V6_CHECK_RELAY_H

#include <libv6/kernel.h>

#include "check/checker.h"

/**
 * v6_check_relay() - Check that a mapping's relay listens, and the program behind it
 * @i:		The mapping
 *
 * Return: the program's port, or 0: clients are not served
 */
uint16_t v6_check_relay(struct v6_checked *c, size_t i);

/* v6_check_relay_helps() - Tell that a relay would reach a program, if it would */
void v6_check_relay_helps(struct v6_checked *c, const struct v6_port_map *map,
			  const struct v6_listener *listener);

/**
 * v6_check_greeted() - Check that a program stays connected that was sent a PROXY header
 * @fd:		A connection to the service, on which nothing was sent by us
 *
 * Where it closes the connection at once, or answers what nobody has asked, as HTTP does with an
 * error, it does not know the header.
 *
 * Return: whether nothing is wrong
 */
bool v6_check_greeted(struct v6_checked *c, const struct v6_service *service, uint16_t port,
		      int fd);

#endif
