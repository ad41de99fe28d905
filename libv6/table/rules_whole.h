/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the rules of our table are as we made them. */
#ifndef V6_TABLE_RULES_WHOLE_H
#define V6_TABLE_RULES_WHOLE_H

#include "kernel/nl.h"

/**
 * v6_rules_whole() - Check whether all of them are there, in order, as we made them
 * @nl:		NETLINK_NETFILTER socket
 *
 * Each rule of ours carries its number in its user data. nft keeps that in no rule that it replaces
 * or loads, so that a changed rule has none. Rules that somebody added behind ours are not judged.
 *
 * Return: 1, 0 (also: no table) or a negative errno
 */
int v6_rules_whole(struct v6_nl *nl);

#endif
