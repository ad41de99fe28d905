/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The transaction that takes a record's elements, and what is found in its way. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "apply/cover.h"
#include "apply/elements.h"
#include "apply/ending.h"
#include "apply/kinds.h"
#include "apply/restore.h"
#include "apply/take.h"
#include "apply/things.h"
#include "base/address.h"
#include "base/cleanup.h"
#include "store/clients.h"
#include "store/holders.h"
#include "store/record.h"
#include "store/share.h"
#include "table/nat.h"
#include "table/table.h"

/* struct fate - what the next transaction does about one claim */
struct fate {
	enum {
		ADD,
		REPLACE, /* remove and add: ours with an old destination, or a dead container's */
		KEEP,	 /* ours, and right */
	} what;
	struct v6_claim there; /* what REPLACE removes, which may be another range */
	struct v6_target led;  /* and where that led, where @connected tells that it was used */
	bool connected;
	bool counted; /* and what it counted goes, too: it is another container's */
	bool limited; /* only some clients may reach it, as is left of somebody else's */
};

/* struct taking - one call of v6_elements_take(); @fates is one for each of @things */
struct taking {
	struct v6_host *host;
	const struct v6_record *record;
	const struct v6_things *things;
	const struct v6_replicas *replicas;
	struct fate *fates;
	struct v6_nat_op *ops;
	size_t n_ops;
	bool covered; /* a wider prefix in the hairpin set holds the record's subnet already */
	struct v6_prefixes inside; /* narrower ones, which it replaces */
	struct v6_nat_op *strays;  /* clients of ports of the record, as somebody else had them */
	size_t n_strays;
	struct v6_taken_over *dead;
};

static void release_taking(struct taking *t)
{
	free(t->fates);
	free(t->ops);
	free(t->strays);
	v6_prefixes_release(&t->inside);
}

static void write_op(struct taking *t, const struct v6_nat_op *op, bool remove)
{
	t->ops[t->n_ops] = *op;
	t->ops[t->n_ops++].remove = remove;
}

/* write_claim_ops() - as was decided about it */
static void write_claim_ops(struct taking *t, const struct v6_nat_op *claim,
			    const struct fate *fate)
{
	struct v6_nat_op former = *claim, limited = v6_limited_element(claim);

	if (fate->limited)
		write_op(t, &limited, true);
	if (fate->what == KEEP)
		return;
	former.claim = fate->there;
	if (fate->what == REPLACE)
		write_op(t, &former, true);
	write_op(t, claim, false);
}

/* write_hairpin() - unless a wider one is there, and instead of narrower ones */
static void write_hairpin(struct taking *t, const struct v6_nat_op *op)
{
	struct v6_nat_op narrow;
	size_t i;

	for (i = 0; i < t->inside.n; i++) {
		narrow = v6_hairpin_element(&t->inside.list[i]);
		write_op(t, &narrow, true);
	}
	if (!t->covered)
		write_op(t, op, false);
}

/* write_ops() - guards first, as they are listed: at no time does a listener of the host answer.
 * What stands beside a claim is listed before it
 */
static void write_ops(struct taking *t)
{
	const struct v6_thing *thing;
	size_t i;

	t->n_ops = 0;
	for (i = 0; i < t->n_strays; i++)
		write_op(t, &t->strays[i], true);
	for (i = 0; i < t->things->n; i++) {
		thing = &t->things->list[i];
		if (!v6_thing_is_element(thing))
			continue;
		if (thing->kind == V6_THING_BESIDE && t->fates[i + 1].counted)
			write_op(t, &thing->op, true);
		if ((thing->kind == V6_THING_SIBLING || thing->kind == V6_THING_ANSWER ||
		     thing->kind == V6_THING_EGRESS || thing->kind == V6_THING_DEPARTURE) &&
		    t->fates[i].what == REPLACE)
			write_op(t, &thing->op, true);
		if (thing->kind == V6_THING_HAIRPIN)
			write_hairpin(t, &thing->op);
		else if (thing->kind == V6_THING_CLAIM)
			write_claim_ops(t, &thing->op, &t->fates[i]);
		else
			write_op(t, &thing->op, false);
	}
}

