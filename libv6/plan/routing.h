/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a record needs where the host has routing rules (ip -6 rule), as for several providers.
 *
 * A rule for a source does not do what it was made for with a packet that is translated. A client's
 * packet has the container's address as its destination when it is routed, and a rule for the
 * client's source takes it to another table, which knows no containers. An answer is routed with
 * the container's address as its source, and leaves by the main table whoever owns the service
 * address.
 *
 * So the containers' subnet gets a rule of its own, and answers get a mark, by which they leave as
 * what the host itself sends from the service address does. Nothing is done where no rule asks for
 * it.
 */
#ifndef V6_PLAN_ROUTING_H
#define V6_PLAN_ROUTING_H

#include "store/host.h"

/**
 * v6_routing_rules() - The host's routing rules but the kernel's own
 *
 * Read once under each lock.
 *
 * Return: 0 or a negative errno, with none
 */
int v6_routing_rules(struct v6_host *host);

/* v6_routing_inbound() - the rule for packets to the containers of a subnet
 * v6_routing_outbound() - the @i-th of V6_ROUTING_OUTBOUND rules for answers that leave by a table:
 * by the main one to where that has a route other than a default one, else by this
 */
#define V6_ROUTING_OUTBOUND 2
struct v6_routing_rule v6_routing_inbound(const struct v6_prefix *subnet);
struct v6_routing_rule v6_routing_outbound(uint32_t table, size_t i);

/* v6_routing_find() - one of our rules in that list; NULL: it is not there */
const struct v6_routing_rule *v6_routing_find(const struct v6_host *host,
					      const struct v6_routing_rule *rule);

/* v6_routing_is_foreign() - whether somebody else made a rule */
bool v6_routing_is_foreign(const struct v6_routing_rule *rule);

/* v6_routing_is_leading() - the same, one that leads packets to a table; those that refuse some are
 * respected
 */
bool v6_routing_is_leading(const struct v6_routing_rule *rule);

/**
 * v6_routing_plan() - Set what a record needs: its destination's @ruled, and its services' @table
 * @host:	This host
 * @record:	Its services and its destination are placed
 *
 * One list of rules; where there are any, look-ups in the kernel, a bounded number of them.
 *
 * Return: whether the record has changed
 */
bool v6_routing_plan(struct v6_host *host, struct v6_record *record);

#endif
