/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Check that something in the container listens on its ports, and answers a connection. */
#ifndef V6_CHECK_LISTENING_H
#define V6_CHECK_LISTENING_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

struct v6_checked;

void v6_check_listening(struct v6_checked *c);
void v6_check_connection(struct v6_checked *c);

/* v6_port_to_try() - of a mapping, a port of TCP on the service address that is worth a try; 0:
 * none
 */
uint16_t v6_port_to_try(const struct v6_checked *c, size_t i);

/**
 * v6_try_connection() - Connect by TCP, for 2 s at most
 * @ret_fd:	NULL, or set to the connection, which the caller closes
 *
 * Return: 0 or a negative errno
 */
int v6_try_connection(const struct in6_addr *address, uint16_t port, int *ret_fd);

#endif