static void remember_dead(struct v6_taken_over *dead, const char *id)
{
	size_t i;

	for (i = 0; i < dead->n; i++)
		if (strcmp(dead->ids[i], id) == 0)
			return;
	if (dead->n < V6_TAKEN_OVER_MAX)
		snprintf(dead->ids[dead->n++], sizeof(dead->ids[0]), "%s", id);
}

/* refuse_held() - a living container holds the claim: name it as its user knows it */
static int refuse_held(const struct taking *t, const struct v6_nat_op *op,
		       const struct v6_record *holder, struct v6_error *err)
{
	const char *why_not;

	if (v6_record_is_stranger(t->record, holder))
		return v6_fail(
			err, -EADDRINUSE,
			"%s: %s is held by another user of this host; choose another name or port",
			op->name, v6_claim_text(&op->claim).s);
	if (t->record->share.mode == V6_SHARE_NONE && holder->share.mode == V6_SHARE_NONE)
		return v6_fail(
			err, -EADDRINUSE,
			"%s: %s is held by container %.*s; stop that one first, choose another name or port, or set v6.share=newest on both",
			op->name, v6_claim_text(&op->claim).s, V6_ID_SHORT, holder->id);
	why_not = v6_replicas_why_not(t->record, holder);
	return v6_fail(err, -EADDRINUSE, "%s: %s is held by container %.*s, %s", op->name,
		       v6_claim_text(&op->claim).s, V6_ID_SHORT, holder->id,
		       why_not ? why_not : "stop that one first");
}

static int fail_share(const char *owner, int code, struct v6_error *err)
{
	return v6_fail(err, code, V6_RUN_DIR "/holders: cannot note what is shared with %.*s: %s",
		       V6_ID_SHORT, owner, v6_strerror(code));
}

/* has_map() - whether a record has a mapping of these very service ports */
static bool has_map(const struct v6_record *record, const struct v6_port_map *wanted)
{
	const struct v6_port_map *map = record->maps;

	for (; map < record->maps + record->n_maps; map++)
		if (map->protocol == wanted->protocol &&
		    map->service_port == wanted->service_port && map->count == wanted->count)
			return true;
	return false;
}

/* check_clients() - what two share is for the same clients, whose elements are for a mapping's
 * ports together
 */
static int check_clients(const struct taking *t, const struct v6_nat_op *op,
			 const struct v6_record *other, struct v6_error *err)
{
	const struct v6_port_map *map = t->record->maps;

	if (!v6_clients_same(t->record, other))
		return v6_fail(
			err, -EADDRINUSE,
			"%s: %s is shared with container %.*s, which has another v6.from; give both the same",
			op->name, v6_claim_text(&op->claim).s, V6_ID_SHORT, other->id);
	while (map->protocol != op->claim.protocol || op->claim.port < map->service_port ||
	       op->claim.port - map->service_port >= map->count)
		map++;
	if (t->record->n_from > 0 && !has_map(other, map))
		return v6_fail(
			err, -EADDRINUSE,
			"%s: with v6.from, %s can be shared with container %.*s only as the same item of v6.ports in both",
			op->name, v6_map_text(map).s, V6_ID_SHORT, other->id);
	return 0;
}

/* share_claim() - a member of the same pod holds it, and it leads to the same place: keep it for
 * both */
static int share_claim(struct taking *t, size_t i, const struct v6_record *owner,
		       struct v6_error *err)
{
	int ret = v6_share_add(t->host, owner->id, t->record->id);

	if (ret < 0)
		return fail_share(owner->id, ret, err);
	t->fates[i].what = KEEP;
	return 0;
}

/* overtake_member() - a member of the same pod holds it while it does not know yet where to lead
 * it; it shares with us then
 */
static int overtake_member(struct taking *t, size_t i, const struct v6_record *owner,
			   struct v6_error *err)
{
	int ret = v6_share_add(t->host, t->record->id, owner->id);

	if (ret < 0)
		return fail_share(owner->id, ret, err);
	t->fates[i].what = REPLACE;
	return 0;
}

/* find_counter() - whether a dead container's claim has counted anything */
static int find_counter(struct taking *t, size_t i, const struct v6_nat_op *claim,
			struct v6_error *err)
{
	struct v6_nat_op counter;
	int there = v6_companion_element(claim, &counter)
			    ? v6_nat_has(&t->host->netfilter, &counter)
			    : 0;

