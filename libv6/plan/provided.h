/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPv6 for containers on a network without: a unique-local /128, and a way to the host.
 *
 * fdMM:MMMM:MMMM:BBBB:CCCC:CCCC:CCCC:CCCC - M from the machine id or configured, B the bridge's
 * index, C from the container's network. So nothing is stored, one bridge is one /64, all of it is
 * one /48, and containers that share a network choose the same address, whichever is first.
 */
#ifndef V6_PLAN_PROVIDED_H
#define V6_PLAN_PROVIDED_H

#include "store/host.h"

/**
 * v6_provided_prefix() - The /48 of this host: the configured one, or the machine's
 * @host:	This host
 * @ret_prefix:	Set always: without a machine id it is the same on all such machines, which does no
 *		harm, as these addresses never leave the host
 */
void v6_provided_prefix(const struct v6_host *host, struct v6_prefix *ret_prefix);

/* v6_provided_subnet() - the /64 for containers behind the bridge with index @via */
void v6_provided_subnet(const struct v6_host *host, int via, struct v6_prefix *ret_prefix);

/* v6_provided_gateway() - the link-local address that we give to each bridge, for containers behind
 * it v6_provided_is_gateway() - whether an address is that one
 */
struct in6_addr v6_provided_gateway(const struct v6_host *host);
bool v6_provided_is_gateway(const struct v6_host *host, const struct in6_addr *address);

/**
 * v6_provide_choose() - Choose the address for a container
 * @host:	This host
 * @record:	The container's; its network is told from others by @netns and @cookie
 * @cookie:	v6_netns_cookie() of that network; 0: the kernel has none, and the number of one
 *that is gone may come back, so that the container's id has to do
 * @d:		@link is its interface, and @via its bridge; sets @address, @provided and @subnet
 */
void v6_provide_choose(const struct v6_host *host, const struct v6_record *record, uint64_t cookie,
		       struct v6_destination *d);

#endif
