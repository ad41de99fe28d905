/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's routes: of questions to the container, and of answers to clients. */
#include <errno.h>
#include <string.h>

#include "apply/kinds.h"
#include "base/address.h"
#include "base/cleanup.h"
#include "check/checker.h"
#include "check/interfaces.h"
#include "check/route.h"
#include "kernel/link.h"
#include "kernel/pin.h"
#include "kernel/route.h"
#include "plan/routing.h"

/* route_back() - the command that leads to the container again; @wrong leads elsewhere, or nowhere
 * where it is NULL
 */
static struct v6_line route_back(const struct v6_destination *d, const struct v6_route *wrong,
				 const struct v6_link *link)
{
	if (wrong && wrong->to.length >= d->subnet.length)
		return v6_line("ip -6 route del %s/%u dev %s && v6ctl reconcile",
			       V6_TEXT(&wrong->to.address), wrong->to.length, link->name);
	if (d->provided)
		return v6_line("v6ctl reconcile");
	return v6_line("ip -6 route replace %s/%u dev %s", V6_TEXT(&d->subnet.address),
		       d->subnet.length, d->via_name);
}

/* check_pin() - whether what the route leads to is the container */
static void check_pin(struct v6_checked *c, const struct v6_destination *d)
{
	struct v6_pin pin = {.address = d->address, .link = d->via};
	int there;

	memcpy(pin.mac, d->mac, sizeof(pin.mac));
	there = v6_pin_has(&c->checker->host->route, &pin);
	if (there == 0)
		v6_found_doubt(
			c->checker, "route", "v6ctl reconcile",
			"%s is behind %s, but not pinned to the container's link-layer address: another container that claims the address receives its clients",
			V6_TEXT(&d->address), d->via_name);
	else if (there < 0)
		v6_found_unseen(c->checker, "route", "to %s: %s", V6_TEXT(&d->address),
				v6_strerror(there));
	else
		v6_found_good(c->checker, "route", "%s is behind %s", V6_TEXT(&d->address),
			      d->via_name);
}

/* A client's port, of those that systems choose for themselves: RFC 6335 section 6 */
#define CLIENT_PORT 50000

/* neighbour_of() - a client on the service's own link: neither this host, which may have addresses
 * in a row there, nor all routers
 */
static struct in6_addr neighbour_of(struct v6_checked *c, const struct v6_service *service)
{
	struct in6_addr client = service->address;
	struct v6_route route = {.local = true};
	uint8_t flip;

	for (flip = 1; flip > 0 && route.local; flip++) {
		client.s6_addr[15] = service->address.s6_addr[15] ^ flip;
		if (client.s6_addr[15] != 0 &&
		    v6_route_lookup(&c->checker->host->route, &client, 0, &route) < 0)
			break;
	}
	return client;
}

static const struct v6_marks *marks_of(const struct v6_checked *c, const struct v6_service *service)
{
	return &c->marks[service - c->record->services];
}

/* remedy() - of what goes elsewhere by routing rules */
static const char *remedy(const struct v6_checked *c)
{
	return c->stale ? "v6ctl reconcile" : "";
}

/* questions_arrive() - whether what clients send goes to the container: rules may ask for their
 * source, and for ports
 */
static bool questions_arrive(struct v6_checked *c, const struct v6_service *service,
			     const struct v6_port_map *map)
{
	const struct v6_destination *d = &c->record->destination;
	struct v6_route_query query = {
		.to = d->address,
		.from = neighbour_of(c, service),
		.in = service->link,
		.mark = marks_of(c, service)->request.value,
		.protocol = map->protocol,
		.from_port = CLIENT_PORT,
		.to_port = v6_record_target_port(c->record, map),
	};
	struct v6_link other = {.name = "nowhere"};
	struct v6_route route = {.link = 0};
	int ret = v6_route_ask(&c->checker->host->route, &query, &route);

	if (route.link == d->via || (ret < 0 && ret != -ENETUNREACH))
		return true;
	if (ret == 0)
		v6_link_get(&c->checker->host->route, route.link, NULL, &other);
	v6_found_fault(
		c->checker, "route", remedy(c),
		"packets of clients such as %s to %s go to %s instead of %s, by a rule for their source, port or mark (ip -6 rule)",
		V6_TEXT(&query.from), V6_TEXT(&d->address), other.name, d->via_name);
	return false;
}

