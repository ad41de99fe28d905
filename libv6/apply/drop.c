/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Claims dropped, with the guards that nobody uses any more; their flows are noted as ending. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "apply/cover.h"
#include "apply/drop.h"
#include "apply/elements.h"
#include "apply/ending.h"
#include "apply/replicas.h"
#include "apply/things.h"
#include "base/cleanup.h"
#include "store/record.h"
#include "store/share.h"
#include "table/nat.h"

/* struct dropping - the transaction that drops elements, and whose connections end with it */
struct dropping {
	struct v6_host *host;
	const struct v6_record *record;
	const struct v6_things *things;
	struct v6_nat_op *ops;
	size_t n_ops;
	struct v6_ended *ended;
	size_t n_ended;
	struct v6_record *heirs;
	size_t n_heirs;
	struct v6_replicas replicas;	/* those that stay */
	struct v6_prefixes missing;	/* prefixes that come back when a wider one goes */
	const struct v6_record *keeper; /* who has the last claim from now on, or NULL */
	struct v6_record *other;	/* if that is none of the heirs */
	bool doubtful;			/* elements may be gone already */
};

static void release_dropping(struct dropping *d)
{
	v6_prefixes_release(&d->missing);
	v6_replicas_release(&d->replicas);
}

static void append_op(struct dropping *d, const struct v6_nat_op *op, bool remove)
{
	d->ops[d->n_ops] = *op;
	d->ops[d->n_ops++].remove = remove;
}

/* drop_if_there() - append the removal of an element that is there; else there is nothing to do */
static int drop_if_there(struct dropping *d, const struct v6_nat_op *op)
{
	int there = v6_nat_has(&d->host->netfilter, op);

	if (there == 1)
		append_op(d, op, true);
	return there < 0 ? there : 0;
}

/* drop_hairpin() - with what comes back for it */
static int drop_hairpin(struct dropping *d, const struct v6_nat_op *op)
{
	int there = v6_nat_has(&d->host->netfilter, op);

	if (there == 1)
		append_op(d, op, true);
	else if (there == 2)
		v6_cover_forget(d->host, &op->prefix);
	return there == 1  ? v6_cover_missing(d->host, &op->prefix, &d->missing)
	       : there < 0 ? there
			   : 0;
}

/* pass_to_heir() - hand an element to a living container of the same namespace that wants it, too,
 * with what it has counted
 */
static bool pass_to_heir(struct dropping *d, const struct v6_nat_op *op,
			 const struct v6_counter *counter)
{
	struct v6_nat_op heir = *op;
	size_t i;

	for (i = 0; i < d->n_heirs; i++) {
		if (!v6_claims_want(&d->heirs[i], op))
			continue;
		heir.owner = d->heirs[i].id;
		heir.counter = *counter;
		append_op(d, op, true);
		append_op(d, &heir, false);
		d->keeper = &d->heirs[i];
		return true;
	}
	return false;
}

/* is_beside_too() - whether what stands beside a claim stands beside its holder's as well */
static bool is_beside_too(const struct v6_nat_op *claim, const struct v6_holder *holder)
{
	struct v6_nat_op other = {.claim = holder->claim, .target = holder->target};

	return v6_leads_to_itself(claim) == v6_leads_to_itself(&other);
}

static void append_ended(struct dropping *d, const struct v6_nat_op *op,
			 const struct v6_target *target)
{
	struct v6_nat_op element = *op;

	element.target = *target;
	d->ended[d->n_ended++] = v6_ended_of(&element);
}

/* drop_egress() - what left by it ends, unless it counted nothing. Another one may be there instead
 */
static int drop_egress(struct dropping *d, const struct v6_nat_op *op)
{
	struct v6_holder holder;
	int ret = v6_nat_find(&d->host->netfilter, op, &holder);
	bool same = ret == 0 && v6_same_target(&holder.target, &op->target);

	if (ret < 0 && ret != -ENOENT)
		return ret;
	if (same)
		append_op(d, op, true);
	if (!same || v6_has_counted(&holder.counter))
		append_ended(d, op, &op->target);
	return 0;
}

/* find_heir_of_limit() - where only some clients may reach a claim that somebody else has now: what
 * they share stays, and the rest of what the record had does not
 */
static void find_heir_of_limit(struct dropping *d, const char *owner)
{
	if (d->record->n_from > 0 && v6_record_load(d->host, owner, d->other, NULL) == 0)
		d->keeper = d->other;
}

/* find_new_holder() - whoever else has a claim now, alone or with others: as after a start that
 * these had refused, or the end of one whose claim was taken over
 */