	t->fates[i].counted = there > 0;
	return there < 0 ? v6_fail(err, there, "nf_tables: cannot look up %s: %s",
				   v6_claim_text(&claim->claim).s, v6_strerror(there))
			 : 0;
}

/* find_limit() - whether only some clients may reach a claim of a record that is for everybody */
static int find_limit(struct taking *t, size_t i, struct v6_error *err)
{
	struct v6_nat_op limited = v6_limited_element(&t->things->list[i].op);
	int there = t->record->n_from == 0 ? v6_nat_has(&t->host->netfilter, &limited) : 0;

	t->fates[i].limited = there > 0;
	return there < 0 ? v6_fail(err, there, "nf_tables: cannot look up %s: %s",
				   v6_claim_text(&limited.claim).s, v6_strerror(there))
			 : 0;
}

/* settle_claim() - decide about one claim that is in the map already */
static int settle_claim(struct taking *t, size_t i, struct v6_error *err)
{
	struct v6_nat_op op = t->things->list[i].op;
	struct v6_record other;
	struct v6_holder holder;
	bool same;
	int ret = v6_nat_holder(&t->host->netfilter, op.set, &op.claim, &holder);

	t->fates[i] = (struct fate){.what = ADD};
	if (ret == -ENOENT)
		return 0;
	if (ret < 0)
		return v6_fail(err, ret, "nf_tables: cannot look up %s: %s",
			       v6_claim_text(&op.claim).s, v6_strerror(ret));
	same = v6_holder_fits(&holder, &op);
	t->fates[i].there = holder.claim;
	t->fates[i].led = holder.target;
	t->fates[i].connected = v6_has_counted(&holder.counter);
	if (strcmp(holder.owner, op.owner) == 0) {
		t->fates[i].what = same ? KEEP : REPLACE;
		return find_limit(t, i, err);
	}
	if (v6_replicas_has(t->replicas, holder.owner)) {
		t->fates[i].what = REPLACE;
		t->fates[i].connected = false; /* until that one stops */
		return 0;
	}
	ret = v6_record_find(t->host, holder.owner, &other, err);
	/* it lives, but this is left of what it had before, as the records were lost meanwhile */
	if (ret > 0 && !v6_claims_have(&other, &holder.claim))
		ret = 0;
	if (ret > 0 && other.netns == t->record->netns && (same || other.destination.pending) &&
	    check_clients(t, &op, &other, err) < 0)
		return -EADDRINUSE;
	if (ret > 0 && other.netns == t->record->netns && same)
		return share_claim(t, i, &other, err);
	if (ret > 0 && other.netns == t->record->netns && other.destination.pending)
		return overtake_member(t, i, &other, err);
	if (ret != 0)
		return ret < 0 ? ret : refuse_held(t, &op, &other, err);
	t->fates[i].what = REPLACE;
	remember_dead(t->dead, holder.owner);
	ret = find_limit(t, i, err);
	return ret < 0 ? ret : find_counter(t, i, &op, err);
}

/* make_room() - for the removal of those inside, and of strays, beside all others */
static int make_room(struct taking *t, struct v6_error *err)
{
	size_t room = 3 * t->things->n + t->inside.n + t->n_strays + 1;
	struct v6_nat_op *larger = reallocarray(t->ops, room, sizeof(*larger));

	if (!larger)
		return v6_fail(err, -ENOMEM, "%s", v6_strerror(ENOMEM));
	t->ops = larger;
	return 0;
}

/* settle_hairpin() - an interval that overlaps another is -EEXIST even where the add is not
 * exclusive
 */
static int settle_hairpin(struct taking *t, const struct v6_prefix *prefix, struct v6_error *err)
{
	struct v6_nat_op op = v6_hairpin_element(prefix);
	int ret = v6_nat_has(&t->host->netfilter, &op);

	t->covered = ret == 2;
	t->inside.n = 0;
	if (t->covered)
		ret = v6_cover_note(t->host, prefix);
	else if (ret == 0)
		ret = v6_cover_inside(t->host, prefix, &t->inside, err);
	return ret < 0 ? v6_fail(err, ret, "cannot settle what overlaps %s/%u: %s",
				 V6_TEXT(&prefix->address), prefix->length, v6_strerror(ret))
		       : 0;
}

