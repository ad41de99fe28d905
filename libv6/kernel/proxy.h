/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proxy neighbours: addresses that a link is told to be here though no link has them. */
#ifndef V6_KERNEL_PROXY_H
#define V6_KERNEL_PROXY_H

#include "kernel/nl.h"

/**
 * struct v6_proxy - A proxy neighbour
 * @address:	Solicitations for it are answered
 * @link:	Index of the link that they come by
 *
 * The kernel answers only where the link forwards and has proxy_ndp on: v6_proxy_on().
 */
struct v6_proxy {
	struct in6_addr address;
	int link;
};

/* v6_proxy_add() - add one with our mark; one that is there gets it. Return: 0, -ENODEV, ... */
int v6_proxy_add(struct v6_nl *nl, const struct v6_proxy *proxy);

/* v6_proxy_remove() - Return: 0, -ENOENT, -ENODEV, ... */
int v6_proxy_remove(struct v6_nl *nl, const struct v6_proxy *proxy);

/* v6_proxy_has() - whether there is one. Return: 1, 2 (it is somebody else's, without our mark), 0
 * or a negative errno
 */
int v6_proxy_has(struct v6_nl *nl, const struct v6_proxy *proxy);

/**
 * v6_proxy_each() - Visit those with our mark (NDA_PROTOCOL, 5.2); none on older kernels
 * @visit:	A negative return value ends the visit
 *
 * There are only those that somebody on this host added. For reconciling everything.
 *
 * Return: 0 or a negative errno
 */
int v6_proxy_each(struct v6_nl *nl, int (*visit)(const struct v6_proxy *proxy, void *data),
		  void *data);

#endif
