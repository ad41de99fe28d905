/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Elements of our sets: operations that add or remove them, and the kernel's layout of both. */
#ifndef V6_TABLE_ELEMENT_H
#define V6_TABLE_ELEMENT_H

#include "table/claim.h"
#include "table/sets.h"

/* struct v6_counter - what an element has counted since it was made */
struct v6_counter {
	uint64_t packets, bytes;
};

/* v6_has_counted() - whether that is anything at all */
bool v6_has_counted(const struct v6_counter *counter);

/* V6_COUNTED_BEFORE - of an element that is made again: it is lost what the former one had counted
 */
#define V6_COUNTED_BEFORE ((struct v6_counter){.bytes = 1})

/* nft's own limit for a comment (NFTNL_UDATA_COMMENT_MAXLEN), so that its output can be loaded */
#define V6_COMMENT_MAX 128

/**
 * struct v6_nat_op - One change of one element, part of a transaction
 * @set:	Which set, and so which members matter
 * @remove:	Delete (by key alone: check the owner first) instead of add; not from
 *		V6_NAT_PROVIDED, which keeps what it has
 * @exclusive:	Adding an element that exists is -EEXIST even when it is the same
 * @claim:	Of V6_NAT_SENDERS, V6_NAT_SOURCES, V6_NAT_EGRESS and V6_NAT_OUTGOING: @address is
 *		the container's; of V6_NAT_PORTS
 *		@port alone
 * @prefix:	Of V6_NAT_HAIRPIN and V6_NAT_PROVIDED; of V6_NAT_FROM that of clients
 * @target:	Of maps; of V6_NAT_SIBLINGS and V6_NAT_EGRESS @address alone
 * @link, @mac:	Of V6_NAT_SENDERS and V6_NAT_SIBLINGS: where its packets arrive, and its link-layer
 *		address; of V6_NAT_SOURCES @mac alone; of V6_NAT_OPENED and V6_NAT_BRIDGED @link
 *		alone; of V6_NAT_EGRESS and V6_NAT_OUTGOING @link, by which they leave
 * @mark:	Of V6_NAT_ANSWERS and V6_NAT_DEPARTURES
 * @counter:	As in struct v6_holder, where the kernel tells of an element; one that is added to a
 *		map begins with it
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
	char link[IF_NAMESIZE];
	uint8_t mac[V6_MAC_SIZE];
	uint32_t mark;
	const char *name;
	const char *owner;
	struct v6_counter counter;
	int result;
};

/* v6_element_write() - append the set's name and the one element of an operation to a message */
void v6_element_write(struct nlmsghdr *message, const struct v6_nat_op *op);

/* v6_element_put() - append an operation to a transaction, and clear its @result */
void v6_element_put(struct v6_batch *batch, struct v6_nat_op *op);

/**
 * v6_element_read() - The operation that would add an element
 * @set:	Which set
 * @protocol:	Of v6_sets_each_protocol(); 0 otherwise
 * @nest:	Attribute of an element, from the kernel
 * @ret_op:	All but @name and @owner
 * @ret_comment: "NAME OWNER" as stored, or ""; room for V6_COMMENT_MAX + 1
 *
 * Return: 0, or -EINVAL: not the layout of this set
 */
int v6_element_read(enum v6_nat_set set, uint8_t protocol, const struct nlattr *nest,
		    struct v6_nat_op *ret_op, char *ret_comment);

/**
 * v6_element_prefix() - What an element is about
 * @set:	Which set
 * @nest:	As of v6_element_read()
 * @ret_prefix:	A service address or an assigned one, of length 128, or the prefix of containers
 *		behind a bridge
 *
 * Return: 0 or -EINVAL, as of V6_NAT_PORTS and V6_NAT_SIBLINGS, whose keys are no addresses
 */
int v6_element_prefix(enum v6_nat_set set, const struct nlattr *nest, struct v6_prefix *ret_prefix);

#endif
