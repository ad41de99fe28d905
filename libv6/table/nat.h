/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The elements of our table: one map element per service port, in a skeleton made once.
 *
 * The key of the map is (protocol, service address, service port), so no two answers for one
 * question can exist. An element's comment is "NAME OWNER": the service for people, the container
 * id for us.
 */
#ifndef V6_TABLE_NAT_H
#define V6_TABLE_NAT_H

#include "table/element.h"

/**
 * struct v6_holder - Who holds a claim, as its element says
 * @owner:	Container id
 * @claim:	What it holds; of ranges that may be more or less than was asked for
 * @target:	Where it leads
 * @counter:	First packets of connections: the map is asked for those only
 */
struct v6_holder {
	char owner[V6_ID_MAX + 1];
	struct v6_claim claim;
	struct v6_target target;
	struct v6_counter counter;
};

/**
 * v6_nat_commit() - Do all operations in one transaction, or none
 * @nl:		NETLINK_NETFILTER socket of the host's network namespace
 * @ops:	In order; a remove followed by an add of one key replaces without a gap
 * @n:		Their number
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0, or the first negative errno, with nothing changed:
 *	-EEXIST       an exclusive add found its key, or a range a part of itself; see each @result
 *	-ENOENT       the table or a set is gone (v6_nat_create() repairs it), or a remove missed
 *	-EPERM        no CAP_NET_ADMIN over the namespace of @nl
 *	-EOPNOTSUPP   no nf_tables in this kernel
 */
int v6_nat_commit(struct v6_nl *nl, struct v6_nat_op *ops, size_t n, struct v6_error *err);

/**
 * v6_nat_holder() - Look one claim up; one look-up in the kernel
 * @nl:		NETLINK_NETFILTER socket
 * @set:	One of the maps
 * @claim:	Address, protocol, port; of a range, the kernel finds one that holds its first port
 *		or lies around it
 * @ret_holder:	Set on success; an element without a readable comment has the owner ""
 *
 * Return: 0, -ENOENT (nobody holds it, or no table), or another negative errno
 */
int v6_nat_holder(struct v6_nl *nl, enum v6_nat_set set, const struct v6_claim *claim,
		  struct v6_holder *ret_holder);

/* v6_nat_find() - the same by any element of a map, as the operation that would add it */
int v6_nat_find(struct v6_nl *nl, const struct v6_nat_op *key, struct v6_holder *ret_holder);

/**
 * v6_nat_target() - Look up where a new connection would be forwarded; in all maps, as the rules do
 * @nl:		NETLINK_NETFILTER socket
 * @claim:	One port of an address
 * @led:	Of one that several containers have, the target that is told of if it is among
 * theirs
 * @ret_target:	Set on success
 *
 * Return: 0, -ENOENT (nowhere, or no table) or another negative errno
 */
int v6_nat_target(struct v6_nl *nl, const struct v6_claim *claim, const struct v6_target *led,
		  struct v6_target *ret_target);

/*
 * v6_nat_limits() - Whether only some clients may reach one port of an address
 * v6_nat_admits() - Whether a client is one of them
 *
 * Return: 1, 0 (also: no table) or a negative errno
 */
int v6_nat_limits(struct v6_nl *nl, const struct v6_claim *claim);
int v6_nat_admits(struct v6_nl *nl, const struct v6_claim *claim, const struct in6_addr *client);

/**
 * v6_nat_has() - Whether an element exists, whatever a claim leads to
 * @nl:		NETLINK_NETFILTER socket
 * @key:	The operation that would add it
 *
 * Asked for a hairpin prefix, the kernel finds any that holds its first address, and would delete
 * that one as well: delete on 1 only.
 *
 * Return: 1, 2 (a wider hairpin prefix holds it; a sibling or what leaves has another target, or
 * answers another mark), 0 (also: no table) or a negative errno
 */
int v6_nat_has(struct v6_nl *nl, const struct v6_nat_op *key);

/**
 * v6_nat_prefixes() - What the elements are about that a message of nf_tables tells of
 * @message:	NFT_MSG_NEWSETELEM or NFT_MSG_DELSETELEM, of our table
 * @visit:	Called for each with a service address or an assigned one, of length 128, or the
 *		prefix of containers behind a bridge
 *
 * Return: 0, -ENODATA (of interfaces), -EINVAL (of "provided", "udp-ports" or "siblings", or of no
 *set of ours) or -ENOMEM
 */
int v6_nat_prefixes(const struct nlmsghdr *message,
		    void (*visit)(const struct v6_prefix *prefix, void *data), void *data);

/**
 * v6_nat_each() - Visit every element of a set; for reconciling everything, never for one service
 * @nl:		NETLINK_NETFILTER socket; not to be used by @visit
 * @set:	Which
 * @visit:	Called with the operation that would add the element; its strings live for the call;
 *		a negative return value ends the visit
 * @data:	Passed to @visit
 * @err:	NULL, or filled in on failure only
 *
 * There are as many as published ports. Where changes disturb the dump, an element may be visited
 * twice or be missed: the kernel does not tell, as it does for addresses.
 *
 * Return: 0 (no table: nothing is visited) or a negative errno
 */
int v6_nat_each(struct v6_nl *nl, enum v6_nat_set set,
		int (*visit)(const struct v6_nat_op *element, void *data), void *data,
		struct v6_error *err);

#endif