/* settle_sibling() - whoever had the interface before, or had another target, has it no longer */
static int settle_sibling(struct taking *t, size_t i, struct v6_error *err)
{
	const struct v6_nat_op *op = &t->things->list[i].op;
	int there = v6_nat_has(&t->host->netfilter, op);

	t->fates[i].what = there == 2 ? REPLACE : ADD;
	return there < 0 ? v6_fail(err, there, "nf_tables: cannot look up %s: %s", op->link,
				   v6_strerror(there))
			 : 0;
}

/* settle_answer() - another record's mark may be one that is out of date */
static int settle_answer(struct taking *t, size_t i, struct v6_error *err)
{
	const struct v6_nat_op *op = &t->things->list[i].op;
	int there = v6_nat_has(&t->host->netfilter, op);

	t->fates[i].what = there > 0 ? REPLACE : ADD;
	return there < 0 ? v6_fail(err, there, "nf_tables: cannot look up %s: %s",
				   V6_TEXT(&op->claim.address), v6_strerror(there))
			 : 0;
}

/* struct rivals - a search for who leaves by another address than a record, from the same one */
struct rivals {
	const struct taking *taking;
	const struct v6_nat_op *op;
	struct v6_error *err;
};

static int refuse_rival(const char *id, void *data)
{
	const struct rivals *rivals = data;
	const struct taking *t = rivals->taking;
	const struct v6_service *service;
	struct v6_record other;
	int ret = v6_record_find(t->host, id, &other, rivals->err);

	service = ret > 0 ? v6_record_egress(&other) : NULL;
	if (ret < 0 || !service || strcmp(id, t->record->id) == 0 ||
	    v6_address_equal(&service->address, &rivals->op->target.address))
		return ret < 0 ? ret : 0;
	return v6_fail(
		rivals->err, -EADDRINUSE,
		"v6.egress: container %.*s of the same network leaves by %s (%s) already; choose that, or stop that one first",
		V6_ID_SHORT, id, V6_TEXT(&service->address), service->name);
}

/* settle_egress() - one source address leaves by one service address */
static int settle_egress(struct taking *t, size_t i, struct v6_error *err)
{
	const struct v6_nat_op *op = &t->things->list[i].op;
	struct v6_resource resource = v6_resource_egress(op->link, &op->claim.address);
	struct rivals rivals = {t, op, err};
	int there = v6_nat_has(&t->host->netfilter, op);

	t->fates[i].what = there == 2 ? REPLACE : ADD;
	if (there < 0)
		return v6_fail(err, there, "nf_tables: cannot look up %s: %s",
			       V6_TEXT(&op->claim.address), v6_strerror(there));
	return there == 2 ? v6_holders_each(t->host, &resource, refuse_rival, &rivals) : 0;
}

/* is_stray() - whether an element lets clients in to ports of the record that are not its own */
static bool is_stray(const struct taking *t, const struct v6_nat_op *element)
{
	struct v6_port_map ports = {element->claim.protocol, element->claim.port,
				    element->claim.port, (uint16_t)(element->claim.more + 1U)};
	const struct v6_port_map *map = t->record->maps;

	if (!v6_record_service(t->record, &element->claim.address) ||
	    v6_claims_want_limit(t->record, element))
		return false;
	for (; map < t->record->maps + t->record->n_maps; map++)
		if (v6_maps_overlap(map, &ports))
			return true;
	return false;
}

