/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a record no longer asks for, removed in the one order that harms nobody. */
#include <string.h>

#include "apply/down.h"
#include "apply/drop.h"
#include "apply/ending.h"
#include "apply/kinds.h"
#include "apply/things.h"
#include "base/address.h"
#include "base/cleanup.h"
#include "store/departed.h"
#include "store/holders.h"
#include "store/record.h"

/**
 * struct shedding - One call of v6_record_shed(), and its first failure
 * @things:	What goes if nobody else needs it
 * @asked:	The resource that the index was asked for last, and whether nobody else has it
 */
struct shedding {
	struct v6_host *host;
	const struct v6_record *record;
	struct v6_things things;
	struct v6_resource asked;
	bool alone;
	struct v6_error *err;
	int first;
};

static void keep_first_failure(struct shedding *s, int code, const struct v6_error *err)
{
	if (code >= 0 || s->first < 0)
		return;
	s->first = code;
	v6_fail(s->err, code, "%s", err->text);
}

/* is_unshared() - whether nobody else needs a thing */
static bool is_unshared(struct shedding *s, const struct v6_thing *thing)
{
	struct v6_resource resource;
	struct v6_error err;
	int others;

	if (!v6_thing_resource(s->host, thing, &resource))
		return true;
	if (strcmp(resource.name, s->asked.name) == 0)
		return s->alone;
	others = v6_holder_others(s->host, &resource, s->record->id);
	if (others < 0)
		keep_first_failure(s,
				   v6_fail(&err, others,
					   V6_RUN_DIR "/holders: cannot look up %s: %s",
					   resource.name, v6_strerror(others)),
				   &err);
	s->asked = resource;
	s->alone = others == 0;
	return s->alone;
}

/* remove_thing() - Return: whether it is gone */
static bool remove_thing(struct shedding *s, const struct v6_thing *thing)
{
	struct v6_error err;
	int ret = v6_thing_remove(s->host, thing, &err);

	keep_first_failure(s, ret, &err);
	return ret == 0;
}

/* keep_guard() - of an address that stays */
static void keep_guard(struct v6_things *things, const struct in6_addr *address)
{
	size_t i, n = 0;

	for (i = 0; i < things->n; i++)
		if (things->list[i].kind != V6_THING_GUARD ||
		    !v6_address_equal(&things->list[i].op.claim.address, address))
			things->list[n++] = things->list[i];
	things->n = n;
}

/* remove_addresses() - those that we brought; where one stays, its guard does */
static void remove_addresses(struct shedding *s)
{
	struct in6_addr stay[2 * V6_RECORD_ADDRESSES_MAX];
	const struct v6_thing *thing;
	size_t i, n_stay = 0;

	for (i = 0; i < s->things.n; i++) {
		thing = &s->things.list[i];
		if (thing->kind != V6_THING_ADDRESS || !thing->service->ours)
			continue;
		if (!is_unshared(s, thing) || !remove_thing(s, thing))
			stay[n_stay++] = thing->spot.prefix.address;
	}
	for (i = 0; i < n_stay; i++)
		keep_guard(&s->things, &stay[i]);
}

/* keep_shared() - leave alone what somebody else behind the same bridge needs */
static void keep_shared(struct shedding *s)
{
	size_t i, n = 0;
	struct v6_thing *thing;

	for (i = 0; i < s->things.n; i++) {
		thing = &s->things.list[i];
		if (thing->kind >= V6_THING_SENDER && thing->kind < V6_THING_ADDRESS &&
		    !is_unshared(s, thing))
			continue;
		s->things.list[n++] = *thing;
	}
	s->things.n = n;
}

static void remove_kind(struct shedding *s, enum v6_thing_kind kind)
{
	size_t i;

	for (i = 0; i < s->things.n; i++)
		if (s->things.list[i].kind == kind)
			remove_thing(s, &s->things.list[i]);
}

