/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel holds of ours that no record wants. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "apply/announced.h"
#include "apply/elements.h"
#include "apply/ending.h"
#include "apply/kinds.h"
#include "apply/orphans.h"
#include "apply/published.h"
#include "apply/things.h"
#include "base/address.h"
#include "base/cleanup.h"
#include "kernel/route.h"
#include "store/holders.h"
#include "store/record.h"

/* Records that are kept at hand, as the elements of many containers come in no order */
#define RECALLED_MAX 64

/* Elements in the order in which they are looked for and removed */
static const enum v6_thing_kind elements[] = {
	V6_THING_CLAIM,	 V6_THING_BESIDE, V6_THING_LIMITED,  V6_THING_FROM,	 V6_THING_GUARD,
	V6_THING_SENDER, V6_THING_SOURCE, V6_THING_ASKED,    V6_THING_SEVERAL,	 V6_THING_SIBLING,
	V6_THING_ANSWER, V6_THING_EGRESS, V6_THING_OUTGOING, V6_THING_DEPARTURE, V6_THING_HAIRPIN,
};

/* struct orphans - what to remove after a visit, as its socket is busy until the end; and records
 * that were loaded meanwhile, each in a place by its id
 */
struct orphans {
	struct v6_host *host;
	const struct in6_addr *at;  /* NULL, or what is looked for is about this address only */
	struct v6_record *recalled; /* RECALLED_MAX of them, each by a hash of its id */
	struct v6_thing *list;
	size_t n, room;
};

static void free_orphans(struct orphans *orphans)
{
	size_t i;

	for (i = 0; i < orphans->n; i++)
		if (orphans->list[i].kind == V6_THING_NAME)
			free((char *)orphans->list[i].entry.name);
	free(orphans->recalled);
	free(orphans->list);
}

static int append_orphan(struct orphans *orphans, const struct v6_thing *thing)
{
	size_t room = orphans->room ? 2 * orphans->room : 16;
	struct v6_thing *larger;

	if (orphans->n == orphans->room) {
		larger = reallocarray(orphans->list, room, sizeof(*larger));
		if (!larger)
			return -ENOMEM;
		orphans->list = larger;
		orphans->room = room;
	}
	orphans->list[orphans->n] = *thing;
	if (thing->kind == V6_THING_NAME) {
		orphans->list[orphans->n].entry.name = strdup(thing->entry.name);
		if (!orphans->list[orphans->n].entry.name)
			return -ENOMEM;
	}
	/* strings that live for the visit only */
	if (v6_thing_is_element(thing))
		orphans->list[orphans->n].op.name = orphans->list[orphans->n].op.owner = NULL;
	orphans->n++;
	return 0;
}

/* recall() - v6_record_load(), but a container with thousands of elements has it read once; the
 * lock is held, so that it can't change
 */
static int recall_record(struct orphans *orphans, const char *id,
			 const struct v6_record **ret_record)
{
	struct v6_record *slot, record;
	unsigned int h = 0;
	const char *c;
	int ret;

	for (c = id; *c; c++)
		h = h * 31 + (unsigned char)*c;
	slot = &orphans->recalled[h % RECALLED_MAX];
	if (strcmp(slot->id, id) != 0) {
		ret = v6_record_load(orphans->host, id, &record, NULL);
		if (ret < 0)
			return ret;
		*slot = record;
	}
	*ret_record = slot;
	return 0;
}

/* may_want_anything() - a record of a later version; any other that can't be read ends the visit */
static int may_want_anything(int code)
{
	return code == -EPROTO ? 1 : code;
}

/* is_claim_wanted() - by the record that its element names. Return: 1, 0 or a negative errno */
static int is_claim_wanted(struct orphans *orphans, const struct v6_nat_op *element)
{
	const struct v6_record *record = NULL;
	int ret = *element->owner ? recall_record(orphans, element->owner, &record) : -ENOENT;

	if (ret == 0)
		return v6_claims_want(record, element);
	return v6_record_is_none(ret) ? 0 : may_want_anything(ret);
}

/* struct beside - whether a record that holds an address wants what stands beside or before a claim
 * there
 */
struct beside {
	struct orphans *orphans;
	enum v6_thing_kind kind;
	const struct v6_nat_op *element;
	int wanted;
};

static int look_for_claim(const char *id, void *data)
{
	struct beside *beside = data;
	const struct v6_record *record = NULL;
	int ret = recall_record(beside->orphans, id, &record);

	if (ret < 0)
		ret = v6_record_is_none(ret) ? 0 : may_want_anything(ret);
	else if (beside->kind == V6_THING_BESIDE)
		ret = v6_claims_want_beside(record, beside->element);
	else
		ret = v6_claims_want_limit(record, beside->element);
	beside->wanted |= ret > 0;
	return ret < 0 ? ret : 0;
}

/* is_beside_wanted() - others may hold the address, with other ports: what is left of one in
 * "local" would let the host itself answer there
 */
static int is_beside_wanted(struct orphans *orphans, const struct v6_thing *thing)
{
	struct beside beside = {orphans, thing->kind, &thing->op, 0};
	struct v6_resource resource = v6_resource_address(&thing->op.claim.address);
	int ret = v6_holders_each(orphans->host, &resource, look_for_claim, &beside);

	return ret < 0 && ret != -ENOENT ? ret : beside.wanted;
}

/* struct behind - whether a record provides an address behind this link */
struct behind {
	struct v6_host *host;
	int link;
	bool any;
};

