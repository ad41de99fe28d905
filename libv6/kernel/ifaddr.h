/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv6 addresses of links. */
#ifndef V6_KERNEL_IFADDR_H
#define V6_KERNEL_IFADDR_H

#include <stdbool.h>

#include "kernel/nl.h"

/* Marks addresses (IFA_PROTO, 5.18) and routes (rtm_protocol) as ours; free in rtnetlink.h. */
#define V6_PROTOCOL_MARK 83

/**
 * struct v6_ifaddr - An address on a link
 * @link:	Index
 * @flags:	IFA_F_*
 * @preferred:	Its preferred lifetime is not over, so the host may pick it as a source
 * @ours:	It carries our mark; never so on kernels before 5.18
 */
struct v6_ifaddr {
	struct v6_prefix prefix;
	int link;
	uint32_t flags;
	bool preferred;
	bool ours;
};

/* v6_ifaddr_read() - the address that a message of rtnetlink is about */
void v6_ifaddr_read(const struct nlmsghdr *message, struct v6_ifaddr *ret_ifaddr);

/**
 * v6_ifaddr_get() - Find an address on any link; one hash look-up in the kernel
 *
 * Return: 0, -EADDRNOTAVAIL (nowhere) or another negative errno
 */
int v6_ifaddr_get(struct v6_nl *nl, const struct in6_addr *address, struct v6_ifaddr *ret_ifaddr);

/* v6_ifaddr_question() - the same, to be asked with others; @ret_ifaddr is borrowed */
void v6_ifaddr_question(struct v6_nl_question *question, const struct in6_addr *address,
			struct v6_ifaddr *ret_ifaddr);

/**
 * v6_ifaddr_add() - Add an address with our mark; usable at once, without duplicate detection
 * @nl:		NETLINK_ROUTE socket
 * @ifaddr:	@prefix, @link and @preferred matter. Not @preferred: never a source of the host's
 *		own connections. A prefix shorter than 128 gets its route.
 *
 * Return: 0, -EEXIST (the link has it already, whoever brought it), -EACCES (IPv6 is off on the
 * link), -EPERM or another negative errno
 */
int v6_ifaddr_add(struct v6_nl *nl, const struct v6_ifaddr *ifaddr);

/* v6_ifaddr_has() - whether v6_ifaddr_add() would find it there; one hash look-up in the kernel.
 * Return: 1, 0 or a negative errno
 */
int v6_ifaddr_has(struct v6_nl *nl, const struct v6_ifaddr *ifaddr);

/* v6_ifaddr_remove() - by @prefix and @link. Return: 0, -EADDRNOTAVAIL, -ENODEV, ... */
int v6_ifaddr_remove(struct v6_nl *nl, const struct v6_ifaddr *ifaddr);

/**
 * v6_ifaddr_some() - Visit the first addresses of a container's link, some hundred
 * @nl:		NETLINK_ROUTE socket; it may be closed afterwards, as by v6_nl_glimpse()
 * @visit:	A negative return value ends the visit; an address may come twice
 *
 * Return: 0, 1 (there are more), -EINTR (disturbed by a change) or another negative errno
 */
int v6_ifaddr_some(struct v6_nl *nl, int link,
		   int (*visit)(const struct v6_ifaddr *ifaddr, void *data), void *data);

/**
 * v6_ifaddr_each() - Visit the addresses of one link, or of all where @link is 0
 * @visit:	A negative return value ends the visit; an address may come twice
 *
 * For the host, whose addresses are the administrator's, services', and 16 at most for each link
 * that routers advertise to (max_addresses in linux/Documentation/networking/ip-sysctl.rst).
 *
 * Return: 0 or a negative errno
 */
int v6_ifaddr_each(struct v6_nl *nl, int link,
		   int (*visit)(const struct v6_ifaddr *ifaddr, void *data), void *data);

#endif
