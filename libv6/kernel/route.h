/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Routes: which way an address lies, and the few routes that we make. */
#ifndef V6_KERNEL_ROUTE_H
#define V6_KERNEL_ROUTE_H

#include <stdbool.h>

#include "kernel/nl.h"

/* lo has this index in every network namespace: LOOPBACK_IFINDEX, linux/net/core/net_namespace.c */
#define V6_LOOPBACK 1

/**
 * struct v6_route - An IPv6 route of one link
 * @to:		Its destination, as the table has it; see v6_route_is_default()
 * @link:	Index of its (first) link; V6_LOOPBACK of one that is local
 * @gateway:	Router, or :: where the destination is on the link itself
 * @local:	The destination is this host's own, whatever link it is on
 * @protocol:	RTPROT_*: who made it (RTPROT_RA: a router advertisement)
 * @table:	Of one that was looked up: the table that has it. Of one to be added or removed that
 *is not local: 0 is the main table
 * @metric:	The least is preferred; of one to be added, 0 is what the kernel gives, 1024
 */
struct v6_route {
	struct v6_prefix to;
	int link;
	struct in6_addr gateway;
	bool local;
	uint8_t protocol;
	uint32_t table;
	uint32_t metric;
};

/* v6_route_read() - the route that a message of rtnetlink is about */
void v6_route_read(const struct nlmsghdr *message, struct v6_route *ret_route);

/**
 * struct v6_route_query - A packet whose way is asked for
 * @to:		Destination
 * @from:	Source, which rules may ask for; ::, none is known yet
 * @in:		Link that it comes by, or 0: this host sends it
 * @out:	Only routes of this link, or 0
 * @mark:	Its mark, which rules may ask for
 * @protocol:	IPPROTO_TCP or IPPROTO_UDP, with its ports, which rules may ask for; 0: any
 */
struct v6_route_query {
	struct in6_addr to, from;
	int in, out;
	uint32_t mark;
	uint8_t protocol;
	uint16_t from_port, to_port;
};

/**
 * v6_route_ask() - The route that one packet would take; one look-up in the kernel
 * @nl:		NETLINK_ROUTE socket
 * @query:	The packet
 * @ret_route:	Set on success
 *
 * Return: 0, -ENETUNREACH (none, or it is an unreachable route) or another negative errno
 *
 * Source: inet6_rtm_getroute() with RTM_F_FIB_MATCH, linux/net/ipv6/route.c
 */
int v6_route_ask(struct v6_nl *nl, const struct v6_route_query *query, struct v6_route *ret_route);

/**
 * v6_route_question() - v6_route_ask(), to be asked with others
 * @ret_route:	Borrowed until it is answered
 *
 * v6_route_answered() is what v6_route_ask() would have returned, where unreachable, blackhole and
 * prohibit routes answer with an errno of their own.
 */
void v6_route_question(struct v6_nl_question *question, const struct v6_route_query *query,
		       struct v6_route *ret_route);
int v6_route_answered(const struct v6_nl_question *question);

/* v6_route_lookup() - the same, of a packet that this host sends; only routes of @link, or 0 */
int v6_route_lookup(struct v6_nl *nl, const struct in6_addr *to, int link,
		    struct v6_route *ret_route);

/* v6_route_is_default() - Check whether a route is one for all that no other has: ::/0, or 2000::/3
 * (all global addresses, RFC 4291 section 2.4), or a half of either, as VPNs set to go before ::/0
 */
bool v6_route_is_default(const struct v6_route *route);

/**
 * v6_route_default() - The default route, for global addresses if there are several
 * @nl:		NETLINK_ROUTE socket
 * @link:	Only routes of this link, or 0
 * @ret_route:	Set on success
 *
 * Return: 0, -ENETUNREACH (there is none) or another negative errno
 */
int v6_route_default(struct v6_nl *nl, int link, struct v6_route *ret_route);

/* v6_route_default_question() - its first look-up, to be asked with others: where that does not
 * find a default route, another one may; @ret_route is borrowed
 */
void v6_route_default_question(struct v6_nl_question *question, int link,
			       struct v6_route *ret_route);

/**
 * v6_route_default4() - Find the link of the IPv4 default route
 * @nl:		NETLINK_ROUTE socket; it may be closed afterwards, as by v6_nl_glimpse()
 *
 * Routes come in the order of their addresses, so that this one is at the beginning, however many
 * there are.
 *
 * Return: 0, -ENETUNREACH (there is none), -EINTR (disturbed by a change) or another negative errno
 *
 * Source: fib_table_dump() in linux/net/ipv4/fib_trie.c
 */
int v6_route_default4(struct v6_nl *nl, int *ret_link);

/* v6_route_add() - add a route with our mark; all but @protocol matters. Return: 0, -EEXIST, ... */
int v6_route_add(struct v6_nl *nl, const struct v6_route *route);

/* v6_route_remove() - remove a route that bears our mark. Return: 0, -ESRCH (there is none), ... */
int v6_route_remove(struct v6_nl *nl, const struct v6_route *route);

/**
 * v6_route_drop_multicast() - Remove the route by which a link's neighbours are reached by
 * multicast
 * @nl:		NETLINK_ROUTE socket
 * @link:	Its index
 *
 * The kernel makes it when a link comes up. Neighbour discovery needs none.
 *
 * Return: 1, 0 (there was none) or a negative errno
 *
 * Source: addrconf_add_mroute() in linux/net/ipv6/addrconf.c
 */
int v6_route_drop_multicast(struct v6_nl *nl, int link);

/* v6_route_has_multicast() - whether it is there. Return: 1, 0 or a negative errno */
int v6_route_has_multicast(struct v6_nl *nl, int link);

/**
 * v6_route_each() - Visit the routes that somebody's protocol made
 * @protocol:	RTPROT_*; RTPROT_UNSPEC: all
 * @local:	Those to this host itself, of the local table; else those of the main table
 * @visit:	A negative return value ends the visit; a route may come twice
 *
 * The kernel walks the whole table, which is the administrator's, and tells of those alone: ours,
 * or those that routers advertised. For reconciling everything, and before forwarding is turned on.
 *
 * Return: 0 or a negative errno
 */
int v6_route_each(struct v6_nl *nl, uint8_t protocol, bool local,
		  int (*visit)(const struct v6_route *route, void *data), void *data);

/* v6_route_each_ours() - Visit the unicast routes of all tables that bear our mark */
int v6_route_each_ours(struct v6_nl *nl, int (*visit)(const struct v6_route *route, void *data),
		       void *data);

/* v6_route_each_out() - the same, those of all tables to other machines, whichever program made
 * them
 */
int v6_route_each_out(struct v6_nl *nl, int (*visit)(const struct v6_route *route, void *data),
		      void *data);

#endif
