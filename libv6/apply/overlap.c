/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Claims of different kinds that are at odds: a port, a wide range around it, a whole address. */
#include <errno.h>
#include <string.h>

#include "apply/down.h"
#include "apply/elements.h"
#include "apply/orphans.h"
#include "apply/overlap.h"
#include "apply/replicas.h"
#include "base/address.h"
#include "store/claims.h"
#include "store/holders.h"
#include "store/life.h"
#include "store/record.h"

/* struct clearing - looking for containers whose claims on an address overlap a record's */
struct clearing {
	struct v6_host *host;
	const struct v6_record *record;
	const struct v6_service *service;
	struct v6_error *err;
};

static const struct v6_port_map *find_overlap(const struct v6_record *a, const struct v6_record *b)
{
	size_t i, j;

	for (i = 0; i < a->n_maps; i++)
		for (j = 0; j < b->n_maps; j++)
			if (v6_maps_overlap(&a->maps[i], &b->maps[j]))
				return &a->maps[i];
	return NULL;
}

static int refuse_mode(const struct clearing *c, const struct v6_port_map *overlap,
		       const struct v6_record *other)
{
	if (v6_record_is_stranger(c->record, other))
		return v6_fail(
			c->err, -EADDRINUSE,
			"%s: %s port %s is held by another user of this host; choose another name or port",
			c->service->name, V6_TEXT(&c->service->address), v6_map_text(overlap).s);
	return v6_fail(c->err, -EADDRINUSE, "%s: %s port %s is held by container %.*s, %s",
		       c->service->name, V6_TEXT(&c->service->address), v6_map_text(overlap).s,
		       V6_ID_SHORT, other->id, v6_replicas_why_not(c->record, other));
}

/* look_in_way() - one that lives keeps what it has, members of one pod share, a dead one goes */
static int look_in_way(const char *id, void *data)
{
	struct clearing *c = data;
	const struct v6_port_map *overlap;
	struct v6_record other;
	int alive, ret;

	if (strcmp(id, c->record->id) == 0)
		return 0;
	ret = v6_record_load(c->host, id, &other, c->err);
	if (ret < 0)
		return v6_record_is_none(ret) ? 0 : ret;
	overlap = find_overlap(c->record, &other);
	if (!overlap)
		return 0;
	/* first, as the number of a dead one's namespace may have come back as ours */
	alive = v6_record_alive(&other);
	if (alive == 0)
		return v6_record_down(c->host, &other, c->err);
	if (c->record->share.mode != other.share.mode)
		return refuse_mode(c, overlap, &other);
	if (other.netns == c->record->netns || v6_replicas_are_together(c->record, &other))
		return 0;
	if (v6_record_is_stranger(c->record, &other))
		return v6_fail(
			c->err, -EADDRINUSE,
			"%s: %s port %s overlaps what another user of this host holds; choose other ports",
			c->service->name, V6_TEXT(&c->service->address), v6_map_text(overlap).s);
	return v6_fail(
		c->err, -EADDRINUSE,
		"%s: %s port %s overlaps what container %.*s holds; stop that one first, or choose other ports",
		c->service->name, V6_TEXT(&c->service->address), v6_map_text(overlap).s,
		V6_ID_SHORT, id);
}

/* has_former() - whether a claim that is to be shared has an element of its own, which packets
 * would find first
 */
static bool has_former(struct v6_host *host, const struct v6_record *record,
		       const struct v6_service *service)
{
	struct v6_holder holder;
	struct v6_nat_op op;
	size_t i;

	for (i = 0; record->share.mode == V6_SHARE_EACH && i < v6_claims_count(record); i++) {
		op = v6_claim_element(record, i);
		if (v6_address_equal(&op.claim.address, &service->address) &&
		    v6_nat_holder(&host->netfilter, V6_NAT_SERVICES, &op.claim, &holder) == 0)
			return true;
	}
	return false;
}

/* clear_orphans() - an address that is guarded already may have claims without a record, as where
 * the state directory was removed; with other keys than a wide one's, they would stand before it
 */
static int clear_orphans(struct v6_host *host, const struct in6_addr *address, struct v6_error *err)
{
	struct v6_nat_op guard = v6_guard_element(address);
	int there = v6_nat_has(&host->netfilter, &guard);

	if (there < 0)
		return v6_fail(err, there, "nf_tables: cannot look up the guard of %s: %s",
			       V6_TEXT(address), v6_strerror(there));
	return there ? v6_orphans_remove_at(host, address, err) : 0;
}

/* look_at_target() - the services of a dead container would go to this one, which has its
 * address; a living one of another network can only have come in between
 */
static int look_at_target(const char *id, void *data)
{
	struct clearing *c = data;
	const struct in6_addr *address = &c->record->destination.address;
	struct v6_record other;
	int alive, ret = strcmp(id, c->record->id) == 0
				 ? -ENOENT
				 : v6_record_load(c->host, id, &other, c->err);

	if (ret < 0)
		return v6_record_is_none(ret) ? 0 : ret;
	if (!v6_address_equal(&other.destination.address, address))
		return 0;
	alive = v6_record_alive(&other);
	if (alive == 0)
		return v6_record_down(c->host, &other, c->err);
	if (other.netns == c->record->netns)
		return -EALREADY; /* enough: so are all others that live */
	return v6_fail(c->err, -EADDRINUSE, "the container's address %s is container %.*s's too",
		       V6_TEXT(address), V6_ID_SHORT, id);
}

int v6_targets_clear(struct v6_host *host, const struct v6_record *record, struct v6_error *err)
{
	struct clearing c = {host, record, record->services, err};
	struct v6_resource resource = v6_resource_address(&record->destination.address);
	int ret;

	v6_fail(err, 0, V6_RUN_DIR "/holders: cannot list %s", resource.name);
	ret = v6_holders_each(host, &resource, look_at_target, &c);
	return ret == -EALREADY ? 0 : ret;
}

int v6_overlaps_clear(struct v6_host *host, const struct v6_record *record, struct v6_error *err)
{
	struct clearing c = {host, record, record->services, err};
	struct v6_resource resource;
	int any, ret = 0;

	for (; c.service < record->services + record->n_services && ret == 0; c.service++) {
		ret = v6_claims_are_wide(record) || has_former(host, record, c.service)
			      ? clear_orphans(host, &c.service->address, err)
			      : 0;
		if (ret < 0)
			return ret;
		resource = v6_claims_are_apart(record) ? v6_resource_address(&c.service->address)
						       : v6_resource_wide(&c.service->address);
		any = v6_holder_any(host, &resource);
		if (any < 0)
			return v6_fail(err, any, V6_RUN_DIR "/holders: cannot look up %s: %s",
				       resource.name, v6_strerror(any));
		/* what is said where look_in_way() says nothing */
		v6_fail(err, 0, V6_RUN_DIR "/holders: cannot list %s", resource.name);
		if (any > 0)
			ret = v6_holders_each(host, &resource, look_in_way, &c);
	}
	return ret;
}
