/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells conntrack of a connection that is older than it. */
#ifndef V6_TABLE_FLOW_ADD_H
#define V6_TABLE_FLOW_ADD_H

#include "kernel/connected.h"
#include "kernel/nl.h"

/**
 * v6_flow_add() - Have conntrack know a UDP connection of the host, as begun by the host
 * @nl:		NETLINK_NETFILTER socket
 *
 * It is forgotten as any other, when nothing passes for a while (nf_conntrack_udp_timeout_stream).
 *
 * Return: 0 (also: it is known) or a negative errno
 */
int v6_flow_add(struct v6_nl *nl, const struct v6_connected *connected);

#endif
