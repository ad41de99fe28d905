/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one socket that clients of a port reach.
 *
 * v6_listeners_each() has the kernel walk through all sockets of all users, of which one user may
 * have hundreds of thousands; this has it look as it does for a packet.
 */
#ifndef V6_KERNEL_LISTENERS_H
#define V6_KERNEL_LISTENERS_H

#include <libv6/kernel.h>

#include "kernel/nl.h"

/**
 * v6_listeners_read() - Visit TCP's listeners in a network namespace as /proc lists those of IPv6
 *
 * For kernels without tcp_diag; slower, and of a listener address and port alone are told.
 *
 * Return: as v6_listeners_each()
 *
 * Source: get_tcp6_sock() in linux/net/ipv6/tcp_ipv6.c
 */
int v6_listeners_read(int netns, int (*visit)(const struct v6_listener *listener, void *data),
		      void *data, struct v6_error *err);

/**
 * v6_listener_open() - Get ready for v6_listener_find() in our network namespace
 * @protocol:	IPPROTO_TCP or IPPROTO_UDP
 * @ret_nl:	Set on success
 * @err:	NULL, or filled in on failure only
 *
 * The kernel says the same where nobody listens and where it can't look; so it is tried with a
 * socket of our own.
 *
 * Return: 0, -ENOENT (not in this kernel) or another negative errno
 */
int v6_listener_open(uint8_t protocol, struct v6_nl *ret_nl, struct v6_error *err);

/**
 * v6_listener_find() - The socket that a client of an IPv6 address and port reaches
 * @nl:		From v6_listener_open() for @protocol
 * @link:	Index of the link by which its packets come
 * @ret_listener: Set on success
 *
 * Return: 0, -ENOENT (nobody listens) or another negative errno
 *
 * Source: inet_diag_find_one_icsk() in linux/net/ipv4/inet_diag.c; udp_dump_one() in udp_diag.c,
 * where source and destination are swapped "for historical reasons"
 */
int v6_listener_find(struct v6_nl *nl, uint8_t protocol, const struct in6_addr *address,
		     uint16_t port, int link, struct v6_listener *ret_listener);

#endif
