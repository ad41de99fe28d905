/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of a record's things. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "apply/elements.h"
#include "apply/things.h"
#include "base/address.h"
#include "base/cleanup.h"
#include "kernel/route.h"
#include "plan/provided.h"
#include "store/claims.h"
#include "store/clients.h"
#include "store/holders.h"
#include "store/record.h"

void v6_things_release(struct v6_things *things)
{
	free(things->list);
	*things = (struct v6_things){.n = 0};
}

bool v6_thing_is_element(const struct v6_thing *thing)
{
	return (thing->kind >= V6_THING_GUARD && thing->kind <= V6_THING_HAIRPIN) ||
	       (thing->kind >= V6_THING_FROM && thing->kind <= V6_THING_CLAIM);
}

/* count_at_most() - room for a list: nine for each address, one of each kind for the container,
 * two for each of its ports
 */
static size_t count_at_most(const struct v6_record *record)
{
	const struct v6_port_map *map, *end = record->maps + record->n_maps;
	size_t n_ports = 0;

	for (map = record->maps; map < end; map++)
		n_ports += v6_is_answering(record, map->protocol) ? map->count : 0;
	return 9 * (record->n_services + record->n_leaving) + V6_THING_KINDS + 2 * V6_SIBLINGS_MAX +
	       2 * n_ports + 3 * v6_claims_count(record) + v6_clients_count(record);
}

static struct v6_thing *list_new(struct v6_things *things, enum v6_thing_kind kind,
				 const struct v6_record *record)
{
	struct v6_thing *thing = &things->list[things->n++];

	thing->kind = kind;
	thing->record = record;
	return thing;
}

static void list_holder(struct v6_things *things, const struct v6_record *record,
			struct v6_resource resource)
{
	list_new(things, V6_THING_HOLDER, record)->resource = resource;
}

/* is_listed_before() - whether an earlier mapping leads to a UDP port, too */
static bool is_listed_before(const struct v6_record *record, const struct v6_port_map *map,
			     uint16_t port)
{
	const struct v6_port_map *earlier = record->maps;

	for (; earlier < map; earlier++)
		if (earlier->protocol == IPPROTO_UDP && port >= earlier->target_port &&
		    port - earlier->target_port < earlier->count)
			return true;
	return false;
}

/* list_ports() - as holders, or as elements: the host's own, where the kernel chooses what source
 * answers have
 */
static void list_ports(struct v6_things *things, const struct v6_record *record, bool holders)
{
	const struct v6_port_map *map, *end = record->maps + record->n_maps;
	uint16_t i, port;

	for (map = record->maps; map < end; map++)
		for (i = 0; v6_is_answering(record, map->protocol) && i < map->count; i++) {
			port = (uint16_t)(map->target_port + i);
			if (is_listed_before(record, map, port))
				continue;
			if (holders)
				list_holder(things, record, v6_resource_port(port));
			else
				list_new(things, V6_THING_ASKED, record)->op =
					v6_port_element(port);
		}
}

/* list_siblings() - as holders, or as elements */
static void list_siblings(struct v6_things *things, const struct v6_record *record, bool holders)
{
	const struct v6_destination *d = &record->destination;
	const struct v6_sibling *s, *end = d->siblings + d->n_siblings;

	if (d->n_siblings && !holders)
		list_new(things, V6_THING_SEVERAL, record)->op = v6_several_element(d);
	for (s = d->siblings; s < end; s++) {
		if (holders)
			list_holder(things, record, v6_resource_sender(s->via_name, s->mac));
		else
			list_new(things, V6_THING_SIBLING, record)->op = v6_sibling_element(d, s);
	}
}

/* next_answered() - the next service of a record, those that left it included, whose answers leave
 * by a table of their own. Return: it, or NULL
 */
