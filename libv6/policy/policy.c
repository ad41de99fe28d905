/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decide whether a container may claim what it asks for. */
#include <errno.h>
#include <stdio.h>

#include "base/address.h"
#include "base/prefixes.h"
#include "base/text.h"
#include "policy/advice.h"
#include "policy/policy.h"
#include "table/nat.h"

static bool address_matches(const struct v6_rule *rule, const struct in6_addr *address)
{
	size_t i;

	for (i = 0; i < rule->n_prefixes; i++)
		if (v6_prefix_contains(&rule->prefixes[i], address))
			return true;
	return rule->n_prefixes == 0;
}

static bool service_matches(const struct v6_rule *rule, const struct v6_subject *subject,
			    const char *name, const struct in6_addr *address)
{
	return v6_subject_matches(rule, subject) && address_matches(rule, address) &&
	       (!rule->names || v6_globs_match(rule->names, name));
}

/* covers_to() - the last port up to which a rule allows all from @port on; below @port: none */
static int covers_to(const struct v6_rule *rule, uint8_t protocol, int port)
{
	const struct v6_port_range *range;

	if (rule->n_ports == 0)
		return UINT16_MAX;
	if (protocol == V6_PROTOCOL_ALL)
		return port - 1;
	for (range = rule->ports; range < rule->ports + rule->n_ports; range++)
		if (range->protocol == protocol && range->first <= port && port <= range->last)
			return range->last;
	return port - 1;
}

/* OFFERED() - how the rule that would let the container in is called */
#define OFFERED(config) \
	((config)->has_allow ? "a rule of \"allow\" in " V6_CONFIG_FILE : "this in " V6_CONFIG_FILE)

static int fail_claim(const struct v6_subject *subject, const struct in6_addr *address,
		      const struct v6_port_map *map, int port, const char *rule,
		      struct v6_error *err)
{
	struct v6_claim claim = {*address, (uint16_t)port, map->protocol, 0, 0};
	const struct v6_state *state = subject->state;
	char user[sizeof(", user 4294967295")] = "";

	if (subject->uid != 0)
		snprintf(user, sizeof(user), ", user %u", subject->uid);
	return v6_fail(
		err, -EPERM,
		"%s: no rule of \"allow\" in " V6_CONFIG_FILE
		" lets this container (%s%s%s%s) claim it; add one, or ask the administrator: %s",
		v6_claim_text(&claim).s, v6_engine_name(state->engine),
		*state->pod_namespace ? ", namespace " : "", state->pod_namespace, user, rule);
}

/* covers_from() - the next port beyond @port that a rule allows, which does not allow @port */
static int covers_from(const struct v6_rule *rule, uint8_t protocol, int port)
{
	const struct v6_port_range *range;
	int next = UINT16_MAX + 1;

	for (range = rule->ports; range < rule->ports + rule->n_ports; range++)
		if (range->protocol == protocol && range->first > port && range->first < next)
			next = range->first;
	return next;
}

/* allowing_rule() - the first rule that allows a port, and the last port up to which it is that, or
 * NULL
 */
static const struct v6_rule *allowing_rule(const struct v6_config *config,
					   const struct v6_subject *subject, const char *name,
					   const struct in6_addr *address, uint8_t protocol,
					   int port, int *ret_last)
{
	const struct v6_rule *rule;
	int next = UINT16_MAX + 1, other;
	size_t i;

	for (i = 0; i < config->n_rules; i++) {
		rule = &config->rules[i];
		if (!service_matches(rule, subject, name, address))
			continue;
		*ret_last = covers_to(rule, protocol, port);
		if (*ret_last >= next)
			*ret_last = next - 1;
		if (*ret_last >= port)
			return rule;
		other = covers_from(rule, protocol, port);
		next = other < next ? other : next;
	}
	return NULL;
}

/* first_refused() - the first port of @map that no rule allows, or -1 */
static int first_refused(const struct v6_config *config, const struct v6_subject *subject,
			 const char *name, const struct in6_addr *address,
			 const struct v6_port_map *map)
{
	int port, last, end = map->service_port + map->count;

	for (port = map->service_port; port < end; port = last + 1)
		if (!allowing_rule(config, subject, name, address, map->protocol, port, &last))
			return port;
	return -1;
}

/* narrow_to_rule() - the clients of one more mapping's ports have to be those of the first one */
static int narrow_to_rule(const struct v6_config *config, const struct v6_subject *subject,
			  const char *name, const struct in6_addr *address,
			  const struct v6_port_map *map, const struct v6_rule **first,
			  struct v6_error *err)
{
	int port, last, end = map->service_port + map->count;
	const struct v6_rule *rule;

