/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Our nf_tables table: a skeleton made once, then one map element per service port.
 *
 * The key of the map is (protocol, service address, service port), so no two answers for one
 * question can exist. An element's comment is "NAME OWNER": the service for people, the container
 * id for us. The skeleton's text is in tests/net/table.nft.
 */
#ifndef V6_TABLE_NAT_H
#define V6_TABLE_NAT_H

#include <stdbool.h>

#include <libv6/base.h>

#include "kernel/nl.h"

#define V6_NAT_TABLE "oci-v6"

/**
 * struct v6_claim - Ports of a service address that lead somewhere together; host order
 * @more:	Ports beyond @port: 0 but for a range
 * @protocol:	IPPROTO_*; 0 for the whole address, where ports mean nothing
 */
struct v6_claim {
	struct in6_addr address;
	uint16_t port;
	uint8_t protocol;
	uint16_t more;
};

/* struct v6_target - where in a container a claim leads; host order; the port is 0 where it stays
 * the client's: for ranges and whole addresses
 */
struct v6_target {
	struct in6_addr address;
	uint16_t port;
};

/* struct v6_counter - what an element has counted since it was made */
struct v6_counter {
	uint64_t packets, bytes;
};

/* nft's own limit for a comment (NFTNL_UDATA_COMMENT_MAXLEN), so that its output can be loaded */
#define V6_COMMENT_MAX 128

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

/* The first three are maps: @claim to @target, with @name and @owner in the comment. */
enum v6_nat_set {
	V6_NAT_SERVICES,  /* single ports, one look-up whatever their number */
	V6_NAT_RANGES,	  /* ranges too long for an element a port */
	V6_NAT_WHOLE,	  /* whole addresses */
	V6_NAT_ADDRESSES, /* @claim.address: brought to this host by us, so guarded */
	V6_NAT_HAIRPIN,	  /* @prefix: containers behind one bridge */
	V6_NAT_LOCAL,	  /* @claim: a port of the host itself that the guard lets through */
	V6_NAT_TRAFFIC,	  /* @claim: what passes for it, both ways, is counted in @counter */
};

/**
 * struct v6_nat_op - One change of one element, part of a transaction
 * @set:	Which set, and so which members matter
 * @remove:	Delete (by key alone: check the owner first) instead of add
 * @exclusive:	Adding an element that exists is -EEXIST even when it is the same
 * @counter:	Out, where the kernel tells of an element: as in struct v6_holder
 * @result:	Out: 0, or the negative errno that the kernel gave this very operation. Of a
 *		transaction with hundreds of refused operations only the first ones have theirs, as
 *		the socket's buffer holds no more replies
 */
struct v6_nat_op {
	enum v6_nat_set set;
	bool remove;
	bool exclusive;
	struct v6_claim claim;
	struct v6_target target;
	struct v6_prefix prefix;
	const char *name;
	const char *owner;
	struct v6_counter counter;
	int result;
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
 *	-ENOENT       the table or a set is gone (v6_nat_create() mends it), or a remove missed
 *	-EPERM        no CAP_NET_ADMIN over the namespace of @nl
 *	-EOPNOTSUPP   no nf_tables in this kernel
 */
int v6_nat_commit(struct v6_nl *nl, struct v6_nat_op *ops, size_t n, struct v6_error *err);

/**
 * v6_nat_create() - Make the table, replacing whatever is left of it, in one transaction
 * @nl:		NETLINK_NETFILTER socket
 * @provided:	Prefix of the addresses that we give to containers
 * @ops:	Elements that it is to hold from its first moment, @n of them
 * @err:	NULL, or filled in on failure only
 *
 * Replacing (not creating) costs the caller a kernel grace period of 10 to 15 ms at close.
 *
 * Return: 0, -EEXIST (two of @ops are at odds; see each @result) or another negative errno
 */
int v6_nat_create(struct v6_nl *nl, const struct v6_prefix *provided, struct v6_nat_op *ops,
		  size_t n, struct v6_error *err);

/* v6_nat_delete() - delete the table, if it is there. Return: 0 or a negative errno */
int v6_nat_delete(struct v6_nl *nl, struct v6_error *err);

/**
 * v6_nat_usable() - Whether we may change nf_tables at all; one look-up
 * @nl:		NETLINK_NETFILTER socket
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0, -EPERM, -EOPNOTSUPP (no nf_tables in this kernel) or another negative errno
 */
int v6_nat_usable(struct v6_nl *nl, struct v6_error *err);

/**
 * v6_nat_provide() - See to it that "provided" holds its prefix; adding it again changes nothing
 *
 * Return: 0, -ENOENT (no table) or another negative errno
 */
int v6_nat_provide(struct v6_nl *nl, const struct v6_prefix *provided, struct v6_error *err);

/**
 * v6_nat_exists() - Whether the skeleton is whole: the table with all its rules
 *
 * Rules that somebody added to it are his affair.
 *
 * Return: 1, 0, or a negative errno
 */
int v6_nat_exists(struct v6_nl *nl, struct v6_error *err);

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

/* struct v6_claim_text - a claim as a message names it, by value, as an argument of printf() */
struct v6_claim_text {
	char s[sizeof("all of ports 65535-65535/sctp") + INET6_ADDRSTRLEN];
};

/* v6_claim_text() - `ADDRESS port 80/tcp`, `ADDRESS ports 5000-9999/udp` or `all of ADDRESS` */
struct v6_claim_text v6_claim_text(const struct v6_claim *claim);

/* v6_claim_equal() - whether two claims are the same */
bool v6_claim_equal(const struct v6_claim *a, const struct v6_claim *b);

/**
 * v6_nat_has() - Whether an element exists, whatever it leads to
 * @nl:		NETLINK_NETFILTER socket
 * @key:	The operation that would add it
 *
 * Asked for a hairpin prefix, the kernel finds any that holds its first address, and would delete
 * that one as well: delete on 1 only.
 *
 * Return: 1, 2 (a wider hairpin prefix holds it), 0 (also: no table) or a negative errno
 */
int v6_nat_has(struct v6_nl *nl, const struct v6_nat_op *key);

/**
 * v6_nat_prefixes() - What the elements are about that a message of nf_tables tells of
 * @message:	NFT_MSG_NEWSETELEM or NFT_MSG_DELSETELEM, of our table
 * @visit:	Called for each with a service address, of length 128, or the prefix of containers
 *		behind a bridge
 *
 * Return: 0, -EINVAL (of "provided", or of no set of ours) or -ENOMEM
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
 * Where changes disturb the dump, an element may be visited twice or be missed: the kernel does not
 * tell, as it does for addresses.
 *
 * Return: 0 (no table: nothing is visited) or a negative errno
 */
int v6_nat_each(struct v6_nl *nl, enum v6_nat_set set,
		int (*visit)(const struct v6_nat_op *element, void *data), void *data,
		struct v6_error *err);

#endif
