/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The clients of a service, within what rules allow. */
#include <errno.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "plan/clients.h"
#include "policy/policy.h"

/* all_of() - a list, of which an empty one is everybody */
static int all_of(const struct v6_prefix *list, size_t n, struct v6_prefixes *ret_from)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < n && ret == 0; i++)
		ret = v6_prefixes_append(ret_from, &list[i]);
	return ret;
}

int v6_plan_clients(struct v6_host *host, const struct v6_state *state,
		    const struct v6_request *request, const char *name,
		    const struct in6_addr *address, const struct v6_prefixes *asked,
		    struct v6_prefixes *ret_from, struct v6_error *err)
{
	const struct v6_subject subject = {
		.state = state, .uid = state->uid, .replica = request->share != V6_SHARE_NONE};
	struct v6_prefixes auto_call(v6_prefixes_release) from = {.n = 0};
	const struct v6_rule *rule = NULL;
	int ret = v6_policy_clients(&host->config, &subject, name, address, request->maps,
				    request->n_maps, &rule, err);

	if (ret < 0)
		return ret;
	if (!rule)
		ret = all_of(asked->list, asked->n, &from);
	else if (asked->n == 0)
		ret = all_of(rule->from, rule->n_from, &from);
	else
		ret = v6_prefixes_intersect(asked->list, asked->n, rule->from, rule->n_from, &from);
	if (ret < 0)
		return v6_fail(err, ret, "%s", v6_strerror(ret));
	if (rule && from.n == 0)
		return v6_fail(
			err, -EPERM,
			"%s: v6.from has no client in common with \"from\" of the rule in " V6_CONFIG_FILE
			" that lets the container have %s; leave it out, or narrow what the rule has",
			name, V6_TEXT(address));
	*ret_from = from;
	from = (struct v6_prefixes){.n = 0};
	return 0;
}
