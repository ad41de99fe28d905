/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decide whether a container may claim what it asks for. */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>

#include "base/address.h"
#include "policy/groups.h"
#include "policy/policy.h"
#include "table/nat.h"

static bool is_kubernetes(const struct v6_state *state)
{
	return state->engine == V6_ENGINE_CRIO || state->engine == V6_ENGINE_CONTAINERD;
}

/* matches_any() - whether one of a list of globs matches; case matters in none of the names */
static bool matches_any(const struct v6_json *globs, const char *text)
{
	size_t i;

	for (i = 0; i < v6_json_size(globs); i++)
		if (fnmatch(v6_json_text(v6_json_member(globs, i)), text, FNM_CASEFOLD) == 0)
			return true;
	return false;
}

/* user_matches() - users other than root have to be meant in so many words: their containers may
 * say anything of themselves
 */
static bool user_matches(const struct v6_rule *rule, uid_t uid)
{
	size_t i;

	for (i = 0; i < rule->n_users; i++)
		if (rule->users[i] == uid)
			return true;
	if (rule->n_groups > 0)
		return v6_user_is_member(uid, rule->groups, rule->n_groups);
	return rule->n_users == 0 && uid == 0;
}

/* pod_matches() - what a rule says of pods; who is in none has no names, and matches no glob */
static bool pod_matches(const struct v6_rule *rule, const struct v6_state *state)
{
	if (rule->namespaces &&
	    !(*state->pod_namespace && matches_any(rule->namespaces, state->pod_namespace)))
		return false;
	return !rule->pods || (*state->pod && matches_any(rule->pods, state->pod));
}

/* subject_matches() - what a rule says of who asks; Kubernetes has to be meant in so many words */
static bool subject_matches(const struct v6_rule *rule, const struct v6_subject *subject)
{
	const struct v6_state *state = subject->state;

	if (is_kubernetes(state) && !rule->engines && !rule->namespaces)
		return false;
	if (rule->engines && !(rule->engines & (1U << state->engine)))
		return false;
	if (!pod_matches(rule, state))
		return false;
	if (subject->shares && !rule->shared)
		return false;
	return user_matches(rule, subject->uid);
}

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
	return subject_matches(rule, subject) && address_matches(rule, address) &&
	       (!rule->names || matches_any(rule->names, name));
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

static int fail_claim(const struct v6_subject *subject, const struct in6_addr *address,
		      const struct v6_port_map *map, int port, struct v6_error *err)
{
	struct v6_claim claim = {*address, (uint16_t)port, map->protocol, 0};
	const struct v6_state *state = subject->state;
	char user[sizeof(", user 4294967295")] = "";

	if (subject->uid != 0)
		snprintf(user, sizeof(user), ", user %u", subject->uid);
	return v6_fail(
		err, -EPERM,
		"%s: no rule of \"allow\" in " V6_CONFIG_FILE
		" lets this container (%s%s%s%s) claim it; add one, or ask the administrator",
		v6_claim_text(&claim).s, v6_engine_name(state->engine),
		*state->pod_namespace ? ", namespace " : "", state->pod_namespace, user);
}

int v6_policy_check_claims(const struct v6_config *config, const struct v6_subject *subject,
			   const char *name, const struct in6_addr *address,
			   const struct v6_port_map *maps, size_t n_maps, struct v6_error *err)
{
	const struct v6_port_map *map;
	int port, end, last;
	size_t i;

	if (!config->has_allow)
		return v6_policy_check_container(config, subject, err);
	for (map = maps; map < maps + n_maps; map++) {
		end = map->service_port + map->count;
		for (port = map->service_port; port < end; port = last + 1) {
			last = port - 1;
			for (i = 0; i < config->n_rules && last < port; i++)
				if (service_matches(&config->rules[i], subject, name, address))
					last = covers_to(&config->rules[i], map->protocol, port);
			if (last < port)
				return fail_claim(subject, address, map, port, err);
		}
	}
	return 0;
}

int v6_policy_check_container(const struct v6_config *config, const struct v6_subject *subject,
			      struct v6_error *err)
{
	const struct v6_state *state = subject->state;
	size_t i;

	if (!config->has_allow && !is_kubernetes(state) && subject->uid == 0)
		return 0;
	for (i = 0; i < config->n_rules; i++)
		if (subject_matches(&config->rules[i], subject))
			return 0;
	if (subject->uid != 0)
		return v6_fail(
			err, -EPERM,
			"user %u may not claim addresses of this host; a rule of \"allow\" in " V6_CONFIG_FILE
			" with them among its \"users\" or \"groups\" would let them",
			subject->uid);
	if (is_kubernetes(state))
		return v6_fail(
			err, -EPERM,
			"pods of Kubernetes (%s) may not claim addresses of this node; a rule of \"allow\" in " V6_CONFIG_FILE
			" that names their engine or namespace (%s%s%s) would let them",
			v6_engine_name(state->engine),
			*state->pod_namespace ? state->pod_namespace : "unknown",
			*state->pod ? ", pod " : "", state->pod);
	return v6_fail(err, -EPERM,
		       "no rule of \"allow\" in " V6_CONFIG_FILE
		       " is for containers of this engine (%s) run by root; add one",
		       v6_engine_name(state->engine));
}
