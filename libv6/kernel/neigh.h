/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Neighbour discovery: telling a link that an address is here now. */
#ifndef V6_KERNEL_NEIGH_H
#define V6_KERNEL_NEIGH_H

#include "kernel/link.h"

/**
 * v6_neigh_advertise() - Send one unsolicited neighbour advertisement with override
 * @link:	Link of the calling thread's network namespace; one without a link-layer address of
 *		6 bytes has no neighbours to tell, and nothing is sent
 * @address:	Address that is at @link now
 *
 * The kernel sends none for an address without duplicate detection, and neighbours that knew the
 * address elsewhere would keep to the old place for half a minute. Does not wait.
 *
 * Return: 0 or a negative errno
 *
 * Source: RFC 4861 section 7.2.6
 */
int v6_neigh_advertise(const struct v6_link *link, const struct in6_addr *address);

#endif
