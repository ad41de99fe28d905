/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv6 routing rules (ip -6 rule): which table a packet's route is looked up in. */
#ifndef V6_KERNEL_ROUTING_RULE_H
#define V6_KERNEL_ROUTING_RULE_H

#include <net/if.h>

#include "kernel/nl.h"

/**
 * struct v6_routing_rule - One rule
 * @from, @to:	Packets that it is for; a length of 0: any
 * @in:		Interface that they come by, or ""
 * @mark:	Their mark; 0: any
 * @table:	Where their route is looked up; 0: the rule does something else
 * @suppress:	A default route found there does not count
 * @refuses:	It drops or rejects them (blackhole, prohibit, unreachable)
 * @plain:	It is for all packets, and nothing but @table and @preference tells it from others
 * @protocol:	RTPROT_*: who made it
 * @preference:	Its place among the others
 *
 * A rule for packets that are not so is one for any of them here.
 */
struct v6_routing_rule {
	struct v6_prefix from, to;
	char in[IF_NAMESIZE];
	uint32_t mark, table;
	bool suppress, refuses, plain;
	uint8_t protocol;
	uint32_t preference;
};

/* v6_routing_rule_read() - parse RTM_NEWRULE or RTM_DELRULE; of another family: zeroes */
void v6_routing_rule_read(const struct nlmsghdr *message, struct v6_routing_rule *ret_rule);

/**
 * v6_routing_rules_each() - Visit all rules in the order in which the kernel applies them
 * @nl:		NETLINK_ROUTE socket; not to be used by @visit
 * @visit:	A negative return value ends the visit; a rule may come twice
 *
 * There are as many as the administrator's programs have made.
 *
 * Return: 0, -EOPNOTSUPP (this kernel has no rules) or another negative errno
 */
int v6_routing_rules_each(struct v6_nl *nl,
			  int (*visit)(const struct v6_routing_rule *rule, void *data), void *data);

/**
 * v6_routing_rule_add() - Add a rule with our mark: with @preference behind those that have it,
 * else before all others but that of the local table
 * @nl:		NETLINK_ROUTE socket
 * @rule:	@from, @in and @protocol do not matter
 *
 * Return: 0 (also: there are two of them now) or a negative errno
 *
 * Source: fib_default_rule_pref() in linux/net/core/fib_rules.c
 */
int v6_routing_rule_add(struct v6_nl *nl, const struct v6_routing_rule *rule);

/* v6_routing_rule_remove() - remove a rule that bears our mark; if its @preference is 0, the first
 * such one. Return: 0, -ENOENT, ...
 */
int v6_routing_rule_remove(struct v6_nl *nl, const struct v6_routing_rule *rule);

/* v6_routing_mark() - the mark of packets that leave by a table. Two tables whose numbers differ by
 * a multiple of 128 have the same one
 */
uint32_t v6_routing_mark(uint32_t table);

#endif
