/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Claims dropped, with the guards and flows that nobody uses any more. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "apply/claims.h"
#include "apply/elements.h"
#include "base/address.h"
#include "base/cleanup.h"
#include "store/claims.h"
#include "store/share.h"
#include "table/flows.h"
#include "table/nat.h"

/* drop_if_there() - append the removal of an element that is there; else there is nothing to do */
static int drop_if_there(struct v6_host *host, struct v6_nat_op op, struct v6_nat_op *ops,
			 size_t *n)
{
	int there = v6_nat_has(&host->netfilter, &op);

	op.remove = true;
	if (there == 1)
		ops[(*n)++] = op;
	return there < 0 ? there : 0;
}

/* struct dropping - the transaction that drops a record's claims, and whose flows end with it */
struct dropping {
	struct v6_host *host;
	const struct v6_record *record;
	struct v6_nat_op *ops;
	size_t n_ops;
	struct v6_claim *ended;
	size_t n_ended;
	struct v6_record *heirs;
	size_t n_heirs;
};

/* inherit() - hand an element to a living container of the same namespace that wants it, too */
static bool inherit(struct dropping *d, const struct v6_nat_op *op)
{
	struct v6_nat_op heir = *op;
	size_t i;

	for (i = 0; i < d->n_heirs; i++) {
		if (!v6_claims_want(&d->heirs[i], op))
			continue;
		heir.owner = d->heirs[i].id;
		d->ops[d->n_ops] = *op;
		d->ops[d->n_ops++].remove = true;
		d->ops[d->n_ops++] = heir;
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

/* look_at_claim() - drop what is ours; spare the flows that another's element leads to the same
 * target, as a container in the same network namespace may have it
 */
static int look_at_claim(struct dropping *d, struct v6_nat_op op)
{
	struct v6_nat_op beside;
	struct v6_holder holder;
	int ret = v6_nat_holder(&d->host->netfilter, op.set, &op.claim, &holder);
	bool ours = ret == 0 && strcmp(holder.owner, op.owner) == 0 &&
		    v6_claim_equal(&holder.claim, &op.claim);

	if (ret < 0 && ret != -ENOENT)
		return ret;
	if (ours && inherit(d, &op))
		return 0;
	if (ret == 0 && !ours)
		v6_share_leave(d->host, holder.owner, op.owner);
	if (ours || ret == -ENOENT || !v6_same_target(&holder.target, &op.target))
		d->ended[d->n_ended++] = op.claim;
	op.remove = true;
	if (ours)
		d->ops[d->n_ops++] = op;
	if ((ours || ret == -ENOENT || !is_beside_too(&op, &holder)) &&
	    v6_companion_element(&op, &beside))
		return drop_if_there(d->host, beside, d->ops, &d->n_ops);
	return 0;
}

/* find_drops() - what is there now of a record's claims and of the guards left */
static int find_drops(struct dropping *d, const struct v6_left *left)
{
	size_t i;
	int ret = 0;

	d->n_ops = d->n_ended = 0;
	for (i = 0; i < v6_claims_count(d->record) && ret == 0; i++)
		ret = look_at_claim(d, v6_claim_element(d->record, i));
	for (i = 0; i < left->n_addresses && ret == 0; i++)
		ret = drop_if_there(d->host, v6_guard_element(&left->addresses[i]), d->ops,
				    &d->n_ops);
	if (left->subnet_left && ret == 0)
		ret = drop_if_there(d->host, v6_hairpin_element(&left->subnet), d->ops, &d->n_ops);
	return ret;
}

static int drop(struct dropping *d, const struct v6_left *left, struct v6_error *err)
{
	int round, ret = -ENOENT;

	/* -ENOENT: somebody else removed one between the look and the transaction */
	for (round = 0; round < V6_ROUNDS_MAX && ret == -ENOENT; round++) {
		ret = find_drops(d, left);
		if (ret < 0)
			return v6_fail(err, ret, "nf_tables: cannot look up an element: %s",
				       v6_nl_explain(ret));
		ret = v6_nat_commit(&d->host->netfilter, d->ops, d->n_ops, err);
	}
	return ret;
}

/* end_flows() - not worth keeping a record for where it fails: flows end by themselves some time */
static void end_flows(struct dropping *d)
{
	struct v6_error err;
	size_t n;

	if (d->n_ended > 0 && v6_flows_end(&d->host->netfilter, d->ended, d->n_ended,
					   &d->record->destination.address, &n, &err) < 0)
		v6_host_warn(d->host, "%s", err.text);
}

int v6_claims_drop(struct v6_host *host, const struct v6_record *record, const struct v6_left *left,
		   struct v6_error *err)
{
	auto_free struct v6_nat_op *ops = NULL;
	auto_free struct v6_claim *ended = NULL;
	auto_free struct v6_record *heirs = NULL;
	struct dropping d = {.host = host, .record = record};
	int ret;

	d.ops = ops = calloc(2 * v6_claims_count(record) + left->n_addresses + 1, sizeof(*ops));
	d.ended = ended = calloc(v6_claims_count(record) + 1, sizeof(*ended));
	if (!ops || !ended)
		return v6_fail(err, -ENOMEM, "%s", v6_strerror(ENOMEM));
	ret = v6_share_heirs(host, record->id, &heirs, &d.n_heirs);
	if (ret < 0)
		return v6_fail(err, ret, "cannot look up who shares with it: %s", v6_strerror(ret));
	d.heirs = heirs;
	ret = drop(&d, left, err);
	if (ret == 0 && !left->goes_on)
		v6_share_pass(host, record->id, heirs, d.n_heirs);
	/* after the elements, or new flows come in behind; it takes some milliseconds, which the
	 * grace period that began with them hides
	 */
	if (!left->flows_stay)
		end_flows(&d);
	return ret;
}

int v6_claims_leave(struct v6_host *host, const struct v6_prefix *subnet, struct v6_error *err)
{
	struct v6_nat_op op = v6_hairpin_element(subnet);
	int ret;

	op.remove = true;
	ret = v6_nat_commit(&host->netfilter, &op, 1, err);
	return ret == -ENOENT ? 0 : ret;
}
