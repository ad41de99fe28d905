/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who shares claims, and which of them has one. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "apply/elements.h"
#include "apply/replicas.h"
#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "store/claims.h"
#include "store/clients.h"
#include "store/holders.h"
#include "store/life.h"
#include "store/record.h"

/* struct gathering - the holders of one address, as they are visited */
struct gathering {
	struct v6_host *host;
	const struct v6_record *record;
	struct v6_replicas *replicas;
	const struct v6_service *service;
	struct v6_error *err;
};

void v6_replicas_release(struct v6_replicas *replicas)
{
	free(replicas->list);
	*replicas = (struct v6_replicas){.n = 0};
}

bool v6_replicas_has(const struct v6_replicas *replicas, const char *id)
{
	size_t i;

	for (i = 0; i < replicas->n; i++)
		if (strcmp(replicas->list[i].id, id) == 0)
			return true;
	return false;
}

static bool comes_before(const struct v6_record *a, const struct v6_record *b)
{
	if (a->share.since != b->share.since)
		return a->share.since < b->share.since;
	return strcmp(a->id, b->id) < 0;
}

static int insert_replica(struct v6_replicas *replicas, const struct v6_record *record)
{
	size_t room = replicas->room ? 2 * replicas->room : 4, i = replicas->n;
	struct v6_record *larger;

	if (replicas->n == replicas->room) {
		larger = reallocarray(replicas->list, room, sizeof(*larger));
		if (!larger)
			return -ENOMEM;
		replicas->list = larger;
		replicas->room = room;
	}
	for (; i > 0 && comes_before(record, &replicas->list[i - 1]); i--)
		replicas->list[i] = replicas->list[i - 1];
	replicas->list[i] = *record;
	replicas->n++;
	return 0;
}

bool v6_replicas_are_together(const struct v6_record *a, const struct v6_record *b)
{
	return a->share.mode != V6_SHARE_NONE && a->share.mode == b->share.mode &&
	       a->uid == b->uid && strcmp(a->pod_namespace, b->pod_namespace) == 0;
}

static int gather_replica(const char *id, void *data)
{
	struct gathering *g = data;
	struct v6_record other;
	int ret;

	if (strcmp(id, g->record->id) == 0 || v6_replicas_has(g->replicas, id))
		return 0;
	ret = v6_record_find(g->host, id, &other, g->err);
	if (ret <= 0)
		return ret;
	return v6_replicas_are_together(g->record, &other) ? insert_replica(g->replicas, &other)
							   : 0;
}

/* visit_holders() - of each of a record's addresses */
static int visit_holders(struct gathering *g, int (*visit)(const char *id, void *data))
{
	const struct v6_record *record = g->record;
	struct v6_resource resource;
	size_t i;
	int ret = 0;

	for (i = 0; i < record->n_services && (ret == 0 || ret == -ENOENT); i++) {
		g->service = &record->services[i];
		resource = v6_resource_address(&g->service->address);
		v6_fail(g->err, 0, V6_RUN_DIR "/holders: cannot list %s", resource.name);
		ret = v6_holders_each(g->host, &resource, visit, g);
	}
	return ret == -ENOENT ? 0 : ret;
}

int v6_replicas_of(struct v6_host *host, const struct v6_record *record, bool itself,
		   struct v6_replicas *ret_replicas, struct v6_error *err)
{
	struct v6_replicas auto_call(v6_replicas_release) replicas = {.n = 0};
	struct v6_error own;
	struct gathering g = {host, record, &replicas, NULL, err ? err : &own};
	int ret = 0;

	*ret_replicas = replicas;
	if (record->share.mode == V6_SHARE_NONE)
		return 0;
	if (itself)
		ret = insert_replica(&replicas, record);
	if (ret == 0)
		ret = visit_holders(&g, gather_replica);
	if (ret < 0)
		return v6_context(err, ret, "cannot look up the containers that share with it");
	*ret_replicas = replicas;
	replicas.list = NULL;
	return 0;
}

static bool is_ready(const struct v6_record *record)
{
	return record->share.ready && !record->share.drained && !record->destination.pending;
}

/* enum turn - which of those that share may have a claim */
enum turn {
	TURN_READY,   /* they listen, and were not drained */
	TURN_DRAINED, /* they listen */
	TURN_ANY,
};

static bool has_turn(const struct v6_record *record, enum turn turn)
{
	if (turn == TURN_READY)
		return is_ready(record);
	return turn == TURN_ANY || (record->share.ready && !record->destination.pending);
}

/* is_twin() - whether an earlier one that has a turn is of the same network, as members of a pod
 * are
 */