static bool all_questions_arrive(struct v6_checked *c)
{
	const struct v6_record *record = c->record;
	bool all = true, arrive;
	size_t i, map;

	for (i = 0; i < record->n_services; i++) {
		arrive = true;
		for (map = 0; map < record->n_maps && arrive; map++)
			arrive = questions_arrive(c, &record->services[i], &record->maps[map]);
		all = all && arrive;
	}
	return all;
}

/* leads_straight() - neither a router nor who has a default route is the container */
static bool leads_straight(const struct v6_route *route)
{
	return IN6_IS_ADDR_UNSPECIFIED(&route->gateway) && !v6_route_is_default(route);
}

static void check_target(struct v6_checked *c, const struct v6_destination *d)
{
	struct v6_route route = {.link = 0};
	struct v6_link other = {.name = "some interface"};
	int ret = v6_route_lookup(&c->checker->host->route, &d->address, 0, &route);

	if (ret == 0)
		v6_link_get(&c->checker->host->route, route.link, NULL, &other);
	if (ret == 0 && route.link == d->via && !leads_straight(&route))
		v6_found_fault(
			c->checker, "route", route_back(d, &route, &other).s,
			"the route to %s goes by a router or a default route, not straight to %s, where the container is",
			V6_TEXT(&d->address), d->via_name);
	else if (ret == 0 && route.link == d->via && all_questions_arrive(c))
		check_pin(c, d);
	else if (ret == 0 && route.link != d->via)
		v6_found_fault(
			c->checker, "route", route_back(d, &route, &other).s,
			"the route to %s goes through %s instead of %s, where the container is",
			V6_TEXT(&d->address), other.name, d->via_name);
	else if (ret == -ENETUNREACH)
		v6_found_fault(c->checker, "route", route_back(d, NULL, NULL).s,
			       "there is no route to %s, which is behind %s", V6_TEXT(&d->address),
			       d->via_name);
	else if (ret < 0)
		v6_found_unseen(c->checker, "route", "to %s: %s", V6_TEXT(&d->address),
				v6_strerror(ret));
}

/* answer_to() - as it is routed: before its source is the service's again */
static struct v6_route_query answer_to(const struct v6_checked *c, const struct v6_service *service,
				       const struct v6_port_map *map, const struct in6_addr *client)
{
	const struct v6_destination *d = &c->record->destination;

	return (struct v6_route_query){
		.to = *client,
		.from = c->local ? service->address : d->address,
		.in = c->local ? 0 : d->via,
		.mark = marks_of(c, service)->answer.value,
		.protocol = map->protocol,
		.from_port = v6_record_target_port(c->record, map),
		.to_port = CLIENT_PORT,
	};
}

/* check_neighbours() - answers to clients on the service's own link. Return: whether they arrive */
static bool check_neighbours(struct v6_checked *c, const struct v6_service *service,
			     const struct v6_port_map *map)
{
	struct in6_addr client = neighbour_of(c, service);
	struct v6_route_query query = answer_to(c, service, map, &client);
	struct v6_link other = {.name = "some interface"};
	struct v6_route route = {.link = 0};
	int ret = v6_route_ask(&c->checker->host->route, &query, &route);

	if (ret == -ENETUNREACH)
		v6_found_fault(
			c->checker, "route", remedy(c),
			"clients on %s, such as %s, can't be answered: there is no route to them; give %s an address in that prefix",
			service->link_name, V6_TEXT(&client), service->link_name);
	if (ret < 0 || route.link == service->link)
		return ret != -ENETUNREACH;
	v6_link_get(&c->checker->host->route, route.link, NULL, &other);
	v6_found_doubt(
		c->checker, "route", remedy(c),
		"answers to clients on %s, such as %s, leave by %s; see ip -6 rule, and ip -6 route get %s",
		service->link_name, V6_TEXT(&client), other.name, V6_TEXT(&client));
	return false;
}

/* check_others() - answers to clients beyond the router on the service's link, where there is one:
 * that of another link may drop what has an address of this one
 */
