/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Check what routes and rules do with one client's packets, and with the answers to it. */
#include <errno.h>
#include <linux/netlink.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/prefixes.h"
#include "check/checker.h"
#include "check/client.h"
#include "kernel/netns.h"
#include "kernel/route.h"

#define STEP "client"
/* A client's port, of those that systems choose for themselves: RFC 6335 section 6 */
#define SOME_PORT 50000

/* find_client() - the route to the client, as answers of a service take it in the end. Return: as
 * v6_route_ask()
 */
static int find_client(struct v6_checked *c, const struct v6_service *service,
		       struct v6_route *ret_route)
{
	struct v6_route_query query = {.to = c->checker->from, .from = service->address};

	return v6_route_ask(&c->checker->host->route, &query, ret_route);
}

int v6_client_link(struct v6_checked *c, const struct v6_service *service)
{
	struct v6_route route;

	if (!c->checker->has_from || find_client(c, service, &route) < 0 || route.local)
		return service->link;
	return route.link;
}

static struct v6_link client_link(struct v6_checked *c, int index)
{
	struct v6_link link = {.name = "some interface"};

	v6_link_get(&c->checker->host->route, index, NULL, &link);
	return link;
}

/* check_client_question() - Returns whether its packets go to the container */
static bool check_client_question(struct v6_checked *c, const struct v6_port_map *map, int in)
{
	const struct v6_destination *d = &c->record->destination;
	struct v6_route_query query = {.to = d->address,
				       .from = c->checker->from,
				       .in = in,
				       .protocol = map->protocol,
				       .from_port = SOME_PORT,
				       .to_port = v6_record_target_port(c->record, map)};
	struct v6_route route = {.link = 0};
	int ret = v6_route_ask(&c->checker->host->route, &query, &route);

	if (ret == 0 && route.link == d->via)
		return true;
	v6_found_fault(
		c->checker, STEP, "",
		"packets of %s to %s go %s%s instead of to %s; see ip -6 rule, and ip -6 route get %s from %s iif %s",
		V6_TEXT(&c->checker->from), V6_TEXT(&d->address), ret < 0 ? "nowhere" : "to ",
		ret < 0 ? "" : client_link(c, route.link).name, d->via_name, V6_TEXT(&d->address),
		V6_TEXT(&c->checker->from), client_link(c, in).name);
	return false;
}

/* check_client_answer() - Returns whether answers go where the client is */
static bool check_client_answer(struct v6_checked *c, const struct v6_port_map *map, int out)
{
	const struct v6_destination *d = &c->record->destination;
	struct v6_route_query query = {.to = c->checker->from,
				       .from = d->address,
				       .in = d->via,
				       .protocol = map->protocol,
				       .from_port = v6_record_target_port(c->record, map),
				       .to_port = SOME_PORT};
	struct v6_route route = {.link = 0};
	int ret = v6_route_ask(&c->checker->host->route, &query, &route);

	if (ret == 0 && route.link == out)
		return true;
	if (ret == 0)
		v6_found_doubt(
			c->checker, STEP, "",
			"the container's answers to %s leave by %s, not by %s; see ip -6 rule",
			V6_TEXT(&c->checker->from), client_link(c, route.link).name,
			client_link(c, out).name);
	else
		v6_found_fault(
			c->checker, STEP, "",
			"the container's answers to %s go nowhere; see ip -6 rule, and ip -6 route get %s from %s iif %s",
			V6_TEXT(&c->checker->from), V6_TEXT(&c->checker->from),
			V6_TEXT(&d->address), d->via_name);
	return false;
}

/* check_client_of() - the client of one service */
static void check_client_of(struct v6_checked *c, const struct v6_service *service)
{
	struct v6_route route;
	bool good = true;
	size_t i;

	if (find_client(c, service, &route) < 0) {
		v6_found_fault(
			c->checker, STEP, "",
			"this host has no way to %s, or one that drops its packets (blackhole, prohibit, unreachable); see ip -6 rule, and ip -6 route get %s from %s",
			V6_TEXT(&c->checker->from), V6_TEXT(&c->checker->from),
			V6_TEXT(&service->address));
		return;
	}
	if (route.local) {
		v6_found_doubt(c->checker, STEP, "",
			       "%s is this host's own; give the address of another machine",
			       V6_TEXT(&c->checker->from));
		return;
	}
	for (i = 0; i < c->record->n_maps && good && !c->local; i++)
		good = check_client_question(c, &c->record->maps[i], route.link) &&
		       check_client_answer(c, &c->record->maps[i], route.link);
	if (good)
		v6_found_good(c->checker, STEP, "%s is behind %s, with routes there and back",
			      V6_TEXT(&c->checker->from), client_link(c, route.link).name);
}

/* struct inner_answer - of the container to the client */
struct inner_answer {
	struct v6_route_query query;
	int ret;
};

static int ask_inside(void *data, struct v6_error *err)
{
	struct v6_nl auto_call(v6_nl_close) nl = {0};
	struct inner_answer *answer = data;
	struct v6_route route;
	int ret = v6_nl_open(NETLINK_ROUTE, &nl, err);

	answer->ret = ret < 0 ? 0 : v6_route_ask(&nl, &answer->query, &route);
	return ret;
}

/* check_inner_answer() - a container may have routes of its own */
static void check_inner_answer(struct v6_checked *c)
{
	struct inner_answer answer = {
		.query = {.to = c->checker->from, .from = c->record->destination.address}};

	if (c->local || c->netns < 0 || v6_netns_call(c->netns, ask_inside, &answer, NULL) < 0 ||
	    answer.ret != -ENETUNREACH)
		return;
	v6_found_fault(
		c->checker, STEP, "",
		"the container has no way to %s, or one that drops its packets; see ip -6 rule and ip -6 route in there",
		V6_TEXT(&c->checker->from));
}

/* check_admission() - whether v6.from, or rules of the configuration, let the client in; the host
 * itself always is
 */
static void check_admission(struct v6_checked *c)
{
	const struct v6_record *record = c->record;

	if (record->n_from == 0)
		return;
	if (v6_prefixes_hold(record->from, record->n_from, &c->checker->from))
		v6_found_good(c->checker, STEP, "%s is one of the clients that may connect",
			      V6_TEXT(&c->checker->from));
	else
		v6_found_fault(
			c->checker, STEP, "",
			"%s may not connect, so it is refused; only those of v6.from may, or of \"from\" in " V6_CONFIG_FILE
			", which v6ctl show %.*s lists",
			V6_TEXT(&c->checker->from), V6_ID_SHORT, record->id);
}

void v6_check_client(struct v6_checked *c)
{
	size_t i;

	if (!c->checker->has_from)
		return;
	check_admission(c);
	for (i = 0; i < c->record->n_services; i++)
		check_client_of(c, &c->record->services[i]);
	check_inner_answer(c);
}
