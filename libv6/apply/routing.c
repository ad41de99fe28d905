/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Routing rules that packets to containers, and their answers, need: looked for, made, removed. */
#include <errno.h>

#include "apply/routing.h"
#include "base/address.h"
#include "plan/routing.h"

/* first_leading() - the first rule of somebody else that leads packets anywhere; @ret_refusing: the
 * last one before it that refuses some, which goes on to do so. Return: it, or NULL
 */
static const struct v6_routing_rule *first_leading(const struct v6_host *host,
						   const struct v6_routing_rule **ret_refusing)
{
	const struct v6_routing_rule *rule = host->routing.list, *end = rule + host->routing.n;

	for (*ret_refusing = NULL; rule < end && !v6_routing_is_leading(rule); rule++)
		if (v6_routing_is_foreign(rule))
			*ret_refusing = rule;
	return rule < end ? rule : NULL;
}

/* place_of() - the preference that a rule of ours is to have; 0: before all others */
static uint32_t place_of(const struct v6_host *host)
{
	const struct v6_routing_rule *refusing, *leading = first_leading(host, &refusing);

	if (!leading || !refusing || leading->preference <= refusing->preference)
		return 0;
	return leading->preference - 1;
}

/* is_in_place() - whether a rule of ours is behind those that refuse, and before those that lead */
static bool is_in_place(const struct v6_host *host, const struct v6_routing_rule *ours)
{
	const struct v6_routing_rule *refusing, *leading = first_leading(host, &refusing);

	return (!leading || ours < leading) &&
	       (!refusing || refusing < ours || ours->preference == place_of(host));
}

/* is_rule_there() - one that has no better place to go to is there */
static int is_rule_there(struct v6_host *host, const struct v6_routing_rule *rule)
{
	const struct v6_routing_rule *there;
	int ret = v6_routing_rules(host);

	if (ret < 0)
		return ret;
	there = v6_routing_find(host, rule);
	return there && (there->preference == 0 || is_in_place(host, there));
}

/* put_first() - at no time is there none */
static int put_first(struct v6_host *host, const struct v6_routing_rule *rule)
{
	const struct v6_routing_rule *there = v6_routing_find(host, rule);
	struct v6_routing_rule former = there ? *there : *rule, placed = *rule;
	int ret;

	placed.preference = place_of(host);
	ret = v6_routing_rule_add(&host->route, &placed);
	host->routing.known = false;
	return ret == 0 && there ? v6_routing_rule_remove(&host->route, &former) : ret;
}

/* warn_of_first() - one of somebody else whose preference is 0, as that of the local table, can't
 * be overtaken
 */
static void warn_of_first(struct v6_host *host, const struct v6_routing_rule *rule)
{
	const struct v6_routing_rule *there;

	if (v6_routing_rules(host) < 0)
		return;
	there = v6_routing_find(host, rule);
	if (there && !is_in_place(host, there))
		v6_host_warn(
			host,
			"a routing rule with preference 0 comes before what services need; give it a higher one (ip -6 rule)");
}

static int remove_rule(struct v6_host *host, const struct v6_routing_rule *rule,
		       struct v6_error *err)
{
	int ret = v6_routing_rule_remove(&host->route, rule);

	host->routing.known = false;
	if (ret < 0 && ret != -ENOENT)
		return v6_fail(err, ret, "cannot remove a routing rule: %s", v6_strerror(ret));
	return 0;
}

int v6_inbound_has(struct v6_host *host, const struct v6_thing *thing)
{
	struct v6_routing_rule rule = v6_routing_inbound(&thing->spot.prefix);

	return is_rule_there(host, &rule);
}

int v6_inbound_add(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err)
{
	struct v6_routing_rule rule = v6_routing_inbound(&thing->spot.prefix);
	int ret = is_rule_there(host, &rule);

	if (ret > 0)
		return 0;
	if (ret == 0)
		ret = put_first(host, &rule);
	if (ret < 0)
		return v6_fail(err, ret, "cannot add a routing rule to %s/%u: %s",
			       V6_TEXT(&rule.to.address), rule.to.length, v6_strerror(ret));
	warn_of_first(host, &rule);
	return 1;
}

int v6_inbound_remove(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err)
{
	struct v6_routing_rule rule = v6_routing_inbound(&thing->spot.prefix);

	return remove_rule(host, &rule, err);
}

int v6_outbound_has(struct v6_host *host, const struct v6_thing *thing)
{
	struct v6_routing_rule rule;
	int ret = 1;
	size_t i;

	for (i = 0; i < V6_ROUTING_OUTBOUND && ret > 0; i++) {
		rule = v6_routing_outbound(thing->spot.table, i);
		ret = is_rule_there(host, &rule);
	}
	return ret;
}

int v6_outbound_add(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err)
{
	struct v6_routing_rule rule;
	int ret = v6_outbound_has(host, thing);
	size_t i;

	if (ret > 0)
		return 0;
	for (i = 0; i < V6_ROUTING_OUTBOUND && ret == 0; i++) {
		ret = v6_routing_rules(host);
		/* the last one first where each comes before those that are there, and not behind
		 * them */
		rule = v6_routing_outbound(thing->spot.table,
					   place_of(host) ? i : V6_ROUTING_OUTBOUND - 1 - i);
		if (ret == 0)
			ret = put_first(host, &rule);
	}
	if (ret < 0)
		return v6_fail(err, ret, "cannot add a routing rule by table %u: %s",
			       thing->spot.table, v6_strerror(ret));
	return 1;
}

int v6_outbound_remove(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err)
{
	struct v6_routing_rule rule;
	int ret = 0;
	size_t i;

	for (i = 0; i < V6_ROUTING_OUTBOUND && ret == 0; i++) {
		rule = v6_routing_outbound(thing->spot.table, i);
		ret = remove_rule(host, &rule, err);
	}
	return ret;
}
