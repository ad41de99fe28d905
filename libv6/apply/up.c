/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a record asks for, made so in the one order that harms nobody. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apply/down.h"
#include "apply/elements.h"
#include "apply/ending.h"
#include "apply/kinds.h"
#include "apply/overlap.h"
#include "apply/own_flows.h"
#include "apply/settings.h"
#include "apply/take.h"
#include "apply/up.h"
#include "apply/ways.h"
#include "base/address.h"
#include "base/cleanup.h"
#include "kernel/forwarding.h"
#include "plan/dad.h"
#include "plan/uplink.h"
#include "store/claims.h"
#include "store/departed.h"
#include "store/holders.h"
#include "store/life.h"
#include "store/record.h"

/* let_pass() - what the host's interfaces need so that a service is found and packets reach it */
static int let_pass(struct v6_host *host, const struct v6_record *record,
		    const struct v6_ways_look *look, const struct v6_service *service,
		    struct v6_error *err)
{
	const struct v6_destination *d = &record->destination;
	const char *links[2] = {service->link_name, d->via_name};
	int ret = 0;
	size_t i;

	if (v6_destination_has_way(d) && !v6_ways_seen_open(look, service->link))
		ret = v6_ways_open(host, links, err);
	/* answers may come by any of these */
	for (i = 0; i < d->n_siblings && ret == 0; i++) {
		links[1] = d->siblings[i].via_name;
		ret = v6_ways_open(host, links, err);
	}
	if (ret == 0 && service->attach == V6_ATTACH_PROXY)
		ret = v6_proxy_on(&host->route, service->link_name, v6_uplink_is, host->looks,
				  v6_settings_note, host, err);
	return ret;
}

/* announce_changes() - containers find this host also when its link-layer address changes on their
 * bridge, as it may with any container that comes or goes; no start fails of it
 */
static void announce_changes(struct v6_host *host, const struct v6_destination *d,
			     const struct v6_ways_look *look)
{
	struct v6_error err;

	if (v6_destination_has_way(d) && look->via.notifies <= 0 &&
	    v6_notify_on(d->via_name, host->looks, v6_settings_note, host, &err) < 0)
		v6_host_warn(host, "%s", err.text);
}

/* Holders of an address that are looked at: a start costs the same however many share it */
#define HOLDERS_LOOKED_AT 16

/* struct collecting - what dead containers left on the addresses of a record */
struct collecting {
	struct v6_host *host;
	const struct v6_record *record;
	int left;
};

static void collect_if_dead(struct collecting *c, const char *id)
{
	struct v6_record other;
	struct v6_error err;

	if (strcmp(id, c->record->id) == 0 || v6_record_load(c->host, id, &other, NULL) < 0 ||
	    v6_record_alive(&other) != 0)
		return;
	if (v6_record_down(c->host, &other, &err) < 0)
		v6_host_warn(c->host, "%.*s: not collected whole: %s", V6_ID_SHORT, id, err.text);
}

static int collect_holder(const char *id, void *data)
{
	struct collecting *c = data;

	collect_if_dead(c, id);
	return --c->left > 0 ? 0 : -E2BIG;
}

/* may_be_shared() - whether others may hold an address of a record that is not held yet */
static bool may_be_shared(struct v6_host *host, const struct v6_record *record)
{
	struct v6_resource resource;
	bool any = false;
	size_t i;

	for (i = 0; i < record->n_services && !any; i++) {
		resource = v6_resource_address(&record->services[i].address);
		any = v6_holder_any(host, &resource) != 0;
	}
	return any;
}

/* collect_dead() - the containers whose claims were taken over, and those that died on the same
 * addresses, where these are @shared, without a claim, as a start that was killed leaves them: else
 * what they hold stayed there when the record goes
 */
static void collect_dead(struct v6_host *host, const struct v6_record *record,
			 const struct v6_taken_over *dead, bool shared)
{
	struct collecting c = {.host = host, .record = record};
	struct v6_resource resource;
	size_t i;

	for (i = 0; i < dead->n; i++)
		collect_if_dead(&c, dead->ids[i]);
	for (i = 0; i < record->n_services && shared; i++) {
		c.left = HOLDERS_LOOKED_AT;
		resource = v6_resource_address(&record->services[i].address);
		v6_holders_each(host, &resource, collect_holder, &c);
	}
}

/* is_stuck() - whether clients of a claim can be stuck: each packet of UDP keeps a flow alive,
 * while a connection that fails is followed by a new one. What leads to itself is the same flow
 * before and after, unless only some clients may go on with it
 */
static bool is_stuck(const struct v6_record *record, const struct v6_nat_op *claim)
{
	return claim->claim.protocol != IPPROTO_TCP &&
	       (record->n_from > 0 || !v6_leads_to_itself(claim));
}

