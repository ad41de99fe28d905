/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What other tables do with a service's packets, and the line that lets them through. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <stdio.h>
#include <string.h>

#include "apply/passage.h"
#include "base/address.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "check/checker.h"
#include "check/client.h"
#include "check/firewall.h"
#include "firewall/remedy.h"
#include "table/nat.h"

#define STEP "firewall"

static void report_obstacle(struct v6_checker *checker, const struct v6_passing *p,
			    const struct v6_obstacle *o)
{
	struct v6_line command = v6_remedy(v6_checker_rules(checker), p, o);
	struct v6_map_text map = v6_map_text(p->map);
	struct v6_text service = v6_address_text(&p->flow.service);

	/* one line mends several ports, and both directions */
	if (v6_checker_gave(checker, command.s))
		return;
	switch (o->what) {
	case V6_HINDRANCE_DROP:
		if (o->certain)
			v6_found_fault(checker, STEP, command.s, "%s of %s: %s are dropped by %s",
				       map.s, service.s, v6_leg_text(o->leg),
				       v6_obstacle_place(o).s);
		else
			v6_found_doubt(
				checker, STEP, command.s,
				"%s of %s: %s may be dropped by %s: not all that it asks for is known",
				map.s, service.s, v6_leg_text(o->leg), v6_obstacle_place(o).s);
		break;
	case V6_HINDRANCE_QUEUE:
		v6_found_doubt(checker, STEP, "", "%s of %s: %s are given to a program by %s",
			       map.s, service.s, v6_leg_text(o->leg), v6_obstacle_place(o).s);
		break;
	case V6_HINDRANCE_NOTRACK:
		v6_found_fault(checker, STEP, command.s,
			       "%s of %s: %s are kept from conntrack (notrack) by %s", map.s,
			       service.s, v6_leg_text(o->leg), v6_obstacle_place(o).s);
		break;
	case V6_HINDRANCE_ELSEWHERE:
		if (o->certain)
			v6_found_fault(checker, STEP, command.s,
				       "%s of %s: %s are led elsewhere by %s", map.s, service.s,
				       v6_leg_text(o->leg), v6_obstacle_place(o).s);
		else
			v6_found_doubt(
				checker, STEP, command.s,
				"%s of %s: %s may be led elsewhere by %s: it has the priority of our own chain, so whichever was made last comes first",
				map.s, service.s, v6_leg_text(o->leg), v6_obstacle_place(o).s);
		break;
	case V6_HINDRANCE_SOURCE:
		v6_found_doubt(
			checker, STEP, command.s,
			"%s of %s: it is reached, but by addresses other than its clients', which %s replaces",
			map.s, service.s, v6_obstacle_place(o).s);
		break;
	}
}

/* is_our_redirect() - what our own table does wrong has been told in an earlier step */
static bool is_our_redirect(const struct v6_obstacle *o)
{
	return o->base->family == NFPROTO_IPV6 && strcmp(o->base->table, V6_NAT_TABLE) == 0 &&
	       o->what == V6_HINDRANCE_ELSEWHERE;
}

/* keep_mark() - of several mappings, one that has any */
static void keep_mark(struct v6_setting *mark, const struct v6_setting *found)
{
	if (!found->known || mark->value == 0)
		*mark = *found;
}

/* check_flow() - one mapping on one address. Returns whether it passes, or a negative errno */
static int check_flow(struct v6_checker *checker, const struct v6_passing *p,
		      struct v6_marks *marks)
{
	struct v6_obstacles found;
	bool passes = true;
	size_t i;
	int ret = v6_trace(v6_checker_rules(checker), &p->flow, &found);

	if (ret == 0) {
		keep_mark(&marks->request, &found.request_mark);
		keep_mark(&marks->answer, &found.answer_mark);
	}
	for (i = 0; ret == 0 && i < found.n; i++) {
		if (is_our_redirect(&found.list[i]))
			continue;
		report_obstacle(checker, p, &found.list[i]);
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
		ret = check_flow(c->checker, &p, &c->marks[service - c->record->services]);
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
	if (ret < 0)
		v6_found_unseen(c->checker, STEP, "cannot read all rules: %s", v6_nl_explain(ret));
	else if (all)
		v6_found_good(c->checker, STEP, "no table drops what goes in or out");
	look_for_legacy(c->checker);
}
