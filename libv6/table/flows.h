/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flows: conntrack entries, which outlive the map element that made them. */
#ifndef V6_TABLE_FLOWS_H
#define V6_TABLE_FLOWS_H

#include "kernel/nl.h"
#include "table/claim.h"

/**
 * v6_flows_end() - Make the kernel forget flows to a container that is gone
 * @nl:		NETLINK_NETFILTER socket
 * @claims:	What clients asked for, @n of them; sorted in place
 * @target:	The container's address, or :: for the claims' own ones; a flow of the same claim to
 *		another target lives on
 * @ret_n:	How many there were
 * @err:	NULL, or filled in on failure only
 *
 * Without it clients of a stopped container hang, and those of UDP stick to it for good. The map's
 * elements must be gone before, or new flows come in behind.
 *
 * Return: 0 or a negative errno
 *
 * Source: the kernel's own filter by IPv6 address (CTA_FILTER, 5.8) selects the others, so
 * addresses are compared here: ctnetlink_filter_match_tuple() in
 * linux/net/netfilter/nf_conntrack_netlink.c. It does filter by protocol, port and NAT before, or a
 * table of 100,000 flows would take a quarter of a second.
 */
int v6_flows_end(struct v6_nl *nl, struct v6_claim *claims, size_t n, const struct in6_addr *target,
		 size_t *ret_n, struct v6_error *err);

/* v6_flows_usable() - whether this kernel lets us see flows. Return: 0, -EPERM, -EOPNOTSUPP, ... */
int v6_flows_usable(struct v6_nl *nl);

#endif