static bool is_twin(const struct v6_replicas *replicas, size_t i, enum turn turn)
{
	size_t j;

	for (j = 0; j < i; j++)
		if (replicas->list[j].netns == replicas->list[i].netns &&
		    has_turn(&replicas->list[j], turn))
			return true;
	return false;
}

/* count_usable() - those that may have a claim, and the last of the first @most of them */
static size_t count_usable(const struct v6_replicas *replicas, const struct v6_claim *claim,
			   enum turn turn, size_t most, struct v6_nat_op *ret_last)
{
	const struct v6_record *record;
	size_t i, n = 0;

	for (i = 0; i < replicas->n && n < most; i++) {
		record = &replicas->list[i];
		if (!has_turn(record, turn) ||
		    (record->share.mode == V6_SHARE_EACH && is_twin(replicas, i, turn)))
			continue;
		n += v6_claims_find(record, claim, ret_last);
	}
	return n;
}

bool v6_replicas_element(const struct v6_replicas *replicas, const struct v6_claim *claim,
			 struct v6_nat_op *ret_op)
{
	const struct v6_claim wanted = *claim; /* which may be that of @ret_op */
	enum turn turn = TURN_READY;
	size_t n = count_usable(replicas, &wanted, turn, SIZE_MAX, ret_op);

	while (n == 0 && turn < TURN_ANY)
		n = count_usable(replicas, &wanted, ++turn, SIZE_MAX, ret_op);
	/* the first of those that do not listen yet began before all others */
	if (turn == TURN_ANY)
		n = count_usable(replicas, &wanted, turn, 1, ret_op);
	if (n > 0 && ret_op->set == V6_NAT_SHARED) {
		count_usable(replicas, &wanted, turn, wanted.slot % n + 1, ret_op);
		ret_op->claim.slot = wanted.slot;
	}
	return n > 0;
}

bool v6_replicas_lead(const struct v6_replicas *replicas, const struct v6_nat_op *element)
{
	struct v6_nat_op op;
	size_t i;

	for (i = 0; i < replicas->n; i++)
		if (v6_claims_find(&replicas->list[i], &element->claim, &op) &&
		    v6_same_target(&op.target, &element->target))
			return true;
	return false;
}

/* spread_claim() - an element for each part of the clients instead of the one that counts for all
 */
static void spread_claim(const struct v6_replicas *replicas, const struct v6_thing *claim,
			 struct v6_things *to)
{
	struct v6_claim slot = claim->op.claim;
	uint8_t n = claim->op.set == V6_NAT_SHARED ? V6_SLOTS : 1;

	for (slot.slot = 0; slot.slot < n; slot.slot++) {
		to->list[to->n] = *claim;
		if (v6_replicas_element(replicas, &slot, &to->list[to->n].op))
			to->n++;
	}
}

int v6_replicas_direct(const struct v6_replicas *replicas, struct v6_things *things)
{
	struct v6_things to = {.n = 0};
	size_t i;

	if (replicas->n == 0)
		return 0;
	to.list = calloc(V6_SLOTS * things->n, sizeof(*to.list));
	if (!to.list)
		return -ENOMEM;
	for (i = 0; i < things->n; i++) {
		if (things->list[i].kind == V6_THING_CLAIM)
			spread_claim(replicas, &things->list[i], &to);
		else
			to.list[to.n++] = things->list[i];
	}
	v6_things_release(things);
	*things = to;
	return 0;
}

/*
 * Joining
 */

/* has_all_names() - whether each name of a record is one of another's */
static bool has_all_names(const struct v6_record *record, const struct v6_record *of)
{
	size_t i, j;

	for (i = 0; i < of->n_services; i++) {
		for (j = 0; j < record->n_services; j++)
			if (strcmp(record->services[j].name, of->services[i].name) == 0)
				break;
		if (j == record->n_services)
			return false;
	}
	return true;
}

/* has_all_ports() - whether a record has each service port of another */
static bool has_all_ports(const struct v6_record *record, const struct v6_record *of)
{
	struct v6_record there = *of;
	struct v6_nat_op op;
	size_t i, n = v6_claims_per_address(of);

	/* by the ports alone: a name may stand for more addresses to one than to the other */
	there.services[0].address = record->services[0].address;
	for (i = 0; i < n; i++) {
		op = v6_claim_element(&there, i);
		if (!v6_claims_have(record, &op.claim))
			return false;
	}
	return true;
}