static void check_others(struct v6_checked *c, const struct v6_service *service)
{
	/* in no prefix that anybody has: RFC 4291 has the unicast ones begin there */
	static const struct in6_addr far = {.s6_addr = {0x20, [15] = 1}};
	struct v6_route_query query = answer_to(c, service, c->record->maps, &far);
	struct v6_link other = {.name = "some interface"};
	struct v6_nl *nl = &c->checker->host->route;
	struct v6_route route, own;

	if (v6_route_default(nl, service->link, &own) < 0 || v6_route_ask(nl, &query, &route) < 0 ||
	    route.link == service->link)
		return;
	v6_link_get(nl, route.link, NULL, &other);
	v6_found_doubt(
		c->checker, "route", remedy(c),
		"answers to clients beyond the router of %s leave by %s, whose router may drop what comes from %s; see ip -6 rule",
		service->link_name, other.name, V6_TEXT(&service->address));
}

/* check_answers() - the way back to clients: to neighbours, or by a router to all */
static void check_answers(struct v6_checked *c)
{
	const struct v6_service *service = c->record->services;
	const struct v6_service *end = service + c->record->n_services;
	size_t map;

	for (; service < end; service++) {
		if (service->attach == V6_ATTACH_ROUTE)
			continue;
		for (map = 0; map < c->record->n_maps; map++)
			if (!check_neighbours(c, service, &c->record->maps[map]))
				break;
		check_others(c, service);
	}
}

/* is_missing() - Return: whether a routing rule, or what marks answers, is not as it should be */
static bool is_missing(struct v6_host *host, const struct v6_record *record)
{
	struct v6_things auto_call(v6_things_release) things = {.n = 0};
	const struct v6_thing *thing;

	if (v6_things_of(host, record, &things, NULL) < 0)
		return false;
	for (thing = things.list; thing < things.list + things.n; thing++)
		if ((thing->kind == V6_THING_ANSWER || thing->kind == V6_THING_DEPARTURE ||
		     thing->kind == V6_THING_INBOUND || thing->kind == V6_THING_OUTBOUND) &&
		    v6_thing_has(host, thing) == 0)
			return true;
	return false;
}

static bool is_stale(struct v6_checked *c)
{
	struct v6_record planned = *c->record;

	return v6_routing_plan(c->checker->host, &planned) ||
	       is_missing(c->checker->host, c->record);
}

/* has_marking_rule() - whether a routing rule of somebody else asks for a mark */
static bool has_marking_rule(const struct v6_host *host)
{
	size_t i;

	for (i = 0; i < host->routing.n; i++)
		if (v6_routing_is_foreign(&host->routing.list[i]) && host->routing.list[i].mark)
			return true;
	return false;
}

/* check_marks() - what the rules of others in nf_tables set where nobody can foresee it */
static void check_marks(struct v6_checked *c)
{
	size_t i = 0;

	while (i < c->record->n_services && c->marks[i].request.known && c->marks[i].answer.known)
		i++;
	if (i < c->record->n_services && has_marking_rule(c->checker->host))
		v6_found_unseen(
			c->checker, "route",
			"packets of %s get a mark that is not known here, and routing rules ask for marks (ip -6 rule; nft list ruleset)",
			V6_TEXT(&c->record->services[i].address));
}

void v6_check_route(struct v6_checked *c)
{
	const struct v6_destination *d = &c->record->destination;
	struct v6_link link;
	int ret;

	c->stale = is_stale(c);
	check_marks(c);
	check_answers(c);
	if (c->local) {
		v6_found_good(c->checker, "route", "none, in the host's network");
		return;
	}
	ret = v6_link_get(&c->checker->host->route, d->via, NULL, &link);
	if (ret == 0 && !link.up)
		v6_found_fault(c->checker, "route",
			       v6_line("ip link set dev %s up && v6ctl reconcile", link.name).s,
			       "interface %s, behind which the container is, is down", link.name);
	else if (ret == -ENODEV)
		v6_found_fault(
			c->checker, "route", "",
			"interface %s, behind which the container was, is gone; restart the container",
			d->via_name);
	else if (ret < 0)
		v6_found_unseen(c->checker, "route", "interface %s: %s", d->via_name,
				v6_strerror(ret));
	else if (v6_check_has_ipv6(c, "route", &link) && v6_check_port(c, "route"))
		check_target(c, d);
	if (c->stale && !v6_checker_gave(c->checker, "v6ctl reconcile"))
		v6_found_doubt(c->checker, "route", "v6ctl reconcile",
			       "the host's routing rules have changed (ip -6 rule)");
}
