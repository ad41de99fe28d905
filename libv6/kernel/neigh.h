/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Neighbour discovery: whose an address is on a link, and telling it that it is here now. */
#ifndef V6_KERNEL_NEIGH_H
#define V6_KERNEL_NEIGH_H

#include <stdbool.h>

#include "kernel/link.h"
#include "kernel/nl.h"

/**
 * v6_neigh_advertise() - Send one unsolicited neighbour advertisement with override
 * @fd:		From v6_neigh_listen(), or -1: by a socket of its own
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
int v6_neigh_advertise(int fd, const struct v6_link *link, const struct in6_addr *address);

/**
 * v6_neigh_listen() - Open a socket that hears who has an address
 * @ret_fd:	Set on success; for the two functions below; close()
 *
 * Return: 0 or a negative errno (-EPERM: no CAP_NET_RAW)
 */
int v6_neigh_listen(int *ret_fd);

/**
 * v6_neigh_overhear() - Open a socket that hears who tells of an address without having been asked
 * @ret_fd:	Set on success; for v6_neigh_each(); close()
 *
 * So does a machine that has just got an address, or defends it against one that wants it. What
 * the kernel asks for itself, all day, wakes nobody.
 *
 * Return: 0 or a negative errno (-EPERM: no CAP_NET_RAW)
 *
 * Source: RFC 4861 section 7.2.6, RFC 4862 section 5.4.3
 */
int v6_neigh_overhear(int *ret_fd);

/**
 * v6_neigh_ask() - Ask a link who has an address; one solicitation, no wait
 * @fd:		From v6_neigh_listen()
 * @link:	As for v6_neigh_advertise()
 * @address:	Not on this host: the kernel would take it for its source
 *
 * Return: 0 or a negative errno (-EADDRNOTAVAIL: the link has no address to ask from yet)
 *
 * Source: RFC 4861 section 7.2.2
 */
int v6_neigh_ask(int fd, const struct v6_link *link, const struct in6_addr *address);

/**
 * struct v6_neighbour - An answer
 * @link:	Index of the link that it came by
 * @address:	The address that was asked for, maybe by somebody else
 * @mac:	Who has it
 */
struct v6_neighbour {
	int link;
	struct in6_addr address;
	uint8_t mac[V6_MAC_SIZE];
};

/**
 * v6_neigh_each() - Visit the answers that have come by now; no wait
 * @fd:		From v6_neigh_listen() or v6_neigh_overhear()
 * @visit:	Called with each
 * @data:	Passed to @visit
 *
 * Ends also where somebody floods the link with them.
 *
 * Return: 0 or a negative errno
 *
 * Source: RFC 4861 section 7.1.2 for what makes one valid
 */
int v6_neigh_each(int fd, void (*visit)(const struct v6_neighbour *answer, void *data), void *data);

/* v6_neigh_solicited_node() - the multicast group of an address, RFC 4291 section 2.7.1 */
struct in6_addr v6_neigh_solicited_node(const struct in6_addr *address);

#endif
