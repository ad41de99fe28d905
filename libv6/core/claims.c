/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "core/claims.h"
#include "core/provide.h"
#include "core/record.h"
#include "kernel/flows.h"
#include "kernel/nat.h"

/* A round settles all conflicts that it found; more than a few mean that somebody works against us.
 */
#define ROUNDS_MAX 5

/* enum fate - what the next transaction does about one claim */
enum fate {
	ADD,
	REPLACE, /* remove and add: ours with an old destination, or a dead container's */
	KEEP,	 /* ours, and right */
};

struct taking {
	struct v6_host *host;
	const struct v6_record *record;
	enum fate *fates; /* one for each claim */
	size_t n_claims;
	struct v6_nat_op *ops;
	size_t n_ops;
	bool covered; /* a wider prefix in the hairpin set holds the record's subnet already */
	struct v6_taken_over *dead;
};

static size_t count_ports(const struct v6_record *record)
{
	size_t i, n = 0;

	for (i = 0; i < record->n_maps; i++)
		n += record->maps[i].count;
	return n;
}

static size_t count_claims(const struct v6_record *record)
{
	return count_ports(record) * record->n_services;
}

/* claim_op() - the operation that adds the i-th claim of a record: addresses, then ports */
static struct v6_nat_op claim_op(const struct v6_record *record, size_t i)
{
	size_t n_ports = count_ports(record), port = i % n_ports;
	const struct v6_service *service = &record->services[i / n_ports];
	const struct v6_port_map *map = record->maps;
	bool local = v6_destination_is_local(&record->destination);

	while (port >= map->count)
		port -= map++->count;
	return (struct v6_nat_op){
		.set = V6_NAT_SERVICES,
		.exclusive = true,
		.claim = {service->address, (uint16_t)(map->service_port + port), map->protocol},
		.target = {local ? service->address : record->destination.address,
			   (uint16_t)(map->target_port + port)},
		.name = service->name,
		.owner = record->id,
	};
}

static struct v6_nat_op guard_op(const struct in6_addr *address)
{
	return (struct v6_nat_op){.set = V6_NAT_ADDRESSES, .claim.address = *address};
}

/* local_op() - let a claim that leads to itself through the guard: its binding changes nothing, so
 * the guard can't tell it from a stranger's packet
 */
static struct v6_nat_op local_op(const struct v6_nat_op *claim)
{
	return (struct v6_nat_op){.set = V6_NAT_LOCAL, .claim = claim->claim};
}

static bool leads_to_itself(const struct v6_nat_op *claim)
{
	return claim->claim.port == claim->target.port &&
	       v6_address_equal(&claim->claim.address, &claim->target.address);
}

static struct v6_nat_op hairpin_op(const struct v6_prefix *subnet)
{
	return (struct v6_nat_op){.set = V6_NAT_HAIRPIN, .prefix = *subnet};
}

/* write_ops() - guards first: at no time does a listener of the host answer */
static void write_ops(struct taking *t)
{
	const struct v6_record *record = t->record;
	struct v6_nat_op *op = t->ops, claim;
	size_t i;

	for (i = 0; i < record->n_services; i++)
		if (record->services[i].ours)
			*op++ = guard_op(&record->services[i].address);
	if (!t->covered && !v6_destination_is_local(&record->destination))
		*op++ = hairpin_op(&record->destination.subnet);

	for (i = 0; i < t->n_claims; i++) {
		claim = claim_op(record, i);
		if (leads_to_itself(&claim))
			*op++ = local_op(&claim);
		if (t->fates[i] == KEEP)
			continue;
		if (t->fates[i] == REPLACE) {
			*op = claim_op(record, i);
			op++->remove = true;
		}
		*op++ = claim_op(record, i);
	}
	t->n_ops = (size_t)(op - t->ops);
}

