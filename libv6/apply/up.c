/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a record stands for, made so in the one order that harms nobody. */
#include "apply/dead.h"
#include "apply/down.h"
#include "apply/flows.h"
#include "apply/kinds.h"
#include "apply/overlap.h"
#include "apply/settings.h"
#include "apply/take.h"
#include "apply/things.h"
#include "apply/up.h"
#include "base/address.h"
#include "base/cleanup.h"
#include "kernel/neigh.h"
#include "plan/dad.h"
#include "store/record.h"

/* struct rising - one call of v6_record_up() */
struct rising {
	struct v6_host *host;
	const struct v6_record *record;
	struct v6_things things;
	bool fresh;
};

/* ensure_kinds() - all things from one kind to another. Return: 1 (one was missing), 0 or errno */
static int ensure_kinds(struct rising *r, enum v6_thing_kind first, enum v6_thing_kind last,
			struct v6_error *err)
{
	int changed = 0, ret = 0;
	size_t i;

	for (i = 0; i < r->things.n && ret >= 0; i++) {
		if (r->things.list[i].kind < first || r->things.list[i].kind > last)
			continue;
		ret = v6_thing_ensure(r->host, &r->things.list[i], err);
		changed |= ret > 0;
	}
	return ret < 0 ? ret : changed;
}

static int take_elements(struct rising *r, bool shared, struct v6_error *err)
{
	struct v6_taken_over dead;
	int ret = v6_overlaps_clear(r->host, r->record, err);

	if (ret == 0)
		ret = v6_elements_take(r->host, r->record, &r->things, &dead, err);
	if (ret < 0)
		return ret;
	v6_flows_free(r->host, r->record);
	v6_dead_collect(r->host, r->record, &dead, shared);
	return 0;
}

/* are_missing() - whether elements are to be taken; looks where they are probably right already */
static int are_missing(struct rising *r, struct v6_error *err)
{
	int held;

	if (r->fresh)
		return 1;
	held = r->host->remade ? 1 : v6_elements_held(r->host, &r->things, err);
	return held < 0 ? held : !held;
}

static int ensure_elements(struct rising *r, bool shared, struct v6_error *err)
{
	const struct v6_record *record = r->record;
	int ret = are_missing(r, err);

	if (ret <= 0)
		return ret;
	ret = r->host->looks ? 0 : take_elements(r, shared, err);
	if (ret < 0)
		return ret;
	v6_host_step(r->host, "%.*s: make its elements in nf_tables (%s%s) again", V6_ID_SHORT,
		     record->id, record->services[0].name, record->n_services > 1 ? ", ..." : "");
	return 1;
}

/* forget_former() - with an address of its own, or the one that its id makes, a container comes
 * back behind another link-layer address, and its neighbours on a bridge hear nothing of that
 */
static void forget_former(struct v6_host *host, const struct v6_destination *d)
{
	int ret = v6_destination_has_way(d) ? v6_neigh_forget(&host->route, d->via, &d->address)
					    : 0;

	if (ret < 0)
		v6_host_warn(
			host,
			"cannot forget who had %s on %s: %s; it may take half a minute until the container is found",
			V6_TEXT(&d->address), d->via_name, v6_strerror(ret));
}

/* ensure_container() - the container's side, which an assigned address needs */
static int ensure_container(struct rising *r, struct v6_error *err)
{
	const struct v6_destination *d = &r->record->destination;
	int ret = ensure_kinds(r, V6_THING_GATEWAY, V6_THING_INSIDE, err);

	if (ret > 0)
		v6_host_step(r->host, "%.*s: give it %s, by %s, again", V6_ID_SHORT, r->record->id,
			     V6_TEXT(&d->address), d->via_name);
	if (ret < 0)
		return ret;
	v6_settings_announce(r->host, d);
	if (r->fresh)
		forget_former(r->host, d);
	return ret;
}

/* ensure_service() - after what may refuse it come settings, which are not taken back */
static int ensure_service(struct rising *r, const struct v6_thing *thing, struct v6_error *err)
{
	const struct v6_service *service = thing->service;
	int ret = v6_dad_check(r->host, &service->address, err);

	if (ret < 0)
		return v6_context(err, ret, "%s", service->name);
	ret = v6_settings_pass(r->host, r->record, service, err);
	if (ret == 0)
		ret = v6_thing_ensure(r->host, thing, err);
	if (ret > 0)
		v6_host_step(r->host, "bring %s (%s) to link %s", V6_TEXT(&service->address),
			     service->name, service->link_name);
	return ret;
}

/* ensure_addresses() - those that a pending record has come when it is completed */
static int ensure_addresses(struct rising *r, struct v6_error *err)
{
	const struct v6_thing *thing = r->things.list, *end = thing + r->things.n;
	int changed = 0, ret = 0;

	for (; thing < end && ret >= 0 && !r->record->destination.pending; thing++) {
		if (thing->kind != V6_THING_ADDRESS || thing->leaving)
			continue;
		ret = ensure_service(r, thing, err);
		changed |= ret > 0;
	}
	return ret < 0 ? ret : changed;
}

static int ensure_all(struct rising *r, struct v6_error *err)
{
	bool shared = v6_dead_may_share(r->host, r->record);
	int changed = 0, ret = ensure_kinds(r, V6_THING_HOLDER, V6_THING_HOLDER, err);

	if (ret >= 0)
		ret = changed = ensure_elements(r, shared, err);
	if (ret >= 0)
		ret = ensure_container(r, err);
	changed |= ret > 0;
	if (ret >= 0)
		ret = ensure_addresses(r, err);
	return ret < 0 ? ret : changed | ret;
}

int v6_record_up(struct v6_host *host, const struct v6_record *record, bool fresh,
		 struct v6_error *err)
{
	struct rising r = {.host = host, .record = record, .fresh = fresh};
	int ret = v6_things_of(host, record, &r.things, err);

	if (ret == 0)
		ret = ensure_all(&r, err);
	v6_things_release(&r.things);
	return ret;
}

int v6_record_move(struct v6_host *host, const struct v6_record *record,
		   const struct v6_destination *from, struct v6_error *err)
{
	struct v6_record former = *record;
	int ret;

	former.destination = *from;
	ret = v6_record_shed(host, &former, record, false, err);
	if (ret == 0)
		ret = v6_record_save(host, record, err);
	if (ret == 0)
		ret = v6_record_up(host, record, true, err);
	if (ret >= 0)
		v6_flows_leave(host, &former);
	return ret < 0 ? ret : 1;
}