static int look_behind(const char *id, void *data)
{
	struct behind *behind = data;
	struct v6_record record;
	int ret = behind->any ? -ENOENT : v6_record_load(behind->host, id, &record, NULL);

	if (ret < 0 && !v6_record_is_none(ret) && may_want_anything(ret) < 0)
		return ret;
	if (ret == 0)
		behind->any = record.destination.provided && record.destination.via == behind->link;
	return 0;
}

/* is_gateway_wanted() - by the records, as "provide" may have been another prefix when they were
 * made
 */
static int is_gateway_wanted(struct v6_host *host, int link)
{
	struct behind behind = {.host = host, .link = link};
	int ret = v6_record_ids(host, look_behind, &behind, NULL);

	return ret < 0 ? ret : behind.any;
}

/* is_thing_wanted() - Return: 1, 0 or a negative errno */
static int is_thing_wanted(struct orphans *orphans, const struct v6_thing *thing)
{
	struct v6_resource resource;
	int any;

	if (thing->kind == V6_THING_CLAIM)
		return is_claim_wanted(orphans, &thing->op);
	if (thing->kind == V6_THING_NAME)
		return v6_published_by(orphans->host, &thing->entry, NULL);
	if (thing->kind == V6_THING_ANNOUNCED)
		return v6_announced_by(orphans->host, &thing->spot, NULL);
	if (thing->kind >= V6_THING_FROM)
		return is_beside_wanted(orphans, thing);
	v6_thing_resource(orphans->host, thing, &resource);
	any = v6_holder_recorded(orphans->host, &resource);
	if (any == 0 && thing->kind == V6_THING_GATEWAY)
		return is_gateway_wanted(orphans->host, thing->spot.link);
	return any;
}

static int look_at_thing(const struct v6_thing *thing, void *data)
{
	struct orphans *orphans = data;
	int wanted;

	if (orphans->at && !v6_address_equal(orphans->at, &thing->op.claim.address))
		return 0;
	wanted = is_thing_wanted(orphans, thing);
	return wanted != 0 ? (wanted < 0 ? wanted : 0) : append_orphan(orphans, thing);
}

/* find_orphans() - names and announcements before what they are of; addresses before their guards,
 * or the host's own listeners would answer there; of one address, claims alone
 */
static int find_orphans(struct orphans *orphans, struct v6_error *err)
{
	size_t i, n = orphans->at ? 4 : V6_ARRAY_SIZE(elements);
	enum v6_thing_kind kind;
	int ret = orphans->at ? 0
			      : v6_things_each(orphans->host, V6_THING_NAME, look_at_thing, orphans,
					       err);

	if (ret == 0 && !orphans->at)
		ret = v6_things_each(orphans->host, V6_THING_ANNOUNCED, look_at_thing, orphans,
				     err);
	for (kind = V6_THING_GATEWAY; kind <= V6_THING_ADDRESS && !orphans->at && ret == 0; kind++)
		ret = v6_things_each(orphans->host, kind, look_at_thing, orphans, err);
	for (i = 0; i < n && ret == 0; i++)
		ret = v6_things_each(orphans->host, elements[i], look_at_thing, orphans, err);
	return ret;
}

static void note_orphan_flows(struct v6_host *host, const struct v6_thing *thing)
{
	if ((thing->kind == V6_THING_CLAIM || thing->kind == V6_THING_EGRESS) &&
	    v6_has_counted(&thing->op.counter) && !host->looks)
		v6_ending_note_claim(host, &thing->op);
}

/* remove_orphans() - goes on after an address that stays, but not to the guards */
static int remove_orphans(const struct orphans *orphans, struct v6_error *err)
{
	const struct v6_thing *thing;
	struct v6_error own;
	int first = 0;

	for (thing = orphans->list; thing < orphans->list + orphans->n; thing++) {
		if (first < 0 && v6_thing_is_element(thing))
			break;
		v6_host_step(orphans->host, "remove %s: no record wants it",
			     v6_thing_text(thing).s);
		if (v6_thing_remove(orphans->host, thing, &own) == 0)
			note_orphan_flows(orphans->host, thing);
		else if (first == 0)
			first = v6_fail(err, own.code, "%s", own.text);
	}
	return first;
}

static int remove_unwanted(struct orphans *orphans, struct v6_error *err)
{
	int ret = 0;

	orphans->recalled = calloc(RECALLED_MAX, sizeof(*orphans->recalled));
	if (!orphans->recalled)
		return v6_fail(err, -ENOMEM, "%s", v6_strerror(ENOMEM));
	ret = find_orphans(orphans, err);
	return ret < 0 ? ret : remove_orphans(orphans, err);
}

int v6_orphans_remove_at(struct v6_host *host, const struct in6_addr *address, struct v6_error *err)
{
	struct orphans auto_call(free_orphans) orphans = {.host = host, .at = address};

	return remove_unwanted(&orphans, err);
}

int v6_orphans_remove_route(struct v6_host *host, const struct in6_addr *address,
			    struct v6_error *err)
{
	struct v6_thing route = {
		.kind = V6_THING_ADDRESS,
		.spot = {{*address, 128}, .link = V6_LOOPBACK, .attach = V6_ATTACH_ROUTE},
	};

	return v6_thing_remove(host, &route, err);
}

int v6_orphans_remove(struct v6_host *host, unsigned int *ret_n, struct v6_error *err)
{
	struct orphans auto_call(free_orphans) orphans = {.host = host};
	int ret = host->looks ? 0 : v6_holders_prune(host, err);

	if (ret == 0)
		ret = remove_unwanted(&orphans, err);
	if (ret == 0)
		*ret_n = (unsigned int)orphans.n;
	return ret;
}