static bool same_target(const struct v6_target *a, const struct v6_target *b)
{
	return a->port == b->port && v6_address_equal(&a->address, &b->address);
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
static int refuse(const struct v6_nat_op *op, const struct v6_record *holder, struct v6_error *err)
{
	return v6_fail(err, -EADDRINUSE,
		       "%s: %s port %u/%s is held by container %.*s; stop that one first, or "
		       "choose another name or port",
		       op->name, V6_TEXT(&op->claim.address), op->claim.port,
		       v6_protocol_name(op->claim.protocol), V6_ID_SHORT, holder->id);
}

/* settle() - decide about one claim that is in the map already */
static int settle(struct taking *t, size_t i, struct v6_error *err)
{
	struct v6_nat_op op = claim_op(t->record, i);
	struct v6_record other;
	struct v6_holder holder;
	int ret = v6_nat_holder(&t->host->netfilter, &op.claim, &holder);

	if (ret == -ENOENT) {
		t->fates[i] = ADD;
		return 0;
	}
	if (ret < 0)
		return v6_fail(err, ret, "nf_tables: cannot look up %s port %u: %s",
			       V6_TEXT(&op.claim.address), op.claim.port, v6_strerror(ret));
	if (strcmp(holder.owner, t->record->id) == 0) {
		t->fates[i] = same_target(&holder.target, &op.target) ? KEEP : REPLACE;
		return 0;
	}
	ret = v6_record_find(t->host, holder.owner, &other, err);
	if (ret != 0)
		return ret < 0 ? ret : refuse(&op, &other, err);
	t->fates[i] = REPLACE;
	remember_dead(t->dead, holder.owner);
	return 0;
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

	for (round = 0; round < ROUNDS_MAX && ret == -EEXIST; round++) {
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
	auto_free enum fate *fates = NULL;
	auto_free struct v6_nat_op *ops = NULL;
	struct taking t = {.host = host, .record = record, .dead = dead};
	struct v6_error own;

	t.n_claims = count_claims(record);
	fates = calloc(t.n_claims, sizeof(*fates));
	ops = calloc(record->n_services + 1 + 3 * t.n_claims, sizeof(*ops));
	if (!fates || !ops)
		return v6_fail(err, -ENOMEM, "%s", v6_strerror(ENOMEM));
	t.fates = fates;
	t.ops = ops;
	return take(&t, err ? err : &own);
}

/* struct gathering - the elements of all living records but one */
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

static int gather_record(const char *id, void *data)
{
	struct gathering *g = data;
	struct owner *owner;
	size_t i;

	if (strcmp(id, g->except) == 0)
		return 0;
	owner = calloc(1, sizeof(*owner));
	if (!owner)
		return -ENOMEM;
	owner->next = g->owners;
	g->owners = owner;
	/* one that can't be looked at now is left to reconcile */
	if (v6_record_find(g->host, id, &owner->record, NULL) <= 0)
		return 0;
	if (make_room(g, 2 * count_claims(&owner->record) + owner->record.n_services + 1) < 0)
		return -ENOMEM;

	for (i = 0; i < owner->record.n_services; i++)
		if (owner->record.services[i].ours)
			g->ops[g->n++] = guard_op(&owner->record.services[i].address);
	if (!v6_destination_is_local(&owner->record.destination))
		g->ops[g->n++] = hairpin_op(&owner->record.destination.subnet);
	for (i = 0; i < count_claims(&owner->record); i++) {
		g->ops[g->n] = claim_op(&owner->record, i);
		if (leads_to_itself(&g->ops[g->n++])) {
			g->ops[g->n] = local_op(&g->ops[g->n - 1]);
			g->n++;
		}
	}
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
	v6_provided_prefix(&provided);
	ret = -EEXIST;
	for (round = 0; round < ROUNDS_MAX && ret == -EEXIST; round++) {
		ret = v6_nat_create(&host->netfilter, &provided, g.ops, g.n, err);
		if (ret == -EEXIST)
			forget_refused(&g);
	}
	return ret;
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

bool v6_claims_want(const struct v6_record *record, const struct v6_nat_op *element)
{
	struct v6_nat_op op;
	size_t i;

	for (i = 0; i < count_claims(record); i++) {
		op = claim_op(record, i);
		if (op.claim.port == element->claim.port &&
		    op.claim.protocol == element->claim.protocol &&
		    v6_address_equal(&op.claim.address, &element->claim.address))
			return same_target(&op.target, &element->target);
	}
	return false;
}

/* holds() - whether one claim is the record's, and leads where it should */
static int holds(struct v6_host *host, const struct v6_nat_op *op)
{
	struct v6_holder holder;
	int ret = v6_nat_holder(&host->netfilter, &op->claim, &holder);

	if (ret < 0)
		return ret == -ENOENT ? 0 : ret;
	return strcmp(holder.owner, op->owner) == 0 && same_target(&holder.target, &op->target);
}

int v6_claims_held(struct v6_host *host, const struct v6_record *record, struct v6_error *err)
{
	struct v6_nat_op op = hairpin_op(&record->destination.subnet);
	size_t i, n = count_claims(record);
	int ret = 1;

	if (!v6_destination_is_local(&record->destination))
		ret = v6_nat_has(&host->netfilter, &op);

	for (i = 0; i < record->n_services && ret > 0; i++) {
		op = guard_op(&record->services[i].address);
		if (record->services[i].ours)
			ret = v6_nat_has(&host->netfilter, &op);
	}
	for (i = 0; i < n && ret > 0; i++) {
		op = claim_op(record, i);
		ret = holds(host, &op);
		if (ret > 0 && leads_to_itself(&op)) {
			op = local_op(&op);
			ret = v6_nat_has(&host->netfilter, &op);
		}
	}
	if (ret < 0)
		return v6_fail(err, ret, "nf_tables: cannot look up an element: %s",
			       v6_strerror(ret));
	return ret;
}

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
};

/* look_at_claim() - drop what is ours; spare the flows that another's element leads to the same
 * target, as a container in the same network namespace may have it
 */
static int look_at_claim(struct dropping *d, struct v6_nat_op op)
{
	struct v6_holder holder;
	int ret = v6_nat_holder(&d->host->netfilter, &op.claim, &holder);
	bool ours = ret == 0 && strcmp(holder.owner, op.owner) == 0;

	if (ret < 0 && ret != -ENOENT)
		return ret;
	if (ours || ret == -ENOENT || !same_target(&holder.target, &op.target))
		d->ended[d->n_ended++] = op.claim;
	op.remove = true;
	if (ours)
		d->ops[d->n_ops++] = op;
	if (ours && leads_to_itself(&op))
		return drop_if_there(d->host, local_op(&op), d->ops, &d->n_ops);
	return 0;
}

/* find_drops() - what is there now of a record's claims and of the guards left */
static int find_drops(struct dropping *d, const struct v6_left *left)
{
	size_t i;
	int ret = 0;

	d->n_ops = d->n_ended = 0;
	for (i = 0; i < count_claims(d->record) && ret == 0; i++)
		ret = look_at_claim(d, claim_op(d->record, i));
	for (i = 0; i < left->n_addresses && ret == 0; i++)
		ret = drop_if_there(d->host, guard_op(&left->addresses[i]), d->ops, &d->n_ops);
	if (left->subnet_left && ret == 0)
		ret = drop_if_there(d->host, hairpin_op(&left->subnet), d->ops, &d->n_ops);
	return ret;
}

static int drop(struct dropping *d, const struct v6_left *left, struct v6_error *err)
{
	int round, ret = -ENOENT;

	/* -ENOENT: somebody else removed one between the look and the transaction */
	for (round = 0; round < ROUNDS_MAX && ret == -ENOENT; round++) {
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

	if (v6_flows_end(&d->host->netfilter, d->ended, d->n_ended, &d->record->destination.address,
			 &n, &err) < 0)
		v6_host_warn(d->host, "%s", err.text);
}

int v6_claims_drop(struct v6_host *host, const struct v6_record *record, const struct v6_left *left,
		   struct v6_error *err)
{
	auto_free struct v6_nat_op *ops = NULL;
	auto_free struct v6_claim *ended = NULL;
	struct dropping d = {.host = host, .record = record};
	int ret;

	d.ops = ops = calloc(2 * count_claims(record) + left->n_addresses + 1, sizeof(*ops));
	d.ended = ended = calloc(count_claims(record) + 1, sizeof(*ended));
	if (!ops || !ended)
		return v6_fail(err, -ENOMEM, "%s", v6_strerror(ENOMEM));
	ret = drop(&d, left, err);
	/* after the elements, or new flows come in behind; it takes some milliseconds, which the
	 * grace period that began with them hides
	 */
	end_flows(&d);
	return ret;
}
