/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Check a record, step by step: the whole way from its name to its container. */
#include <string.h>

#include "base/cleanup.h"
#include "check/addresses.h"
#include "check/announced.h"
#include "check/checker.h"
#include "check/client.h"
#include "check/egress.h"
#include "check/firewall.h"
#include "check/itself.h"
#include "check/listening.h"
#include "check/names.h"
#include "check/neighbours.h"
#include "check/published.h"
#include "check/route.h"
#include "check/table.h"
#include "check/way.h"
#include "kernel/link.h"

static void (*const pending_steps[])(struct v6_checked *c) = {
	v6_check_names,
	v6_check_policy,
	v6_check_table,
	v6_check_pending,
};

static void (*const steps[])(struct v6_checked *c) = {
	v6_check_names,	    v6_check_policy,	 v6_check_addresses,  v6_check_neighbours,
	v6_check_table,	    v6_check_claims,	 v6_check_forwarding, v6_check_firewall,
	v6_check_route,	    v6_check_container,	 v6_check_inside,     v6_check_listening,
	v6_check_client,    v6_check_connection, v6_check_itself,     v6_check_egress,
	v6_check_published, v6_check_announced,
};

static void run_steps(struct v6_checked *c, void (*const *list)(struct v6_checked *c), size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		list[i](c);
}

unsigned int v6_check_record(struct v6_checker *checker, const struct v6_record *record, bool alive)
{
	struct v6_record today = *record;
	struct v6_checked c = {
		.checker = checker,
		.record = &today,
		.alive = alive,
		.local = v6_destination_is_local(&record->destination),
		.netns = -1,
	};
	struct v6_nl *nl = &checker->host->route;
	size_t i;

	for (i = 0; i < today.n_services; i++)
		v6_link_follow(nl, &today.services[i].link, today.services[i].link_name);
	if (v6_destination_has_way(&today.destination))
		v6_link_follow(nl, &today.destination.via, today.destination.via_name);

	for (i = 0; i < V6_RECORD_ADDRESSES_MAX; i++)
		c.marks[i] = (struct v6_marks){{0, true}, {0, true}};

	v6_checker_begin(checker);
	if (record->destination.pending)
		run_steps(&c, pending_steps, V6_ARRAY_SIZE(pending_steps));
	else
		run_steps(&c, steps, V6_ARRAY_SIZE(steps));
	v6_cleanup_fd(&c.netns);
	return checker->faults;
}
