/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether routing daemons find a record's addresses. */
#include "apply/kinds.h"
#include "base/address.h"
#include "check/announced.h"
#include "check/checker.h"
#include "kernel/route.h"
#include "store/record.h"

#define STEP "announced"

static void check_service(struct v6_checked *c, const struct v6_service *service)
{
	const struct v6_thing thing = {
		.kind = V6_THING_ANNOUNCED,
		.record = c->record,
		.spot = {{service->address, 128}, .link = V6_LOOPBACK, .table = service->announce},
	};
	int there;

	if (!service->announce)
		return;
	if (!v6_record_announces(c->record, service)) {
		v6_found_good(c->checker, STEP,
			      "%s is not announced while this container has no turn",
			      V6_TEXT(&service->address));
		return;
	}
	there = v6_thing_has(c->checker->host, &thing);
	if (there < 0)
		v6_found_unseen(c->checker, STEP, "cannot list routes: %s", v6_strerror(there));
	else if (there)
		v6_found_good(c->checker, STEP, "%s is in routing table %u, for routing daemons",
			      V6_TEXT(&service->address), service->announce);
	else
		v6_found_fault(c->checker, STEP, "v6ctl reconcile",
			       "%s is not in routing table %u: no routing daemon announces it",
			       V6_TEXT(&service->address), service->announce);
}

void v6_check_announced(struct v6_checked *c)
{
	size_t i;

	for (i = 0; i < c->record->n_services; i++)
		check_service(c, &c->record->services[i]);
}