/* has_all_maps() - whether a record has each mapping of another: clients are let in by these */
static bool has_all_maps(const struct v6_record *record, const struct v6_record *of)
{
	size_t i, j;

	for (i = 0; i < of->n_maps; i++) {
		for (j = 0; j < record->n_maps; j++)
			if (record->maps[j].protocol == of->maps[i].protocol &&
			    record->maps[j].service_port == of->maps[i].service_port &&
			    record->maps[j].count == of->maps[i].count)
				break;
		if (j == record->n_maps)
			return false;
	}
	return true;
}

const char *v6_replicas_why_not(const struct v6_record *record, const struct v6_record *holder)
{
	if (record->share.mode != holder->share.mode) {
		if (holder->share.mode == V6_SHARE_NONE)
			return record->share.mode == V6_SHARE_NEWEST
				       ? "which does not share; set v6.share=newest on both, or stop that one"
				       : "which does not share; set v6.share=each on both, or stop that one";
		return holder->share.mode == V6_SHARE_NEWEST
			       ? "which shares it with v6.share=newest only; set that on both, or stop that one"
			       : "which shares it with v6.share=each only; set that on both, or stop that one";
	}
	if (record->share.mode == V6_SHARE_NONE)
		return "which does not share; stop that one first, or choose another name or port, or set v6.share=newest on both";
	if (!v6_replicas_are_together(record, holder))
		return "which shares with containers of its own user and Kubernetes namespace only; choose another name or port";
	if (!has_all_names(record, holder) || !has_all_names(holder, record))
		return "which shares with containers of the same v6.host only; ask for the same names, or stop that one";
	if (!has_all_ports(record, holder) || !has_all_ports(holder, record))
		return "which shares with containers of the same v6.ports only; ask for the same service ports, or stop that one";
	if (!v6_clients_same(record, holder))
		return "which shares with containers of the same v6.from only; let the same clients in, or stop that one";
	if (record->n_from > 0 && (!has_all_maps(record, holder) || !has_all_maps(holder, record)))
		return "which has v6.from, and shares with containers of the same v6.ports only; write the same ranges, or stop that one";
	return NULL;
}

static bool has_common_port(const struct v6_record *a, const struct v6_record *b)
{
	size_t i, j;

	for (i = 0; i < a->n_maps; i++)
		for (j = 0; j < b->n_maps; j++)
			if (v6_maps_overlap(&a->maps[i], &b->maps[j]))
				return true;
	return false;
}

/* meet_holder() - one that lives and has a claim of ours */
static int meet_holder(const char *id, void *data)
{
	struct gathering *g = data;
	const char *why_not;
	struct v6_record other;
	int ret = strcmp(id, g->record->id) == 0 ? 0 : v6_record_find(g->host, id, &other, g->err);

	if (ret <= 0 || !has_common_port(g->record, &other))
		return ret;
	why_not = v6_replicas_why_not(g->record, &other);
	if (!why_not)
		return v6_replicas_has(g->replicas, id) ? 0 : insert_replica(g->replicas, &other);
	if (v6_record_is_stranger(g->record, &other))
		return v6_fail(
			g->err, -EADDRINUSE,
			"%s: a port of %s is held by another user of this host; choose another name or port",
			g->service->name, V6_TEXT(&g->service->address));
	return v6_fail(g->err, -EADDRINUSE, "%s: a port of %s is held by container %.*s, %s",
		       g->service->name, V6_TEXT(&g->service->address), V6_ID_SHORT, id, why_not);
}

/* join_queue() - behind all others; ready at once only if nobody looks whether it listens */
static void join_queue(struct v6_host *host, const struct v6_replicas *others,
		       struct v6_record *record)
{
	size_t i;

	record->share.ready = !v6_host_is_watched(host);
	record->share.since = v6_now_ns();
	for (i = 0; i < others->n; i++)
		if (others->list[i].share.since >= record->share.since)
			record->share.since = others->list[i].share.since + 1;
	if (record->share.ready && others->n > 0)
		v6_host_warn(
			host,
			"%s: v6d does not run, so that connections come before the container's program listens; start v6d",
			record->services[0].name);
}

int v6_replicas_join(struct v6_host *host, struct v6_record *record, struct v6_error *err)
{
	struct v6_replicas auto_call(v6_replicas_release) others = {.n = 0};
	struct v6_error own;
	struct gathering g = {host, record, &others, NULL, err ? err : &own};
	int ret = visit_holders(&g, meet_holder);

	if (ret == 0 && others.n >= V6_REPLICAS_MAX)
		ret = v6_fail(g.err, -EADDRINUSE,
			      "%s: %d containers share it already, which is the most that can",
			      record->services[0].name, V6_REPLICAS_MAX);
	if (ret == 0)
		join_queue(host, &others, record);
	return ret;
}