static void find_new_holder(struct dropping *d, const struct v6_nat_op *op)
{
	static const enum v6_nat_set sets[] = {V6_NAT_SERVICES, V6_NAT_SHARED};
	struct v6_holder holder;
	size_t i;

	for (i = 0; i < V6_ARRAY_SIZE(sets) && d->record->n_from > 0; i++)
		if (v6_nat_holder(&d->host->netfilter, sets[i], &op->claim, &holder) == 0 &&
		    strcmp(holder.owner, d->record->id) != 0)
			find_heir_of_limit(d, holder.owner);
}

/* drop_limits() - what limits the last claim, and what let clients in to it; of these there may be
 * thousands, so that they are looked for only if one was not there
 */
static int drop_limits(struct dropping *d, const struct v6_thing *first, const struct v6_thing *end)
{
	const struct v6_thing *thing;
	int ret = 0;

	for (thing = first; thing < end && ret == 0; thing++) {
		if (thing->kind != V6_THING_FROM && thing->kind != V6_THING_LIMITED)
			continue;
		if (d->keeper && v6_claims_want_limit(d->keeper, &thing->op))
			continue;
		if (d->doubtful)
			ret = drop_if_there(d, &thing->op);
		else
			append_op(d, &thing->op, true);
	}
	return ret;
}

/* drop_claim() - drop what is ours; its connections end where it has counted any, or is gone
 * already, so that nobody knows. Whoever took it from us has noted them. Sets whether what stands
 * beside the claim goes, too
 */
static int drop_claim(struct dropping *d, const struct v6_nat_op *op, bool *ret_beside)
{
	struct v6_holder holder;
	int ret = v6_nat_holder(&d->host->netfilter, op->set, &op->claim, &holder);
	bool ours = ret == 0 && strcmp(holder.owner, op->owner) == 0 &&
		    v6_claim_equal(&holder.claim, &op->claim);

	*ret_beside = false;
	d->keeper = NULL;
	if (ret < 0 && ret != -ENOENT)
		return ret;
	if (ours && pass_to_heir(d, op, &holder.counter))
		return 0;
	if (ret == 0 && !ours) {
		v6_share_leave(d->host, holder.owner, op->owner);
		find_heir_of_limit(d, holder.owner);
	}
	if (ret == -ENOENT) {
		append_ended(d, op, &op->target);
		find_new_holder(d, op);
	} else if (ours && v6_has_counted(&holder.counter)) {
		append_ended(d, op, &holder.target);
	}
	if (ours)
		append_op(d, op, true);
	if (ret == -ENOENT)
		*ret_beside =
			v6_nat_holder(&d->host->netfilter, V6_NAT_SHARED, &op->claim, &holder) < 0;
	else
		*ret_beside = ours || !is_beside_too(op, &holder);
	return 0;
}

/* is_beside_replicas() - whether a replica that stays has the same beside the claim */
static bool is_beside_replicas(const struct dropping *d, const struct v6_nat_op *op)
{
	struct v6_nat_op beside;
	size_t i;

	if (!v6_companion_element(op, &beside))
		return false;
	for (i = 0; i < d->replicas.n; i++)
		if (v6_claims_want_beside(&d->replicas.list[i], &beside))
			return true;
	return false;
}

/* pass_to_replica() - have an element of a claim lead where it is due without the one that goes.
 * What somebody removed comes back with all else that they did
 */
static int pass_to_replica(struct dropping *d, const struct v6_nat_op *op)
{
	struct v6_holder holder;
	struct v6_nat_op next;
	bool has_next = v6_replicas_element(&d->replicas, &op->claim, &next);
	int ret = v6_nat_holder(&d->host->netfilter, op->set, &op->claim, &holder);

	if (ret < 0)
		return ret == -ENOENT ? 0 : ret;
	if (has_next && strcmp(holder.owner, next.owner) == 0 && v6_holder_fits(&holder, &next))
		return 0;
	/* somebody else's by now */
	if (strcmp(holder.owner, op->owner) != 0 && !v6_replicas_has(&d->replicas, holder.owner))
		return 0;
	append_op(d, op, true);
	if (has_next)
		append_op(d, &next, false);
	return 0;
}

/* keep_limit() - of a claim that a replica still has, for the same clients */
static void keep_limit(struct dropping *d, const struct v6_nat_op *op)
{
	size_t i;

	d->keeper = NULL;
	for (i = 0; i < d->replicas.n && !d->keeper; i++)
		if (v6_claims_have(&d->replicas.list[i], &op->claim))
			d->keeper = &d->replicas.list[i];
	if (!d->keeper)
		find_new_holder(d, op);
}

/* drop_replica() - drop one of several: whose a claim is now has it, and only what is connected to
 * the one that goes ends, whether or not the claim was its own last
 */
static int drop_replica(struct dropping *d, const struct v6_nat_op *op, bool *ret_beside)
{
	struct v6_nat_op slot = *op;
	uint8_t n = op->set == V6_NAT_SHARED ? V6_SLOTS : 1;
	int ret = 0;

	for (slot.claim.slot = 0; slot.claim.slot < n && ret == 0; slot.claim.slot++)
		ret = pass_to_replica(d, &slot);
	if (!v6_replicas_lead(&d->replicas, op))
		append_ended(d, op, &op->target);
	*ret_beside = !is_beside_replicas(d, op);
	keep_limit(d, op);
	return ret;
}

