/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sets and the map of our table, and their elements in the kernel's layout. */
#ifndef V6_TABLE_SETS_H
#define V6_TABLE_SETS_H

#include <libnftnl/set.h>

#include "table/nat.h"

/* nft's type numbers (datatype.h in nftables), six bits each in a concatenation */
enum {
	TYPE_IPV6_ADDR = 8,
	TYPE_INET_PROTOCOL = 12,
	TYPE_INET_SERVICE = 13,
};

#define TYPE_CONCAT2(a, b)    ((uint32_t)(a) << 6 | (b))
#define TYPE_CONCAT3(a, b, c) ((uint32_t)(a) << 12 | (uint32_t)(b) << 6 | (c))

/* Fields of a concatenation are padded to 4 bytes (NFT_REG32_SIZE). */
struct key_claim {
	uint8_t protocol, pad[3];
	struct in6_addr address;
	uint16_t port_be, pad2;
};

struct key_target {
	struct in6_addr address;
	uint16_t port_be, pad;
};

/* A range's data, and a whole address's key and data, are an address alone. */

struct key_pair {
	struct in6_addr from, to;
};

/* v6_sets_add() - the sets and maps of the skeleton, and the element of "provided", as messages */
void v6_sets_add(struct v6_batch *batch, const struct v6_prefix *provided);

/* v6_sets_add_provided() - that element alone */
void v6_sets_add_provided(struct v6_batch *batch, const struct v6_prefix *provided);

/* v6_sets_name() - the set's name in the table */
const char *v6_sets_name(enum v6_nat_set set);

/* v6_set_new() - a set of our table by name, to be filled in; NULL: out of memory */
struct nftnl_set *v6_set_new(const char *name);

/**
 * v6_element_new() - The set with one element, ready to become a message
 *
 * Return: release with nftnl_set_free(); NULL: out of memory
 */
struct nftnl_set *v6_element_new(const struct v6_nat_op *op);

/* v6_element_put() - append an operation to a transaction, and clear its @result */
void v6_element_put(struct v6_batch *batch, struct v6_nat_op *op);

/**
 * v6_element_read() - The operation that would add an element
 * @nest:	Attribute of an element, from the kernel
 * @ret_op:	All but @name and @owner
 * @ret_comment: "NAME OWNER" as stored, or ""; room for V6_COMMENT_MAX + 1
 *
 * Return: 0, or -EINVAL: not the layout of this set
 */
int v6_element_read(enum v6_nat_set set, const struct nlattr *nest, struct v6_nat_op *ret_op,
		    char *ret_comment);

/**
 * v6_element_prefix() - What an element's key is about, whatever set it is of
 * @nest:	As of v6_element_read()
 * @ret_prefix:	A service address, of length 128, or the prefix of containers behind a bridge
 *
 * Return: 0 or -EINVAL
 */
int v6_element_prefix(const struct nlattr *nest, struct v6_prefix *ret_prefix);

#endif
