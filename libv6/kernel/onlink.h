/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which prefixes are on which link, and which links there are, read once for many questions. */
#ifndef V6_KERNEL_ONLINK_H
#define V6_KERNEL_ONLINK_H

#include "kernel/link.h"
#include "kernel/nl.h"

/* Links that are kept at hand; services are on a few */
#define V6_ONLINK_LINKS 8

/* struct v6_onlink_prefix - a prefix that is on a link; or, of length 0, a default route by it */
struct v6_onlink_prefix {
	struct v6_prefix prefix;
	int link;
};

/**
 * struct v6_onlink - What the kernel said; all zeroes: nothing was asked yet
 * @list:	@n prefixes and default routes, in the kernel's order, @room of them allocated
 * @read:	The list is complete
 * @links:	Links that were looked up, @n_links of them
 * @local:	A prefix that is this host's by a local route; of length 0: none is known. The
 *		caller's
 */
struct v6_onlink {
	struct v6_onlink_prefix *list;
	size_t n, room;
	bool read;
	struct v6_link links[V6_ONLINK_LINKS];
	size_t n_links;
	struct v6_prefix local;
};

/**
 * v6_onlink_read() - List all prefixes and default routes, unless that was done already
 * @nl:		NETLINK_ROUTE socket
 *
 * Of all tables. Prefixes of whole addresses and link-local ones are left out.
 *
 * Return: 0 or a negative errno
 */
int v6_onlink_read(struct v6_nl *nl, struct v6_onlink *onlink);

/* v6_onlink_forget() - release it, and have everything asked anew */
void v6_onlink_forget(struct v6_onlink *onlink);

/* v6_onlink_link() - as v6_link_get() by index, but once for each link */
int v6_onlink_link(struct v6_nl *nl, struct v6_onlink *onlink, int index, struct v6_link *ret_link);

/* v6_onlink_has() - whether a prefix on a link holds an address */
bool v6_onlink_has(const struct v6_onlink *onlink, int link, const struct in6_addr *address);

/* v6_onlink_is_default() - whether a default route leaves by a link */
bool v6_onlink_is_default(const struct v6_onlink *onlink, int link);

/**
 * v6_onlink_each() - Visit the links whose prefixes hold an address, the longest prefix first
 * @visit:	Called with the index of each; a return value other than 0 ends the visit. A link
 *may come twice
 *
 * Return: what the last @visit returned, or 0
 */
int v6_onlink_each(const struct v6_onlink *onlink, const struct in6_addr *address,
		   int (*visit)(int link, void *data), void *data);

#endif
