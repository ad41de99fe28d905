/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Claims taken, in one transaction that is also the check for conflicts; and looked at. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "apply/claims.h"
#include "apply/elements.h"
#include "base/address.h"
#include "base/cleanup.h"
#include "store/claims.h"
#include "store/record.h"
#include "store/share.h"
#include "table/nat.h"

/* struct fate - what the next transaction does about one claim */
struct fate {
	enum {
		ADD,
		REPLACE, /* remove and add: ours with an old destination, or a dead container's */
		KEEP,	 /* ours, and right */
	} what;
	struct v6_claim there; /* what REPLACE removes, which may be another range */
	bool counted;	       /* and what it counted goes, too: it is another container's */
};

struct taking {
	struct v6_host *host;
	const struct v6_record *record;
	struct fate *fates; /* one for each claim */
	size_t n_claims;
	struct v6_nat_op *ops;
	size_t n_ops;
	bool covered; /* a wider prefix in the hairpin set holds the record's subnet already */
	struct v6_taken_over *dead;
};

/* write_ops() - guards first: at no time does a listener of the host answer */
static void write_ops(struct taking *t)
{
	const struct v6_record *record = t->record;
	struct v6_nat_op *op = t->ops + v6_guards(record, t->ops), claim;
	size_t i;

	if (!t->covered && v6_destination_has_way(&record->destination))
		*op++ = v6_hairpin_element(&record->destination.subnet);

	for (i = 0; i < t->n_claims; i++) {
		claim = v6_claim_element(record, i);
		if (t->fates[i].counted) {
			v6_companion_element(&claim, op);
			op++->remove = true;
		}
		if (v6_companion_element(&claim, op))
			op++;
		if (t->fates[i].what == KEEP)
			continue;
		if (t->fates[i].what == REPLACE) {
			*op = claim;
			op->claim = t->fates[i].there;
			op++->remove = true;
		}
		*op++ = claim;
	}
	t->n_ops = (size_t)(op - t->ops);
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

/* refuse() - a living container holds the claim: name it as its user knows it */
static int refuse(const struct taking *t, const struct v6_nat_op *op,
		  const struct v6_record *holder, struct v6_error *err)
{
	if (v6_record_is_stranger(t->record, holder))
		return v6_fail(
			err, -EADDRINUSE,
			"%s: %s is held by somebody else on this host; choose another name or port",
			op->name, v6_claim_text(&op->claim).s);
	return v6_fail(
		err, -EADDRINUSE,
		"%s: %s is held by container %.*s; stop that one first, or choose another name or port",
		op->name, v6_claim_text(&op->claim).s, V6_ID_SHORT, holder->id);
}

static int fail_share(const char *owner, int code, struct v6_error *err)
{
	return v6_fail(err, code, V6_RUN_DIR "/holders: cannot note what is shared with %.*s: %s",
		       V6_ID_SHORT, owner, v6_strerror(code));
}

/* share() - a member of the same pod holds it, and it leads to the same place: keep it for both */
static int share(struct taking *t, size_t i, const struct v6_record *owner, struct v6_error *err)
{
	int ret = v6_share_add(t->host, owner->id, t->record->id);

	if (ret < 0)
		return fail_share(owner->id, ret, err);
	t->fates[i].what = KEEP;
	return 0;
}

/* overtake() - a member of the same pod holds it while it does not know yet where to lead it; it
 * shares with us then
 */
static int overtake(struct taking *t, size_t i, const struct v6_record *owner, struct v6_error *err)
{
	int ret = v6_share_add(t->host, t->record->id, owner->id);

	if (ret < 0)
		return fail_share(owner->id, ret, err);
	t->fates[i].what = REPLACE;
	return 0;
}

/* look_at_counter() - whether a dead container's claim has counted anything */
static int look_at_counter(struct taking *t, size_t i, const struct v6_nat_op *claim,
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

/* settle() - decide about one claim that is in the map already */
static int settle(struct taking *t, size_t i, struct v6_error *err)
{
	struct v6_nat_op op = v6_claim_element(t->record, i);
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
	if (strcmp(holder.owner, t->record->id) == 0) {
		t->fates[i].what = same ? KEEP : REPLACE;
		return 0;
	}
	ret = v6_record_find(t->host, holder.owner, &other, err);
	/* it lives, but this is left of what it had before, as the records were lost meanwhile */
	if (ret > 0 && !v6_claims_have(&other, &holder.claim))
		ret = 0;
	if (ret > 0 && other.netns == t->record->netns && same)
		return share(t, i, &other, err);
	if (ret > 0 && other.netns == t->record->netns && other.destination.pending)
		return overtake(t, i, &other, err);
	if (ret != 0)
		return ret < 0 ? ret : refuse(t, &op, &other, err);
	t->fates[i].what = REPLACE;
	remember_dead(t->dead, holder.owner);
	return look_at_counter(t, i, &op, err);
}

/* settle_all() - after a refused transaction: look at each claim that it wanted */
static int settle_all(struct taking *t, struct v6_error *err)
{
	size_t i;
	int ret = 0;

	/* an interval within another is -EEXIST even where the add is not exclusive */
	for (i = 0; i < t->n_ops; i++)
		if (t->ops[i].set == V6_NAT_HAIRPIN && t->ops[i].result == -EEXIST)
			t->covered = true;
	for (i = 0; i < t->n_claims && ret == 0; i++)
		ret = settle(t, i, err);
	return ret;
}

/* take() - with the table there: -ENOENT says that it is not */
static int take(struct taking *t, struct v6_error *err)
{
	int round, ret = -EEXIST;

	for (round = 0; round < V6_ROUNDS_MAX && ret == -EEXIST; round++) {
		if (round > 0 && settle_all(t, err) < 0)
			return err ? err->code : -EADDRINUSE;
		write_ops(t);
		ret = v6_nat_commit(&t->host->netfilter, t->ops, t->n_ops, err);
	}
	return ret;
}

static int take_record(struct v6_host *host, const struct v6_record *record,
		       struct v6_taken_over *dead, struct v6_error *err)
{
	auto_free struct fate *fates = NULL;
	auto_free struct v6_nat_op *ops = NULL;
	struct taking t = {.host = host, .record = record, .dead = dead};
	struct v6_error own;

	t.n_claims = v6_claims_count(record);
	fates = calloc(t.n_claims, sizeof(*fates));
	ops = calloc(V6_GUARDS_MAX + 1 + 4 * t.n_claims, sizeof(*ops));
	if (!fates || !ops)
		return v6_fail(err, -ENOMEM, "%s", v6_strerror(ENOMEM));
	t.fates = fates;
	t.ops = ops;
	return take(&t, err ? err : &own);
}

int v6_claims_take(struct v6_host *host, const struct v6_record *record,
		   struct v6_taken_over *ret_dead, struct v6_error *err)
{
	int ret;

	ret_dead->n = 0;
	ret = take_record(host, record, ret_dead, err);
	if (ret != -ENOENT)
		return ret;
	/* somebody flushed the ruleset, or removed an element behind our back */
	ret = v6_nat_exists(&host->netfilter, err);
	if (ret == 0)
		ret = v6_claims_restore(host, record->id, err);
	if (ret < 0)
		return ret;
	return take_record(host, record, ret_dead, err);
}

/* holds() - whether one claim is the record's, and leads where it should */
static int holds(struct v6_host *host, const struct v6_nat_op *op)
{
	struct v6_holder holder;
	int ret = v6_nat_holder(&host->netfilter, op->set, &op->claim, &holder);

	if (ret < 0)
		return ret == -ENOENT ? 0 : ret;
	return v6_holder_fits(&holder, op) && (strcmp(holder.owner, op->owner) == 0 ||
					       v6_share_has(host, holder.owner, op->owner));
}

int v6_claims_held(struct v6_host *host, const struct v6_record *record, struct v6_error *err)
{
	struct v6_nat_op op = v6_hairpin_element(&record->destination.subnet), beside;
	struct v6_nat_op guards[V6_GUARDS_MAX];
	size_t i, n_guards = v6_guards(record, guards), n = v6_claims_count(record);
	int ret = 1;

	if (v6_destination_has_way(&record->destination))
		ret = v6_nat_has(&host->netfilter, &op);

	for (i = 0; i < n_guards && ret > 0; i++)
		ret = v6_nat_has(&host->netfilter, &guards[i]);
	for (i = 0; i < n && ret > 0; i++) {
		op = v6_claim_element(record, i);
		ret = holds(host, &op);
		if (ret > 0 && v6_companion_element(&op, &beside))
			ret = v6_nat_has(&host->netfilter, &beside);
	}
	if (ret < 0)
		return v6_fail(err, ret, "nf_tables: cannot look up an element: %s",
			       v6_strerror(ret));
	return ret;
}