static const struct v6_service *next_answered(const struct v6_record *record, size_t *i)
{
	const struct v6_service *service;
	size_t n = record->n_services + record->n_leaving;

	while (v6_destination_has_way(&record->destination) && *i < n) {
		service = *i < record->n_services
				  ? &record->services[*i]
				  : &record->leaving[*i - record->n_services].service;
		++*i;
		if (service->table)
			return service;
	}
	return NULL;
}

static void list_routing_holders(struct v6_things *things, const struct v6_record *record)
{
	const struct v6_service *service;
	size_t i = 0;

	while ((service = next_answered(record, &i))) {
		list_holder(things, record, v6_resource_answer(&service->address));
		list_holder(things, record, v6_resource_outbound(service->table));
	}
	if (record->destination.ruled)
		list_holder(things, record, v6_resource_inbound(&record->destination.subnet));
}

/* list_egress() - as a holder, or as elements */
static void list_egress(struct v6_things *things, const struct v6_record *record, bool holder)
{
	const struct v6_service *service = v6_egress_service(record);
	const struct v6_destination *d = &record->destination;

	if (!service)
		return;
	if (holder) {
		list_holder(things, record, v6_resource_egress(service->link_name, &d->address));
		if (service->table)
			list_holder(things, record, v6_resource_departure(&d->address));
		return;
	}
	list_new(things, V6_THING_EGRESS, record)->op =
		v6_egress_element(V6_NAT_EGRESS, d, service);
	list_new(things, V6_THING_OUTGOING, record)->op =
		v6_egress_element(V6_NAT_OUTGOING, d, service);
	if (service->table)
		list_new(things, V6_THING_DEPARTURE, record)->op = v6_departure_element(d, service);
}

/* list_holders() - service addresses first: by them the next start there finds what a killed one
 * left
 */
static void list_holders(struct v6_things *things, const struct v6_record *record)
{
	const struct v6_destination *d = &record->destination;
	size_t i;

	for (i = 0; i < record->n_services; i++)
		list_holder(things, record, v6_resource_address(&record->services[i].address));
	for (i = 0; i < record->n_leaving; i++)
		list_holder(things, record,
			    v6_resource_address(&record->leaving[i].service.address));
	for (i = 0; i < record->n_services && v6_claims_are_apart(record); i++)
		list_holder(things, record, v6_resource_wide(&record->services[i].address));
	if (v6_destination_has_way(d))
		list_holder(things, record, v6_resource_subnet(&d->subnet));
	if (v6_destination_has_way(d))
		list_holder(things, record, v6_resource_address(&d->address));
	if (d->provided && v6_destination_has_mac(d))
		list_holder(things, record, v6_resource_sender(d->via_name, d->mac));
	list_ports(things, record, true);
	list_siblings(things, record, true);
	list_routing_holders(things, record);
	list_egress(things, record, true);
	if (record->uid != 0)
		list_holder(things, record, v6_resource_user(record->uid));
}

static void list_guards(struct v6_things *things, const struct v6_record *record)
{
	size_t i;

	for (i = 0; i < record->n_services; i++)
		if (record->services[i].ours)
			list_new(things, V6_THING_GUARD, record)->op =
				v6_guard_element(&record->services[i].address);
	for (i = 0; i < record->n_leaving; i++)
		list_new(things, V6_THING_GUARD, record)->op =
			v6_guard_element(&record->leaving[i].service.address);
}

static void list_pin(struct v6_things *things, const struct v6_record *record)
{
	const struct v6_destination *d = &record->destination;
	struct v6_thing *thing = list_new(things, V6_THING_PIN, record);

	thing->spot = (struct v6_spot){{d->address, 128}, .link = d->via};
	memcpy(thing->spot.mac, d->mac, sizeof(d->mac));
}

/* list_sender() - only from the assigned address does such a container send */
static void list_sender(struct v6_things *things, const struct v6_record *record)
{
	const struct v6_destination *d = &record->destination;

	list_new(things, V6_THING_SENDER, record)->op = v6_sender_element(d);
	list_new(things, V6_THING_SOURCE, record)->op = v6_source_element(d);
}