	for (port = map->service_port; port < end; port = last + 1) {
		rule = allowing_rule(config, subject, name, address, map->protocol, port, &last);
		if (!rule)
			return 0;
		if (!*first)
			*first = rule;
		if (!v6_prefixes_equal((*first)->from, (*first)->n_from, rule->from, rule->n_from))
			return v6_fail(
				err, -EPERM,
				"%s: rules in " V6_CONFIG_FILE
				" let other clients reach port %d/%s than its other ports; publish it by a container of its own",
				name, port, v6_protocol_name(map->protocol));
	}
	return 0;
}

int v6_policy_clients(const struct v6_config *config, const struct v6_subject *subject,
		      const char *name, const struct in6_addr *address,
		      const struct v6_port_map *maps, size_t n_maps,
		      const struct v6_rule **ret_rule, struct v6_error *err)
{
	const struct v6_rule *first = NULL;
	size_t i;
	int ret = 0;

	for (i = 0; i < n_maps && config->has_allow && ret == 0; i++)
		ret = narrow_to_rule(config, subject, name, address, &maps[i], &first, err);
	if (ret == 0)
		*ret_rule = first && first->n_from > 0 ? first : NULL;
	return ret;
}

int v6_policy_check_claims(const struct v6_config *config, const struct v6_subject *subject,
			   const char *name, const struct in6_addr *address,
			   const struct v6_port_map *maps, size_t n_maps, struct v6_error *err)
{
	struct v6_advice advice;
	size_t i;
	int port;

	if (!config->has_allow)
		return v6_policy_check_container(config, subject, name, maps, n_maps, err);
	for (i = 0; i < n_maps; i++) {
		port = first_refused(config, subject, name, address, &maps[i]);
		if (port < 0)
			continue;
		advice = v6_advise_rule(config, subject, name, address, maps, n_maps);
		return fail_claim(subject, address, &maps[i], port, advice.s, err);
	}
	return 0;
}

static int fail_container(const struct v6_config *config, const struct v6_subject *subject,
			  const char *rule, struct v6_error *err)
{
	const struct v6_state *state = subject->state;

	if (subject->uid != 0)
		return v6_fail(
			err, -EPERM,
			"user %u may not claim addresses of this host; %s would let them: %s",
			subject->uid, OFFERED(config), rule);
	if (v6_subject_is_pod(subject))
		return v6_fail(
			err, -EPERM,
			"pods of Kubernetes (%s) may not claim addresses of this node; %s would let this one (%s%s%s): %s",
			v6_engine_name(state->engine), OFFERED(config),
			*state->pod_namespace ? V6_SHOWN(state->pod_namespace) : "unknown",
			*state->pod ? ", pod " : "", V6_SHOWN(state->pod), rule);
	return v6_fail(err, -EPERM,
		       "no rule of \"allow\" in " V6_CONFIG_FILE
		       " is for containers of this engine (%s) run by root; add one: %s",
		       v6_engine_name(state->engine), rule);
}

int v6_policy_check_container(const struct v6_config *config, const struct v6_subject *subject,
			      const char *name, const struct v6_port_map *maps, size_t n_maps,
			      struct v6_error *err)
{
	struct v6_advice advice;
	size_t i;

	if (!config->has_allow && !v6_subject_is_pod(subject) && subject->uid == 0)
		return 0;
	for (i = 0; i < config->n_rules; i++)
		if (v6_subject_matches(&config->rules[i], subject))
			return 0;
	advice = v6_advise_rule(config, subject, name, NULL, maps, n_maps);
	return fail_container(config, subject, advice.s, err);
}

int v6_policy_check_egress(const struct v6_config *config, const struct v6_subject *subject,
			   const char *name, const struct in6_addr *address, struct v6_error *err)
{
	size_t i;

	if (!v6_subject_is_pod(subject) && subject->uid == 0)
		return 0;
	for (i = 0; i < config->n_rules; i++)
		if (config->rules[i].egress &&
		    service_matches(&config->rules[i], subject, name, address))
			return 0;
	return v6_fail(
		err, -EPERM,
		"v6.egress: no rule of \"allow\" in " V6_CONFIG_FILE
		" lets this container (%s) leave by %s, which others may trust; add \"egress\": true to the rule that lets it claim it, or ask the administrator",
		v6_engine_name(subject->state->engine), V6_TEXT(address));
}