/* free_flows() - let clients that sent before a record's claims were there start anew. What came
 * for an address while nobody had it, as between a stop and a start, was forwarded or delivered as
 * it was, and the kernel goes on so with the flow: for good where UDP renews it. What is left of a
 * container whose end was too short for all of them goes, too. Nothing has counted these: so it is
 * done for any claim that is not of TCP
 */
static void free_flows(struct v6_host *host, const struct v6_record *record)
{
	size_t i, n = v6_claims_count(record);
	struct v6_nat_op op;

	for (i = 0; i < n; i++) {
		op = v6_claim_element(record, i);
		if (is_stuck(record, &op))
			v6_ending_note(
				host,
				&(struct v6_ended){.set = op.set, .claim = op.claim, .any = true});
	}
}

/* struct rising - one call of v6_record_up() */
struct rising {
	struct v6_host *host;
	const struct v6_record *record;
	struct v6_things things;
	struct v6_replicas replicas;
	struct v6_ways_look ways;
	bool fresh;
	bool used_again; /* others may have its target */
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

/* mark_counted() - connections of claims may be left that their elements will not have counted: of
 * elements that somebody else removed, or of a former container that was just taken down: those
 * that lead to the same address live on
 */
static void mark_counted(struct rising *r)
{
	bool succeeds = !v6_ending_is_done(r->host);
	struct v6_thing *thing, *end = r->things.list + r->things.n;

	for (thing = r->things.list; thing < end; thing++)
		if ((thing->kind == V6_THING_CLAIM || thing->kind == V6_THING_EGRESS) &&
		    (!r->fresh || succeeds))
			thing->op.counter = V6_COUNTED_BEFORE;
}

static int take_elements(struct rising *r, bool shared, struct v6_error *err)
{
	struct v6_taken_over dead;
	int ret = r->used_again ? v6_targets_clear(r->host, r->record, err) : 0;

	if (ret == 0)
		ret = v6_overlaps_clear(r->host, r->record, err);
	mark_counted(r);
	if (ret == 0)
		v6_own_flows_keep(r->host, r->record);
	if (ret == 0)
		ret = v6_elements_take(r->host, r->record, &r->things, &r->replicas, &dead, err);
	if (ret < 0)
		return ret;
	if (r->replicas.n < 2)
		free_flows(r->host, r->record);
	collect_dead(r->host, r->record, &dead, shared);
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

/* ensure_pin() - that a route leads to the container's bridge is no proof of who answers there */
static int ensure_pin(struct rising *r, struct v6_error *err)
{
	const struct v6_destination *d = &r->record->destination;
	int ret = ensure_kinds(r, V6_THING_PIN, V6_THING_PIN, err);

	if (ret > 0)
		v6_host_step(r->host, "%.*s: pin %s to its link-layer address on %s", V6_ID_SHORT,
			     r->record->id, V6_TEXT(&d->address), d->via_name);
	return ret;
}

/* ensure_port() - where its bridge filters, the container reaches its own service by hairpin mode
 */
static int ensure_port(struct rising *r, struct v6_error *err)
{
	int ret = ensure_kinds(r, V6_THING_PORT, V6_THING_PORT, err);

	if (ret > 0)
		v6_host_step(r->host, "%.*s: turn on hairpin mode of its port of %s", V6_ID_SHORT,
			     r->record->id, r->record->destination.via_name);
	return ret;
}

static int ensure_routing(struct rising *r, struct v6_error *err)
{
	int ret = ensure_kinds(r, V6_THING_INBOUND, V6_THING_OUTBOUND, err);

	if (ret > 0)
		v6_host_step(r->host, "%.*s: make its routing rules", V6_ID_SHORT, r->record->id);
	return ret;
}

/* ensure_container() - the container's side: an assigned address needs a way, and any its pin */
static int ensure_container(struct rising *r, struct v6_error *err)
{
	const struct v6_destination *d = &r->record->destination;
	int pinned, hairpin, ruled, ret = ensure_kinds(r, V6_THING_GATEWAY, V6_THING_INSIDE, err);

	if (ret > 0)
		v6_host_step(r->host, "%.*s: give it %s, by %s, again", V6_ID_SHORT, r->record->id,
			     V6_TEXT(&d->address), d->via_name);
	pinned = ret < 0 ? ret : ensure_pin(r, err);
	hairpin = pinned < 0 ? pinned : ensure_port(r, err);
	ruled = hairpin < 0 ? hairpin : ensure_routing(r, err);
	if (ruled < 0)
		return ruled;
	if (v6_destination_has_way(d))
		v6_ways_look(r->host, r->record, &r->ways);
	announce_changes(r->host, d, &r->ways);
	return ruled | hairpin | pinned | ret;
}

/* ensure_service() - after what may refuse it come settings, which are not taken back */
static int ensure_service(struct rising *r, const struct v6_thing *thing, struct v6_error *err)
{
	const struct v6_service *service = thing->service;
	int ret = v6_dad_check(r->host, &service->address, err);

	if (ret < 0)
		return v6_context(err, ret, "%s", service->name);
	ret = let_pass(r->host, r->record, &r->ways, service, err);
	if (ret == 0)
		ret = v6_thing_ensure(r->host, thing, err);
	if (ret > 0)
		v6_host_step(r->host, "bring %s (%s) to interface %s", V6_TEXT(&service->address),
			     service->name, service->link_name);
	return ret;
}

/* ensure_addresses() - those that a pending record has come when it is completed */
static int ensure_addresses(struct rising *r, struct v6_error *err)
{
	const struct v6_thing *thing = r->things.list, *end = thing + r->things.n;
	int changed = 0, ret = 0;

	for (; thing < end && ret >= 0 && !r->record->destination.pending; thing++) {
		if (thing->kind != V6_THING_ADDRESS || thing->leaving || thing->service->absent)
			continue;
		ret = ensure_service(r, thing, err);
		changed |= ret > 0;
	}
	return ret < 0 ? ret : changed;
}

/* is_held() - whether others may have a target that is not noted yet as the record's own */
static bool is_held(struct v6_host *host, const struct v6_destination *d)
{
	struct v6_resource resource = v6_resource_address(&d->address);

	return v6_destination_has_way(d) && v6_holder_any(host, &resource) != 0;
}

/* ensure_announced() - last, as clients of other networks come with it */
static int ensure_announced(struct rising *r, struct v6_error *err)
{
	int ret = ensure_kinds(r, V6_THING_ANNOUNCED, V6_THING_ANNOUNCED, err);

	if (ret > 0)
		v6_host_step(r->host, "%.*s: announce its addresses to routing daemons",
			     V6_ID_SHORT, r->record->id);
	return ret;
}

/* ensure_names() - others are told of a name when it leads somewhere */
static int ensure_names(struct rising *r, struct v6_error *err)
{
	int ret = r->record->destination.pending
			  ? 0
			  : ensure_kinds(r, V6_THING_NAME, V6_THING_NAME, err);

	if (ret > 0)
		v6_host_step(r->host, "%.*s: publish its name in " V6_HOSTS_DIR, V6_ID_SHORT,
			     r->record->id);
	return ret;
}

static int ensure_all(struct rising *r, struct v6_error *err)
{
	bool shared = may_be_shared(r->host, r->record);
	int changed = 0, ret;

	r->used_again = is_held(r->host, &r->record->destination);
	ret = ensure_kinds(r, V6_THING_HOLDER, V6_THING_HOLDER, err);

	if (ret >= 0)
		ret = changed = ensure_elements(r, shared, err);
	if (ret >= 0)
		ret = ensure_container(r, err);
	changed |= ret > 0;
	if (ret >= 0)
		ret = ensure_addresses(r, err);
	changed |= ret > 0;
	if (ret >= 0)
		ret = ensure_announced(r, err);
	changed |= ret > 0;
	if (ret >= 0)
		ret = ensure_names(r, err);
	return ret < 0 ? ret : changed | ret;
}

int v6_record_up(struct v6_host *host, const struct v6_record *record, bool fresh,
		 struct v6_error *err)
{
	struct rising r = {.host = host, .record = record, .fresh = fresh};
	int ret = v6_things_of(host, record, &r.things, err);

	if (ret == 0)
		ret = v6_replicas_of(host, record, true, &r.replicas, err);
	if (ret == 0 && v6_replicas_direct(&r.replicas, &r.things) < 0)
		ret = v6_fail(err, -ENOMEM, "%s", v6_strerror(ENOMEM));
	if (ret == 0)
		ret = ensure_all(&r, err);
	v6_settings_settle(host);
	v6_things_release(&r.things);
	v6_replicas_release(&r.replicas);
	return ret;
}

int v6_record_move(struct v6_host *host, const struct v6_record *record,
		   const struct v6_record *former, struct v6_error *err)
{
	int ret = v6_record_shed(host, former, record, false, err);

	if (ret == 0)
		ret = v6_record_save(host, record, err);
	if (ret == 0)
		ret = v6_record_up(host, record, true, err);
	if (ret >= 0 && !v6_ending_is_done(host))
		v6_departed_copy(host, former);
	return ret < 0 ? ret : 1;
}
