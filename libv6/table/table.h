/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our table as a whole: made, replaced, deleted, looked at. Its text is in tests/net/table.nft. */
#ifndef V6_TABLE_TABLE_H
#define V6_TABLE_TABLE_H

#include "table/element.h"

/**
 * v6_nat_create() - Make the table, replacing whatever is left of it, in one transaction
 * @nl:		NETLINK_NETFILTER socket
 * @provided:	Prefix of the addresses that we give to containers
 * @fill:	NULL, or called once to append the elements that the table is to hold from its first
 *		moment, with v6_element_put(); fills in its own @err when it fails
 * @refused:	NULL, or called for each element that the kernel refuses, with its index among those
 *		appended and the negative errno; of hundreds, for the first ones only
 * @data:	Passed to @fill and @refused
 * @err:	NULL, or filled in on failure only
 *
 * Replacing (not creating) costs the caller a kernel grace period of 10 to 15 ms at close.
 *
 * Return: 0, -EEXIST (two elements are at odds; see @refused), what @fill returned or another
 * negative errno
 */
int v6_nat_create(struct v6_nl *nl, const struct v6_prefix *provided,
		  int (*fill)(struct v6_batch *batch, void *data, struct v6_error *err),
		  void (*refused)(unsigned int index, int code, void *data), void *data,
		  struct v6_error *err);

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

/* enum v6_table_state - what is there of the table, apart from its elements */
enum v6_table_state {
	V6_TABLE_MISSING,
	V6_TABLE_ALTERED, /* an older version made it, or somebody has changed what we made */
	V6_TABLE_WHOLE,
};

/**
 * v6_table_state() - Compare the table with the one that v6_nat_create() makes
 * @nl:		NETLINK_NETFILTER socket
 * @err:	NULL, or filled in on failure only
 *
 * Rules that somebody added behind ours are not judged, nor is what a set holds.
 *
 * Return: enum v6_table_state or a negative errno
 */
int v6_table_state(struct v6_nl *nl, struct v6_error *err);

#endif