static void list_answers(struct v6_things *things, const struct v6_record *record)
{
	const struct v6_service *service;
	size_t i = 0;

	while ((service = next_answered(record, &i)))
		list_new(things, V6_THING_ANSWER, record)->op = v6_answer_element(service);
}

/* list_routing_rules() - after the container's own route, to which they lead */
static void list_routing_rules(struct v6_things *things, const struct v6_record *record)
{
	const struct v6_service *service;
	size_t i = 0;

	if (record->destination.ruled)
		list_new(things, V6_THING_INBOUND, record)->spot =
			(struct v6_spot){.prefix = record->destination.subnet};
	while ((service = next_answered(record, &i)))
		list_new(things, V6_THING_OUTBOUND, record)->spot =
			(struct v6_spot){.table = service->table};
}

/* list_assigned() - what a container without an address is given, on both sides */
static void list_assigned(const struct v6_host *host, struct v6_things *things,
			  const struct v6_record *record)
{
	const struct v6_destination *d = &record->destination;
	struct v6_prefix self = {d->address, 128};

	list_new(things, V6_THING_GATEWAY, record)->spot =
		(struct v6_spot){{v6_provided_gateway(host), 64}, .link = d->via};
	list_new(things, V6_THING_WAY, record)->spot = (struct v6_spot){self, .link = d->via};
	list_new(things, V6_THING_INSIDE, record)->spot = (struct v6_spot){self, .link = d->link};
}

/* list_destination() - the way to the container */
static void list_destination(const struct v6_host *host, struct v6_things *things,
			     const struct v6_record *record)
{
	const struct v6_destination *d = &record->destination;

	if (d->provided)
		list_new(things, V6_THING_PREFIX, record)->op = v6_provided_element(d);
	if (d->provided && v6_destination_has_mac(d))
		list_sender(things, record);
	list_ports(things, record, false);
	list_siblings(things, record, false);
	list_answers(things, record);
	list_egress(things, record, false);
	if (v6_destination_has_way(d))
		list_new(things, V6_THING_HAIRPIN, record)->op = v6_hairpin_element(&d->subnet);
	if (d->provided)
		list_assigned(host, things, record);
	if (v6_destination_has_mac(d))
		list_pin(things, record);
	if (d->hairpin)
		list_new(things, V6_THING_PORT, record)->spot =
			(struct v6_spot){{d->address, 128}, .link = d->port};
	list_routing_rules(things, record);
}

static void list_address(struct v6_things *things, const struct v6_record *record,
			 const struct v6_service *service, bool leaving)
{
	struct v6_thing *thing = list_new(things, V6_THING_ADDRESS, record);

	thing->service = service;
	thing->leaving = leaving;
	thing->spot = (struct v6_spot){
		{service->address, 128}, .link = service->link, .attach = service->attach};
}

static void list_addresses(struct v6_things *things, const struct v6_record *record)
{
	size_t i;

	for (i = 0; i < record->n_services; i++)
		list_address(things, record, &record->services[i], false);
	for (i = 0; i < record->n_leaving; i++)
		list_address(things, record, &record->leaving[i].service, true);
}

/* list_clients() - who may reach the ports of a mapping, if not everybody */
static void list_clients(struct v6_things *things, const struct v6_record *record, size_t service,
			 size_t map)
{
	size_t i;

	for (i = 0; i < record->n_from; i++)
		list_new(things, V6_THING_FROM, record)->op =
			v6_client_element(record, service, map, i);
}

static void list_claim(struct v6_things *things, const struct v6_record *record, size_t i)
{
	struct v6_nat_op claim = v6_claim_element(record, i), beside;

	if (record->n_from > 0)
		list_new(things, V6_THING_LIMITED, record)->op = v6_limited_element(&claim);
	if (v6_companion_element(&claim, &beside))
		list_new(things, V6_THING_BESIDE, record)->op = beside;
	list_new(things, V6_THING_CLAIM, record)->op = claim;
}