/* find_drops() - what is there now of all that goes; what stands beside a claim is listed before it
 */
static int find_drops(struct dropping *d)
{
	const struct v6_thing *thing, *end = d->things->list + d->things->n;
	const struct v6_thing *limits = NULL;
	const struct v6_nat_op *beside = NULL;
	bool goes;
	int ret = 0;

	d->n_ops = d->n_ended = d->missing.n = 0;
	for (thing = d->things->list; thing < end && ret == 0; thing++) {
		if (thing->kind == V6_THING_BESIDE) {
			beside = &thing->op;
		} else if (thing->kind == V6_THING_CLAIM) {
			ret = d->record->share.mode ? drop_replica(d, &thing->op, &goes)
						    : drop_claim(d, &thing->op, &goes);
			if (ret == 0 && goes && beside)
				ret = drop_if_there(d, beside);
			if (ret == 0 && limits)
				ret = drop_limits(d, limits, thing);
			beside = NULL;
			limits = NULL;
		} else if (thing->kind == V6_THING_FROM || thing->kind == V6_THING_LIMITED) {
			limits = limits ? limits : thing;
		} else if (thing->kind == V6_THING_HAIRPIN) {
			ret = drop_hairpin(d, &thing->op);
		} else if (thing->kind == V6_THING_EGRESS) {
			ret = drop_egress(d, &thing->op);
		} else if (v6_thing_is_element(thing) && thing->kind != V6_THING_PREFIX) {
			ret = drop_if_there(d, &thing->op);
		}
	}
	return ret;
}

static int drop_in_rounds(struct dropping *d, struct v6_error *err)
{
	int round, ret = -ENOENT;

	/* -ENOENT: somebody else removed one between the look and the transaction */
	for (round = 0; round < V6_ROUNDS_MAX && ret == -ENOENT; round++) {
		d->doubtful = round > 0;
		ret = find_drops(d);
		if (ret < 0)
			return v6_fail(err, ret, "nf_tables: cannot look up an element: %s",
				       v6_nl_explain(ret));
		ret = v6_cover_commit(d->host, d->ops, d->n_ops, &d->missing, err);
	}
	return ret;
}

static void note_dropped_flows(struct dropping *d)
{
	size_t i;

	for (i = 0; i < d->n_ended; i++)
		v6_ending_note(d->host, &d->ended[i]);
}

static size_t count_kind(const struct v6_things *things, enum v6_thing_kind kind)
{
	size_t i, n = 0;

	for (i = 0; i < things->n; i++)
		n += things->list[i].kind == kind;
	return n;
}

/* drop_claims() - with those that inherit them; @ended has room for all */
static int drop_claims(struct dropping *d, const struct v6_drop *how, struct v6_error *err)
{
	auto_free struct v6_record *heirs = NULL;
	int ret = v6_share_heirs(d->host, d->record->id, &heirs, &d->n_heirs);

	if (ret < 0)
		return v6_fail(err, ret, "cannot look up the containers that share with it: %s",
			       v6_strerror(ret));
	d->heirs = heirs;
	ret = v6_replicas_of(d->host, d->record, false, &d->replicas, err);
	if (ret == 0)
		ret = drop_in_rounds(d, err);
	if (ret == 0 && !how->goes_on)
		v6_share_pass(d->host, d->record->id, heirs, d->n_heirs);
	return ret;
}

int v6_elements_drop(struct v6_host *host, const struct v6_record *record,
		     const struct v6_things *things, const struct v6_drop *how,
		     struct v6_error *err)
{
	struct v6_record other;
	size_t n_claims = count_kind(things, V6_THING_CLAIM);
	size_t n_slots = record->share.mode == V6_SHARE_EACH ? V6_SLOTS : 1;
	size_t n_egress = count_kind(things, V6_THING_EGRESS);
	size_t n_ops = 2 * (things->n + n_slots * n_claims) + 1;
	auto_free struct v6_nat_op *ops = calloc(n_ops, sizeof(*ops));
	auto_free struct v6_ended *ended = calloc(n_claims + n_egress + 1, sizeof(*ended));
	struct dropping auto_call(release_dropping)
		d = {.host = host, .record = record, .things = things, .other = &other};
	int ret;

	if (!ops || !ended)
		return v6_fail(err, -ENOMEM, "%s", v6_strerror(ENOMEM));
	d.ops = ops;
	d.ended = ended;
	ret = n_claims > 0 ? drop_claims(&d, how, err) : drop_in_rounds(&d, err);
	if (ret == 0 && !how->flows_stay)
		note_dropped_flows(&d);
	return ret;
}
