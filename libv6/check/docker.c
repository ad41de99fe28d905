/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rule in Docker's chain that packaging/docker/docker-user keeps there: the one thing of ours
 * in a table of others.
 */
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <string.h>

#include "base/cleanup.h"
#include "check/checker.h"
#include "check/docker.h"
#include "firewall/remedy.h"

static const char comment[] = "oci-v6-hook";

/* find_comment() - an extension of ip6tables, whose data is the text */
static int find_comment(const struct v6_expression *e, void *data)
{
	const char *name = v6_expression_text(e, NFTA_MATCH_NAME);
	uint32_t size = 0;
	const void *text = v6_expression_bytes(e, NFTA_MATCH_INFO, &size);
	bool *found = data;

	if (strcmp(e->name, "match") == 0 && name && strcmp(name, "comment") == 0 && text &&
	    size >= sizeof(comment) && memcmp(text, comment, sizeof(comment)) == 0)
		*found = true;
	return 0;
}

/* has_rule() - whether a chain has a rule of ours */
static bool has_rule(const struct v6_ruleset *rules, struct v6_chain *chain)
{
	bool found = false;
	size_t i;

	if (v6_chain_read(rules, chain) < 0)
		return false;
	for (i = 0; i < chain->n_rules && !found; i++)
		v6_expressions_each(chain->rules[i].list, find_comment, &found);
	return found;
}

void v6_check_docker(struct v6_checker *checker)
{
	const struct v6_ruleset *rules = v6_checker_rules(checker);
	static const struct v6_chain filter = {.family = NFPROTO_IPV6, .table = "filter"};
	struct v6_chain *chain = rules ? v6_ruleset_chain(rules, &filter, V6_DOCKER_CHAIN) : NULL;

	if (chain && has_rule(rules, chain))
		v6_found_good(
			checker, "docker",
			"its filter lets services through by a rule of oci-v6-docker.service (ip6tables -S %s)",
			V6_DOCKER_CHAIN);
}