static void list_claims(struct v6_things *things, const struct v6_record *record)
{
	size_t service, map, i, first, n;

	for (service = 0; service < record->n_services; service++)
		for (map = 0; map < record->n_maps; map++) {
			list_clients(things, record, service, map);
			n = v6_claims_of_map(record, service, map, &first);
			for (i = first; i < first + n; i++)
				list_claim(things, record, i);
		}
}

/* list_announced() - the addresses that are ready for clients */
static void list_announced(struct v6_things *things, const struct v6_record *record)
{
	const struct v6_service *service = record->services;

	for (; service < record->services + record->n_services; service++)
		if (v6_record_announces(record, service))
			list_new(things, V6_THING_ANNOUNCED, record)->spot =
				(struct v6_spot){{service->address, 128},
						 .link = V6_LOOPBACK,
						 .table = service->announce};
}

/* list_names() - those that others are told */
static void list_names(struct v6_things *things, const struct v6_record *record)
{
	size_t i;

	for (i = 0; i < record->n_services; i++)
		if (record->services[i].published)
			list_new(things, V6_THING_NAME, record)->entry = (struct v6_hosts_entry){
				record->services[i].address, record->services[i].name};
}

int v6_things_of(const struct v6_host *host, const struct v6_record *record,
		 struct v6_things *ret_things, struct v6_error *err)
{
	struct v6_things things = {calloc(count_at_most(record), sizeof(*things.list)), 0};

	if (!things.list)
		return v6_fail(err, -ENOMEM, "%s", v6_strerror(ENOMEM));
	list_holders(&things, record);
	list_guards(&things, record);
	list_destination(host, &things, record);
	list_addresses(&things, record);
	list_claims(&things, record);
	list_announced(&things, record);
	list_names(&things, record);
	*ret_things = things;
	return 0;
}

bool v6_thing_resource(const struct v6_host *host, const struct v6_thing *thing,
		       struct v6_resource *ret_resource)
{
	struct v6_prefix subnet;

	switch (thing->kind) {
	case V6_THING_HOLDER:
		*ret_resource = thing->resource;
		return true;
	case V6_THING_SENDER:
	case V6_THING_SIBLING:
		*ret_resource = v6_resource_sender(thing->op.link, thing->op.mac);
		return true;
	case V6_THING_GUARD:
	case V6_THING_SOURCE:
	case V6_THING_SEVERAL:
		*ret_resource = v6_resource_address(&thing->op.claim.address);
		return true;
	case V6_THING_ASKED:
		*ret_resource = v6_resource_port(thing->op.claim.port);
		return true;
	case V6_THING_EGRESS:
	case V6_THING_OUTGOING:
		*ret_resource = v6_resource_egress(thing->op.link, &thing->op.claim.address);
		return true;
	case V6_THING_DEPARTURE:
		*ret_resource = v6_resource_departure(&thing->op.claim.address);
		return true;
	case V6_THING_HAIRPIN:
		*ret_resource = v6_resource_subnet(&thing->op.prefix);
		return true;
	case V6_THING_GATEWAY:
		if (thing->record)
			subnet = thing->record->destination.subnet;
		else
			v6_provided_subnet(host, thing->spot.link, &subnet);
		*ret_resource = v6_resource_subnet(&subnet);
		return true;
	case V6_THING_ANSWER:
		*ret_resource = v6_resource_answer(&thing->op.claim.address);
		return true;
	case V6_THING_INBOUND:
		*ret_resource = v6_resource_inbound(&thing->spot.prefix);
		return true;
	case V6_THING_OUTBOUND:
		*ret_resource = v6_resource_outbound(thing->spot.table);
		return true;
	case V6_THING_PIN:
	case V6_THING_PORT:
	case V6_THING_WAY:
	case V6_THING_INSIDE:
	case V6_THING_ADDRESS:
		*ret_resource = v6_resource_address(&thing->spot.prefix.address);
		return true;
	case V6_THING_PREFIX:
	case V6_THING_FROM:
	case V6_THING_LIMITED:
	case V6_THING_BESIDE:
	case V6_THING_CLAIM:
	case V6_THING_ANNOUNCED:
	case V6_THING_NAME:
		break;
	}
	return false;
}

