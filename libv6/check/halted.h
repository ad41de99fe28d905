/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Check that a container's program is at work: the kernel takes connections for one that is not. */
#ifndef V6_CHECK_HALTED_H
#define V6_CHECK_HALTED_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct v6_checked;
struct v6_listener;
struct v6_port_map;
struct v6_service;

/* v6_check_frozen() - report a container that its engine has paused. Return: whether it is */
bool v6_check_frozen(struct v6_checked *c);

/* v6_check_stopped() - report a listener whose process is stopped. Return: whether it is */
bool v6_check_stopped(struct v6_checked *c, const struct v6_port_map *map,
		      const struct v6_listener *listener);

/**
 * v6_check_accepted() - See whether the program accepts a connection that was just made
 * @service:	Address that was connected to
 * @target:	Where it was forwarded to, and
 * @port:	the port there
 *
 * Waits for that, 2 s at most, and reports where it does not.
 *
 * Return: whether it does, as far as that can be seen
 */
bool v6_check_accepted(struct v6_checked *c, const struct v6_service *service,
		       const struct in6_addr *target, uint16_t port);

#endif
