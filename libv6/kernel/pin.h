/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pinned neighbours: whose link-layer address an IPv6 address has on a link, for good. */
#ifndef V6_KERNEL_PIN_H
#define V6_KERNEL_PIN_H

#include "kernel/neigh.h"

/**
 * struct v6_pin - A permanent neighbour entry
 * @address:	Packets to it
 * @link:	Index of the link that they leave by
 * @mac:	Go there, whatever the neighbours say
 */
struct v6_pin {
	struct in6_addr address;
	int link;
	uint8_t mac[V6_MAC_SIZE];
};

/**
 * v6_pin_add() - Pin a neighbour, with our mark; what the kernel had learnt of it is forgotten
 * @nl:		NETLINK_ROUTE socket
 * @pin:	All of it
 *
 * A permanent entry of somebody else's with the same link-layer address is as good.
 *
 * Return: 1 (it was not there, or with another link-layer address), 0, -EEXIST (somebody else has
 * pinned it elsewhere) or another negative errno
 */
int v6_pin_add(struct v6_nl *nl, const struct v6_pin *pin);

/* v6_pin_has() - whether v6_pin_add() would find it there. Return: 1, 0 or a negative errno */
int v6_pin_has(struct v6_nl *nl, const struct v6_pin *pin);

/* v6_pin_remove() - remove one with our mark, by @address and @link; one that is somebody else's
 * stays. Return: 0 (also: it is not there) or a negative errno
 */
int v6_pin_remove(struct v6_nl *nl, const struct v6_pin *pin);

/**
 * v6_pin_each() - Visit those with our mark (NDA_PROTOCOL, 5.2); none on older kernels
 * @visit:	A negative return value ends the visit
 *
 * The kernel tells of all neighbours: beside the permanent ones, of as many as gc_thresh3 lets
 * strangers make, 1,024 unless the administrator says otherwise. For reconciling everything.
 *
 * Return: 0 or a negative errno
 */
int v6_pin_each(struct v6_nl *nl, int (*visit)(const struct v6_pin *pin, void *data), void *data);

#endif