/* is_same_spot() - whose link-layer address is pinned is no part of the key */
static bool is_same_spot(const struct v6_spot *a, const struct v6_spot *b)
{
	return a->link == b->link && a->attach == b->attach && a->table == b->table &&
	       a->prefix.length == b->prefix.length &&
	       v6_address_equal(&a->prefix.address, &b->prefix.address);
}

/* is_same_thing() - by kind and key, of things that are no claims */
static bool is_same_thing(const struct v6_thing *a, const struct v6_thing *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case V6_THING_HOLDER:
		return strcmp(a->resource.name, b->resource.name) == 0;
	case V6_THING_GUARD:
	case V6_THING_SEVERAL:
		return v6_address_equal(&a->op.claim.address, &b->op.claim.address);
	case V6_THING_ASKED:
		return a->op.claim.port == b->op.claim.port;
	case V6_THING_ANSWER:
	case V6_THING_DEPARTURE:
		return a->op.mark == b->op.mark &&
		       v6_address_equal(&a->op.claim.address, &b->op.claim.address);
	case V6_THING_SENDER:
	case V6_THING_SIBLING:
	case V6_THING_SOURCE:
		return strcmp(a->op.link, b->op.link) == 0 &&
		       memcmp(a->op.mac, b->op.mac, sizeof(a->op.mac)) == 0 &&
		       v6_address_equal(&a->op.claim.address, &b->op.claim.address);
	case V6_THING_EGRESS:
	case V6_THING_OUTGOING:
		return strcmp(a->op.link, b->op.link) == 0 &&
		       v6_address_equal(&a->op.claim.address, &b->op.claim.address) &&
		       (a->kind == V6_THING_OUTGOING ||
			v6_address_equal(&a->op.target.address, &b->op.target.address));
	case V6_THING_PREFIX:
	case V6_THING_HAIRPIN:
		return a->op.prefix.length == b->op.prefix.length &&
		       v6_address_equal(&a->op.prefix.address, &b->op.prefix.address);
	case V6_THING_NAME:
		return v6_hosts_is_same(&a->entry, &b->entry);
	default:
		return is_same_spot(&a->spot, &b->spot);
	}
}

/* is_thing_listed() - whether a thing is among those of a record; claims are looked up by their
 * keys, as there may be thousands
 */
static bool is_thing_listed(const struct v6_thing *thing, const struct v6_record *record,
			    const struct v6_things *things)
{
	size_t i;

	if (thing->kind == V6_THING_CLAIM)
		return v6_claims_have(record, &thing->op.claim);
	if (thing->kind == V6_THING_BESIDE)
		return v6_claims_want_beside(record, &thing->op);
	if (thing->kind == V6_THING_FROM || thing->kind == V6_THING_LIMITED)
		return v6_claims_want_limit(record, &thing->op);
	for (i = 0; i < things->n && things->list[i].kind <= thing->kind; i++)
		if (is_same_thing(&things->list[i], thing))
			return true;
	return false;
}

int v6_things_subtract(const struct v6_host *host, struct v6_things *things,
		       const struct v6_record *kept, struct v6_error *err)
{
	struct v6_things auto_call(v6_things_release) others = {.n = 0};
	int ret = v6_things_of(host, kept, &others, err);
	size_t i, n = 0;

	if (ret < 0)
		return ret;
	for (i = 0; i < things->n; i++)
		if (!is_thing_listed(&things->list[i], kept, &others))
			things->list[n++] = things->list[i];
	things->n = n;
	return 0;
}
