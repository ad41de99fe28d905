/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What other tables do with a service's packets, and the line that lets them through. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <stdio.h>
#include <string.h>

#include "apply/elements.h"
#include "apply/passage.h"
#include "base/address.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/prefixes.h"
#include "check/checker.h"
#include "check/client.h"
#include "check/firewall.h"
#include "firewall/remedy.h"
#include "table/nat.h"

#define STEP "firewall"

/* report_source() - a source other than the service address, or than clients have */
static void report_source(struct v6_checker *checker, const struct v6_passing *p,
			  const struct v6_obstacle *o, const char *command)
{
	struct v6_line what = v6_passing_text(p);

	if (!p->flow.leaves)
		v6_found_doubt(
			checker, STEP, command,
			"%s: it is reached, but by addresses other than its clients', which %s replaces",
			what.s, v6_obstacle_place(o).s);
	else if (o->certain)
		v6_found_fault(
			checker, STEP, command,
			"%s: connections that the container begins leave with another address, which %s gives them first",
			what.s, v6_obstacle_place(o).s);
	else
		v6_found_doubt(
			checker, STEP, command,
			"%s: connections that the container begins may leave with another address, by %s: it has the priority of our own chain, so whichever was made last comes first",
			what.s, v6_obstacle_place(o).s);
}

static void report_obstacle(struct v6_checker *checker, const struct v6_passing *p,
			    const struct v6_obstacle *o)
{
	struct v6_line command = v6_remedy(v6_checker_rules(checker), p, o);
	struct v6_line what = v6_passing_text(p);

	/* one line repairs several ports, and both directions */
	if (v6_checker_gave(checker, command.s))
		return;
	switch (o->what) {
	case V6_HINDRANCE_DROP:
		if (o->certain)
			v6_found_fault(checker, STEP, command.s, "%s: %s are dropped by %s", what.s,
				       v6_leg_text(o->leg), v6_obstacle_place(o).s);
		else
			v6_found_doubt(
				checker, STEP, command.s,
				"%s: %s may be dropped by %s: not all that it asks for is known",
				what.s, v6_leg_text(o->leg), v6_obstacle_place(o).s);
		break;
	case V6_HINDRANCE_QUEUE:
		v6_found_doubt(checker, STEP, "", "%s: %s are given to a program by %s", what.s,
			       v6_leg_text(o->leg), v6_obstacle_place(o).s);
		break;
	case V6_HINDRANCE_NOTRACK:
		v6_found_fault(checker, STEP, command.s,
			       "%s: %s are kept from conntrack (notrack) by %s", what.s,
			       v6_leg_text(o->leg), v6_obstacle_place(o).s);
		break;
	case V6_HINDRANCE_ELSEWHERE:
		if (p->flow.leaves)
			v6_found_doubt(checker, STEP, "", "%s: %s are forwarded elsewhere by %s",
				       what.s, v6_leg_text(o->leg), v6_obstacle_place(o).s);
		else if (o->certain)
			v6_found_fault(checker, STEP, command.s,
				       "%s: %s are forwarded elsewhere by %s", what.s,
				       v6_leg_text(o->leg), v6_obstacle_place(o).s);
		else
			v6_found_doubt(
				checker, STEP, command.s,
				"%s: %s may be forwarded elsewhere by %s: it has the priority of our own chain, so whichever was made last comes first",
				what.s, v6_leg_text(o->leg), v6_obstacle_place(o).s);
		break;
	case V6_HINDRANCE_SOURCE:
		report_source(checker, p, o, command.s);
		break;
	}
}

/* is_told_already() - what our own table does wrong, or refuses to a client that may not connect,
 * has been told in another step
 */
static bool is_told_already(const struct v6_checked *c, const struct v6_obstacle *o)
{
	bool refused = c->checker->has_from && c->record->n_from > 0 &&
		       !v6_prefixes_hold(c->record->from, c->record->n_from, &c->checker->from);

	return o->base->family == NFPROTO_IPV6 && strcmp(o->base->table, V6_NAT_TABLE) == 0 &&
	       (o->what == V6_HINDRANCE_ELSEWHERE || refused);
}

