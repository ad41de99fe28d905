/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a container begins: whether it leaves with its service address. */
#include <inttypes.h>

#include <libv6/apply.h>

#include "apply/elements.h"
#include "apply/passage.h"
#include "base/address.h"
#include "check/checker.h"
#include "check/egress.h"
#include "kernel/link.h"
#include "kernel/route.h"
#include "kernel/routing_rule.h"

#define STEP "egress"

/* check_way_out() - what leaves by another interface is not translated there. Returns whether it
 * does not
 */
static bool check_way_out(struct v6_checked *c, const struct v6_service *service)
{
	const struct v6_destination *d = &c->record->destination;
	struct v6_route_query query = {.to = v6_far_away, .from = d->address, .in = d->via};
	struct v6_link other = {.name = "some interface"};
	struct v6_nl *nl = &c->checker->host->route;
	struct v6_route route, own;

	if (service->table)
		query.mark = v6_routing_mark(service->table);
	if (v6_route_default(nl, service->link, &own) < 0 || v6_route_ask(nl, &query, &route) < 0 ||
	    route.link == service->link)
		return true;
	v6_link_get(nl, route.link, NULL, &other);
	v6_found_doubt(
		c->checker, STEP, "",
		"connections of the container to hosts beyond the router of %s leave by %s, and not with %s; see ip -6 rule",
		service->link_name, other.name, V6_TEXT(&service->address));
	return false;
}

void v6_check_egress(struct v6_checked *c)
{
	const struct v6_service *service = v6_egress_service(c->record);
	struct v6_egress_look look;
	struct v6_error err;

	if (!service || !c->table)
		return;
	if (v6_egress_look(c->checker->host, c->record, &look, &err) < 0)
		v6_found_unseen(c->checker, STEP, "%s", err.text);
	else if (!look.active)
		v6_found_fault(
			c->checker, STEP, "v6ctl reconcile",
			"the container does not leave by %s: an element of the sets egress or outgoing is gone or another",
			V6_TEXT(&service->address));
	else if (check_way_out(c, service))
		v6_found_good(c->checker, STEP,
			      "leaves by %s on %s; %" PRIu64 " connection%s so far",
			      V6_TEXT(&service->address), service->link_name, look.connections,
			      look.connections == 1 ? "" : "s");
}
