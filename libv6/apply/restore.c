/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes the whole table again, when it is gone or changed, record by record. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "apply/cover.h"
#include "apply/elements.h"
#include "apply/kinds.h"
#include "apply/replicas.h"
#include "apply/restore.h"
#include "apply/ways.h"
#include "base/address.h"
#include "base/cleanup.h"
#include "plan/provided.h"
#include "store/life.h"
#include "store/record.h"
#include "table/table.h"

/**
 * struct restoring - All living records' elements but one's, and the guards of the dead, too: their
 * addresses are there until they are collected
 * @subnets:	Prefixes of containers, which are appended last
 * @n:		How many were come by in this round, appended or not
 * @refused:	Indexes of those that were at odds with an earlier one. The first @n_left_out, in
 *		ascending order, are left out of this round. A container that dies between two
 *		rounds shifts them; reconcile repairs that
 */
struct restoring {
	struct v6_host *host;
	const char *except;
	struct v6_batch *batch;
	struct v6_prefixes subnets;
	unsigned int n;
	unsigned int *refused;
	size_t n_refused, n_left_out;
	int status;
};

static void free_restoring(struct restoring *r)
{
	free(r->refused);
	v6_prefixes_release(&r->subnets);
}

static int compare_indexes(const void *left, const void *right)
{
	const unsigned int *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

static void append_element(struct restoring *r, struct v6_nat_op op)
{
	unsigned int index = r->n++;

	if (!r->n_left_out ||
	    !bsearch(&index, r->refused, r->n_left_out, sizeof(index), compare_indexes))
		v6_element_put(r->batch, &op);
}

/* append_again() - connections of a claim may be left of the table that was there before */
static void append_again(struct restoring *r, struct v6_nat_op op)
{
	op.counter = V6_COUNTED_BEFORE;
	append_element(r, op);
}

/* append_hairpins() - the set takes none that overlaps another: only the widest */
static void append_hairpins(struct restoring *r)
{
	size_t i;

	v6_cover_widen(r->host, &r->subnets);
	for (i = 0; i < r->subnets.n; i++)
		append_element(r, v6_hairpin_element(&r->subnets.list[i]));
}

/* is_anothers() - whether a claim is due to another replica, which is come by, too */
static bool is_anothers(const struct v6_thing *thing)
{
	return thing->kind == V6_THING_CLAIM && strcmp(thing->op.owner, thing->record->id) != 0;
}

/* append_things() - of a dead container the guards alone. Claims and what stands beside them have
 * one owner, but a prefix is most records'
 */
static int append_things(struct restoring *r, const struct v6_record *record)
{
	struct v6_replicas auto_call(v6_replicas_release) replicas = {.n = 0};
	struct v6_things auto_call(v6_things_release) things = {.n = 0};
	bool alive = v6_record_alive(record) > 0;
	int ret = v6_things_of(r->host, record, &things, NULL);
	const struct v6_thing *thing;

	if (ret == 0 && alive)
		ret = v6_replicas_of(r->host, record, true, &replicas, NULL);
	if (ret == 0)
		ret = v6_replicas_direct(&replicas, &things);
	for (thing = things.list; thing < things.list + things.n; thing++) {
		if (thing->kind == V6_THING_GUARD)
			append_element(r, thing->op);
		else if (thing->kind == V6_THING_HAIRPIN && alive)
			ret = v6_prefixes_append(&r->subnets, &thing->op.prefix);
		else if (v6_thing_is_element(thing) && alive && !is_anothers(thing))
			append_again(r, thing->op);
	}
	return ret;
}

static int append_record(const char *id, void *data)
{
	struct restoring *r = data;
	struct v6_record record;
	struct v6_error err;
	int ret;

	if (strcmp(id, r->except) == 0)
		return 0;
	ret = v6_record_load(r->host, id, &record, &err);
	if (ret < 0 && !v6_record_is_none(ret) && r->n_refused == 0)
		v6_host_warn(r->host, "%s; run v6ctl reconcile", err.text);
	return ret < 0 ? 0 : append_things(r, &record);
}

/* append_forgotten() - the guard of an address that is here by us, whether a record says so or not:
 * the state directory may be gone as well
 */
static int append_forgotten(const struct v6_thing *address, void *data)
{
	append_element(data, v6_guard_element(&address->spot.prefix.address));
	return 0;
}

static void append_way_element(struct v6_nat_op op, void *data)
{
	append_element(data, op);
}

static int append_all(struct v6_batch *batch, void *data, struct v6_error *err)
{
	struct restoring *r = data;
	int ret;

	r->batch = batch;
	r->n = 0;
	r->subnets.n = 0;
	r->n_left_out = r->n_refused;
	if (r->n_left_out)
		qsort(r->refused, r->n_left_out, sizeof(*r->refused), compare_indexes);
	ret = v6_record_ids(r->host, append_record, r, err);
	if (ret == -ENOMEM)
		return v6_fail(err, ret, "%s", v6_strerror(ret));
	append_hairpins(r);
	if (ret == 0)
		ret = v6_ways_elements(r->host, append_way_element, r, err);
	/* a reconcile removes those at once */
	if (ret == 0 && *r->except)
		ret = v6_things_each(r->host, V6_THING_ADDRESS, append_forgotten, r, err);
	return ret;
}

/* note_refused() - the index of what was appended counts those left out of this round, too */
static void note_refused(unsigned int index, int code, void *data)
{
	struct restoring *r = data;
	unsigned int *larger = reallocarray(r->refused, r->n_refused + 1, sizeof(*larger));
	size_t i;

	(void)code;
	if (!larger) {
		r->status = -ENOMEM;
		return;
	}
	r->refused = larger;
	for (i = 0; i < r->n_left_out && larger[i] <= index; i++)
		index++;
	larger[r->n_refused++] = index;
}

int v6_elements_restore(struct v6_host *host, const char *except, struct v6_error *err)
{
	struct restoring auto_call(free_restoring) r = {.host = host, .except = except};
	struct v6_prefix provided;
	int round, ret = -EEXIST;

	v6_provided_prefix(host, &provided);
	for (round = 0; round < V6_ROUNDS_MAX && ret == -EEXIST && r.status == 0; round++)
		ret = v6_nat_create(&host->netfilter, &provided, append_all, note_refused, &r, err);
	return r.status < 0 ? v6_fail(err, r.status, "%s", v6_strerror(r.status)) : ret;
}