static int keep_stray(const struct v6_nat_op *element, void *data)
{
	struct taking *t = data;
	struct v6_nat_op *larger;

	if (!is_stray(t, element))
		return 0;
	larger = reallocarray(t->strays, t->n_strays + 1, sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	t->strays = larger;
	t->strays[t->n_strays++] = *element;
	return 0;
}

/* settle_clients() - of whom somebody else had for the same ports, who is dead or has no record */
static int settle_clients(struct taking *t, struct v6_error *err)
{
	t->n_strays = 0;
	return t->record->n_from > 0
		       ? v6_nat_each(&t->host->netfilter, V6_NAT_FROM, keep_stray, t, err)
		       : 0;
}

/* settle_all() - after a refused transaction: look at each claim that it wanted */
static int settle_all(struct taking *t, struct v6_error *err)
{
	const struct v6_nat_op *op, *end = t->ops + t->n_ops;
	struct v6_prefix prefix;
	size_t i;
	int ret = 0;

	for (op = t->ops; op < end; op++)
		if (op->set == V6_NAT_HAIRPIN && op->result == -EEXIST)
			break;
	if (op < end) {
		prefix = op->prefix;
		ret = settle_hairpin(t, &prefix, err);
	}
	for (i = 0; i < t->things->n && ret == 0; i++) {
		if (t->things->list[i].kind == V6_THING_CLAIM)
			ret = settle_claim(t, i, err);
		else if (t->things->list[i].kind == V6_THING_SIBLING)
			ret = settle_sibling(t, i, err);
		else if (t->things->list[i].kind == V6_THING_ANSWER ||
			 t->things->list[i].kind == V6_THING_DEPARTURE)
			ret = settle_answer(t, i, err);
		else if (t->things->list[i].kind == V6_THING_EGRESS)
			ret = settle_egress(t, i, err);
	}
	if (ret == 0)
		ret = settle_clients(t, err);
	return ret < 0 ? ret : make_room(t, err);
}

/* note_replaced_flows() - what is connected to where a claim led before ends */
static void note_replaced_flows(struct taking *t)
{
	const struct fate *fate;
	size_t i;

	for (i = 0; i < t->things->n; i++) {
		fate = &t->fates[i];
		if (t->things->list[i].kind == V6_THING_CLAIM && fate->what == REPLACE &&
		    fate->connected)
			v6_ending_note(t->host, &(struct v6_ended){.set = t->things->list[i].op.set,
								   .claim = fate->there,
								   .target = fate->led});
	}
}

/* take_in_rounds() - with the table there: -ENOENT says that it is not */
static int take_in_rounds(struct taking *t, struct v6_error *err)
{
	int round, ret = -EEXIST;

	for (round = 0; round < V6_ROUNDS_MAX && ret == -EEXIST; round++) {
		/* what is free may be another replica's */
		if ((round > 0 || t->replicas->n > 0) && settle_all(t, err) < 0)
			return err ? err->code : -EADDRINUSE;
		write_ops(t);
		ret = v6_nat_commit(&t->host->netfilter, t->ops, t->n_ops, err);
	}
	if (ret == 0)
		note_replaced_flows(t);
	return ret;
}

static int take_all(struct v6_host *host, const struct v6_record *record,
		    const struct v6_things *things, const struct v6_replicas *replicas,
		    struct v6_taken_over *dead, struct v6_error *err)
{
	struct taking auto_call(release_taking) t = {.host = host,
						     .record = record,
						     .things = things,
						     .replicas = replicas,
						     .dead = dead};
	struct v6_error own;

	t.fates = calloc(things->n + 1, sizeof(*t.fates));
	if (!t.fates)
		return v6_fail(err, -ENOMEM, "%s", v6_strerror(ENOMEM));
	make_room(&t, err);
	if (!t.ops)
		return -ENOMEM;
	return take_in_rounds(&t, err ? err : &own);
}

int v6_elements_take(struct v6_host *host, const struct v6_record *record,
		     const struct v6_things *things, const struct v6_replicas *replicas,
		     struct v6_taken_over *ret_dead, struct v6_error *err)
{
	int ret;

	ret_dead->n = 0;
	ret = take_all(host, record, things, replicas, ret_dead, err);
	if (ret != -ENOENT)
		return ret;
	/* somebody flushed the ruleset, or removed an element behind our back */
	ret = v6_table_state(&host->netfilter, err);
	if (ret >= 0 && ret != V6_TABLE_WHOLE)
		ret = v6_elements_restore(host, record->id, err);
	if (ret < 0)
		return ret;
	return take_all(host, record, things, replicas, ret_dead, err);
}

int v6_elements_held(struct v6_host *host, const struct v6_things *things, struct v6_error *err)
{
	size_t i;
	int ret = 1;

	for (i = 0; i < things->n && ret > 0; i++) {
		if (v6_thing_is_element(&things->list[i]))
			ret = v6_thing_has(host, &things->list[i]);
		if (ret == 2 && !host->looks)
			v6_cover_note(host, &things->list[i].op.prefix);
	}
	if (ret < 0)
		return v6_fail(err, ret, "nf_tables: cannot look up an element: %s",
			       v6_strerror(ret));
	return ret > 0;
}
