/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole table made again, when somebody flushed the ruleset. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "apply/claims.h"
#include "apply/elements.h"
#include "base/address.h"
#include "base/cleanup.h"
#include "kernel/ifaddr.h"
#include "kernel/route.h"
#include "plan/provided.h"
#include "store/claims.h"
#include "store/life.h"
#include "store/record.h"
#include "table/nat.h"

/* struct gathering - the elements of all living records but one, and the guards of the dead, too:
 * their addresses are there until they are collected
 */
struct gathering {
	struct v6_host *host;
	const char *except;
	struct v6_nat_op *ops;
	size_t n, room;
	struct owner *owners; /* the strings that ops borrow */
};

struct owner {
	struct owner *next;
	struct v6_record record;
};

static void free_gathering(struct gathering *g)
{
	struct owner *owner;

	while ((owner = g->owners)) {
		g->owners = owner->next;
		free(owner);
	}
	free(g->ops);
}

static int make_room(struct gathering *g, size_t more)
{
	size_t room = g->room ? g->room : 64;
	struct v6_nat_op *larger;

	while (room < g->n + more)
		room *= 2;
	if (room == g->room)
		return 0;
	larger = reallocarray(g->ops, room, sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	g->ops = larger;
	g->room = room;
	return 0;
}

static void gather_claims(struct gathering *g, const struct v6_record *record)
{
	size_t i;

	if (v6_destination_has_way(&record->destination))
		g->ops[g->n++] = v6_hairpin_element(&record->destination.subnet);
	for (i = 0; i < v6_claims_count(record); i++) {
		g->ops[g->n] = v6_claim_element(record, i);
		g->n++;
		if (v6_companion_element(&g->ops[g->n - 1], &g->ops[g->n]))
			g->n++;
	}
}

static int gather_record(const char *id, void *data)
{
	struct gathering *g = data;
	const struct v6_record *record;
	struct owner *owner;
	struct v6_error err;
	int ret;

	if (strcmp(id, g->except) == 0)
		return 0;
	owner = calloc(1, sizeof(*owner));
	if (!owner)
		return -ENOMEM;
	owner->next = g->owners;
	g->owners = owner;
	record = &owner->record;
	ret = v6_record_load(g->host, id, &owner->record, &err);
	if (ret < 0 && !v6_record_is_none(ret))
		v6_host_warn(g->host, "%s; run v6ctl reconcile", err.text);
	if (ret < 0)
		return 0;
	if (make_room(g, 2 * v6_claims_count(record) + V6_GUARDS_MAX + 1) < 0)
		return -ENOMEM;
	g->n += v6_guards(record, &g->ops[g->n]);
	if (v6_record_alive(record) > 0)
		gather_claims(g, record);
	return 0;
}

/* gather_forgotten() - the guard of an address that is here by us, whether a record says so or not:
 * the state directory may be gone as well
 */
static int gather_forgotten(struct gathering *g, const struct v6_prefix *prefix)
{
	if (prefix->length != 128)
		return 0;
	if (make_room(g, 1) < 0)
		return -ENOMEM;
	g->ops[g->n++] = v6_guard_element(&prefix->address);
	return 0;
}

static int gather_ifaddr(const struct v6_ifaddr *ifaddr, void *data)
{
	return ifaddr->ours ? gather_forgotten(data, &ifaddr->prefix) : 0;
}

static int gather_route(const struct v6_route *route, void *data)
{
	return gather_forgotten(data, &route->to);
}

static int gather_all_forgotten(struct gathering *g, struct v6_error *err)
{
	int ret = v6_ifaddr_each(&g->host->route, 0, gather_ifaddr, g);

	if (ret == 0)
		ret = v6_route_each(&g->host->route, V6_PROTOCOL_MARK, true, gather_route, g);
	if (ret < 0)
		return v6_fail(err, ret, "cannot list addresses and routes: %s", v6_strerror(ret));
	return 0;
}

/* forget_refused() - of two elements at odds, the later one goes */
static void forget_refused(struct gathering *g)
{
	size_t i, kept = 0;

	for (i = 0; i < g->n; i++)
		if (g->ops[i].result == 0)
			g->ops[kept++] = g->ops[i];
	g->n = kept;
}

int v6_claims_restore(struct v6_host *host, const char *except, struct v6_error *err)
{
	struct gathering auto_call(free_gathering) g = {.host = host, .except = except};
	struct v6_prefix provided;
	int round, ret = v6_record_ids(host, gather_record, &g, err);

	if (ret < 0)
		return ret == -ENOMEM ? v6_fail(err, ret, "%s", v6_strerror(ret)) : ret;
	/* a reconcile removes them at once */
	ret = *except ? gather_all_forgotten(&g, err) : 0;
	if (ret < 0)
		return ret;
	v6_provided_prefix(host, &provided);
	ret = -EEXIST;
	for (round = 0; round < V6_ROUNDS_MAX && ret == -EEXIST; round++) {
		ret = v6_nat_create(&host->netfilter, &provided, g.ops, g.n, err);
		if (ret == -EEXIST)
			forget_refused(&g);
	}
	return ret;
}
