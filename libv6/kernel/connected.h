/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UDP sockets that are connected to one other end, by the kernel's socket monitoring. */
#ifndef V6_KERNEL_CONNECTED_H
#define V6_KERNEL_CONNECTED_H

#include <libv6/base.h>

/* struct v6_connected - a UDP socket's own end and the other one */
struct v6_connected {
	struct in6_addr local, remote;
	uint16_t local_port, remote_port;
};

/**
 * v6_connected_some() - Visit the first thousand connected UDP sockets of IPv6 or so
 * @visit:	Called with each of the calling thread's network namespace; negative ends the visit
 * @data:	Passed to @visit
 * @err:	NULL, or filled in on failure only
 *
 * How many there are is the choice of the host's users: see v6_nl_glimpse().
 *
 * Return: 0, 1 (there are more), what @visit returned, -ENOENT (not in this kernel) or
 * another negative errno
 */
int v6_connected_some(int (*visit)(const struct v6_connected *connected, void *data), void *data,
		      struct v6_error *err);

#endif
