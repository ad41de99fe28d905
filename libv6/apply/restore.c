/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole table made again, when somebody flushed the ruleset. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "apply/elements.h"
#include "apply/kinds.h"
#include "apply/restore.h"
#include "apply/things.h"
#include "apply/things.h"
#include "base/address.h"
#include "base/cleanup.h"
#include "plan/provided.h"
#include "store/life.h"
#include "store/record.h"
#include "table/table.h"

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

static int make_op_room(struct gathering *g, size_t more)
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

/* gather_things() - of a dead container the guards alone */
static int gather_things(struct gathering *g, const struct v6_record *record)
{
	struct v6_things auto_call(v6_things_release) things = {.n = 0};
	bool alive = v6_record_alive(record) > 0;
	size_t i;

	if (v6_things_of(g->host, record, &things, NULL) < 0 || make_op_room(g, things.n) < 0)
		return -ENOMEM;
	for (i = 0; i < things.n; i++)
		if (things.list[i].kind == V6_THING_GUARD ||
		    (alive && v6_thing_is_element(&things.list[i])))
			g->ops[g->n++] = things.list[i].op;
	return 0;
}

static int gather_record(const char *id, void *data)
{
	struct gathering *g = data;
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
	ret = v6_record_load(g->host, id, &owner->record, &err);
	if (ret < 0 && !v6_record_is_none(ret))
		v6_host_warn(g->host, "%s; run v6ctl reconcile", err.text);
	return ret < 0 ? 0 : gather_things(g, &owner->record);
}

/* gather_forgotten() - the guard of an address that is here by us, whether a record says so or not:
 * the state directory may be gone as well
 */
static int gather_forgotten(const struct v6_thing *address, void *data)
{
	struct gathering *g = data;

	if (make_op_room(g, 1) < 0)
		return -ENOMEM;
	g->ops[g->n++] = v6_guard_element(&address->spot.prefix.address);
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

int v6_elements_restore(struct v6_host *host, const char *except, struct v6_error *err)
{
	struct gathering auto_call(free_gathering) g = {.host = host, .except = except};
	struct v6_prefix provided;
	int round, ret = v6_record_ids(host, gather_record, &g, err);

	if (ret < 0)
		return ret == -ENOMEM ? v6_fail(err, ret, "%s", v6_strerror(ret)) : ret;
	/* a reconcile removes them at once */
	ret = *except ? v6_things_each(host, V6_THING_ADDRESS, gather_forgotten, &g, err) : 0;
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