/* keep_mark() - of several mappings, one that has any */
static void keep_mark(struct v6_setting *mark, const struct v6_setting *found)
{
	if (!found->known || mark->value == 0)
		*mark = *found;
}

/* check_flow() - one mapping on one address, or what leaves by it; @marks: NULL where these do not
 * matter. Returns whether it passes, or a negative errno */
static int check_flow(const struct v6_checked *c, const struct v6_passing *p,
		      struct v6_marks *marks)
{
	struct v6_obstacles found;
	bool passes = true;
	size_t i;
	int ret = v6_trace(v6_checker_rules(c->checker), &p->flow, &found);

	if (ret == 0 && marks) {
		keep_mark(&marks->request, &found.request_mark);
		keep_mark(&marks->answer, &found.answer_mark);
	}
	for (i = 0; ret == 0 && i < found.n; i++) {
		if (is_told_already(c, &found.list[i]))
			continue;
		report_obstacle(c->checker, p, &found.list[i]);
		passes = false;
	}
	return ret < 0 ? ret : passes;
}

/* trace_service() - all mappings on one address. Returns whether all pass, or a negative errno */
static int trace_service(struct v6_checked *c, const struct v6_service *service)
{
	struct v6_passing p;
	bool all = true;
	size_t i;
	int ret = 1;

	v6_passing_begin(c->checker->host, c->record, service, &p);
	if (c->checker->has_from)
		v6_passing_from(c->checker->host, &c->checker->from, v6_client_link(c, service),
				&p);
	for (i = 0; i < c->record->n_maps && ret >= 0; i++) {
		v6_passing_map(&p, c->record, &c->record->maps[i]);
		ret = check_flow(c, &p, &c->marks[service - c->record->services]);
		all = all && ret > 0;
	}
	return ret < 0 ? ret : all;
}

/* trace_egress() - what the container begins, if it is to leave by a service. Returns as
 * trace_service()
 */
static int trace_egress(struct v6_checked *c)
{
	static const uint8_t protocols[] = {IPPROTO_TCP, IPPROTO_UDP};
	const struct v6_service *service = v6_egress_service(c->record);
	struct v6_passing p;
	bool all = true;
	size_t i;
	int ret = 1;

	for (i = 0; service && i < V6_ARRAY_SIZE(protocols) && ret >= 0; i++) {
		v6_passing_leaving(c->checker->host, c->record, service, protocols[i], &p);
		ret = check_flow(c, &p, NULL);
		all = all && ret > 0;
	}
	return ret < 0 ? ret : all;
}

/* look_for_legacy() - xtables' own tables, which netlink does not show */
static void look_for_legacy(struct v6_checker *checker)
{
	auto_free char *names = NULL;
	size_t size = 0;

	if (v6_file_read_at(AT_FDCWD, "/proc/net/ip6_tables_names", 4096, &names, &size) == 0 &&
	    size > 0)
		v6_found_unseen(
			checker, STEP,
			"ip6tables-legacy has rules too, which are not looked at: see ip6tables-legacy-save; they may drop as well");
}

void v6_check_firewall(struct v6_checked *c)
{
	bool all = true;
	size_t i;
	int ret = 1;

	if (!v6_checker_rules(c->checker)) {
		v6_found_unseen(c->checker, STEP, "%s", c->checker->rules_error.text);
		return;
	}
	for (i = 0; i < c->record->n_services && ret >= 0; i++) {
		ret = trace_service(c, &c->record->services[i]);
		all = all && ret > 0;
	}
	if (ret >= 0) {
		ret = trace_egress(c);
		all = all && ret > 0;
	}
	if (ret < 0)
		v6_found_unseen(c->checker, STEP, "cannot read all rules: %s", v6_nl_explain(ret));
	else if (all)
		v6_found_good(c->checker, STEP, "no table drops what goes in or out");
	look_for_legacy(c->checker);
}