static void shed_all(struct shedding *s, const struct v6_drop *how)
{
	enum v6_thing_kind kind;
	struct v6_error err;

	remove_kind(s, V6_THING_NAME);
	remove_kind(s, V6_THING_ANNOUNCED);
	remove_addresses(s);
	keep_shared(s);
	keep_first_failure(s, v6_elements_drop(s->host, s->record, &s->things, how, &err), &err);
	for (kind = V6_THING_ADDRESS - 1; kind > V6_THING_HAIRPIN; kind--)
		remove_kind(s, kind);
	/* who is noted as a holder until the end can be found by it, should we be killed before */
	if (s->first == 0)
		remove_kind(s, V6_THING_HOLDER);
}

int v6_record_shed(struct v6_host *host, const struct v6_record *former,
		   const struct v6_record *kept, bool flows_stay, struct v6_error *err)
{
	struct shedding s = {.host = host, .record = former, .err = err};
	int ret = v6_things_of(host, former, &s.things, err);

	if (ret == 0 && kept)
		ret = v6_things_subtract(host, &s.things, kept, err);
	if (ret == 0) {
		shed_all(&s, &(struct v6_drop){.goes_on = kept, .flows_stay = flows_stay});
		ret = s.first;
	}
	v6_things_release(&s.things);
	return ret;
}

/* keep_egress() - of what goes, by which interface the container left, and who holds it */
static void keep_egress(struct v6_things *things)
{
	enum v6_thing_kind kind;
	size_t i, n = 0;

	for (i = 0; i < things->n; i++) {
		kind = things->list[i].kind;
		if (kind == V6_THING_HOLDER || kind == V6_THING_EGRESS || kind == V6_THING_OUTGOING)
			things->list[n++] = things->list[i];
	}
	things->n = n;
}

int v6_record_shed_egress(struct v6_host *host, const struct v6_record *former,
			  const struct v6_record *kept, struct v6_error *err)
{
	struct shedding s = {.host = host, .record = former, .err = err};
	int ret;

	if (!*former->egress)
		return 0;
	ret = v6_things_of(host, former, &s.things, err);
	if (ret == 0)
		ret = v6_things_subtract(host, &s.things, kept, err);
	if (ret == 0) {
		keep_egress(&s.things);
		shed_all(&s, &(struct v6_drop){.goes_on = true, .flows_stay = true});
		ret = s.first;
	}
	v6_things_release(&s.things);
	return ret;
}

/* leave_until() - by @now; *record is without them then. Claims there are gone since the services
 * left, but what was connected by them is not
 */
static int leave_until(struct v6_host *host, struct v6_record *record, int64_t now,
		       struct v6_error *err)
{
	struct v6_record past = *record, kept = *record;
	size_t i;
	int ret;

	if (record->n_leaving == 0)
		return 0;
	past.n_services = past.n_leaving = kept.n_leaving = 0;
	for (i = 0; i < record->n_leaving; i++) {
		if (v6_leaving_left(&record->leaving[i], now) == 0)
			past.services[past.n_services++] = record->leaving[i].service;
		else
			kept.leaving[kept.n_leaving++] = record->leaving[i];
	}
	if (past.n_services == 0)
		return 0;
	ret = v6_record_shed(host, &past, &kept, false, err);
	if (ret == 0 && !v6_ending_is_done(host))
		v6_departed_copy(host, &past);
	if (ret == 0)
		*record = kept;
	return ret < 0 ? ret : 1;
}

int v6_record_leave(struct v6_host *host, struct v6_record *record, int64_t now,
		    struct v6_error *err)
{
	int ret = leave_until(host, record, now, err);

	return ret > 0 ? v6_record_save(host, record, err) : ret;
}

int v6_record_down(struct v6_host *host, const struct v6_record *record, struct v6_error *err)
{
	struct v6_record rest = *record;
	struct v6_error left, own;
	int first = leave_until(host, &rest, INT64_MAX, &left);
	int ret = v6_record_shed(host, &rest, NULL, false, &own);

	if (first < 0)
		return v6_fail(err, first, "%s", left.text);
	if (ret < 0)
		return v6_fail(err, ret, "%s", own.text);
	/* where it can't be kept, nobody goes on if we are killed */
	if (!v6_ending_is_done(host) && v6_departed_keep(host, record->id) == 0)
		return 0;
	return v6_record_remove(host, record->id, err);
}
