/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The elements of our table that a record asks for. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply/elements.h"
#include "base/address.h"
#include "base/prefixes.h"
#include "kernel/routing_rule.h"
#include "store/claims.h"
#include "store/record.h"

static enum v6_nat_set set_of(const struct v6_record *record, const struct v6_port_map *map)
{
	if (record->share.mode == V6_SHARE_EACH)
		return V6_NAT_SHARED;
	if (map->protocol == V6_PROTOCOL_ALL)
		return V6_NAT_WHOLE;
	return v6_map_is_wide(map) ? V6_NAT_RANGES : V6_NAT_SERVICES;
}

struct v6_nat_op v6_claim_element(const struct v6_record *record, size_t i)
{
	size_t n_ports = v6_claims_per_address(record), port = i % n_ports;
	const struct v6_service *service = &record->services[i / n_ports];
	const struct v6_port_map *map = record->maps;
	bool has_way = v6_destination_has_way(&record->destination);
	struct v6_nat_op op;

	while (port >= v6_claims_per_map(map))
		port -= v6_claims_per_map(map++);
	op = (struct v6_nat_op){
		.set = set_of(record, map),
		.exclusive = true,
		.claim = {service->address, (uint16_t)(map->service_port + port), map->protocol, 0,
			  0},
		.target.address = has_way ? record->destination.address : service->address,
		.name = service->name,
		.owner = record->id,
	};
	/* to port 0 the kernel delivers nothing: TCP is reset there, UDP told of */
	if ((op.set == V6_NAT_SERVICES || op.set == V6_NAT_SHARED) && !record->destination.pending)
		op.target.port = (uint16_t)(v6_record_target_port(record, map) + port);
	if (op.set == V6_NAT_RANGES)
		op.claim.more = (uint16_t)(map->count - 1);
	return op;
}

struct v6_nat_op v6_guard_element(const struct in6_addr *address)
{
	return (struct v6_nat_op){.set = V6_NAT_ADDRESSES, .claim.address = *address};
}

struct v6_nat_op v6_port_element(uint16_t port)
{
	return (struct v6_nat_op){.set = V6_NAT_PORTS, .claim.port = port};
}

struct v6_nat_op v6_several_element(const struct v6_destination *d)
{
	return (struct v6_nat_op){.set = V6_NAT_SEVERAL, .claim.address = d->address};
}

struct v6_nat_op v6_sibling_element(const struct v6_destination *d,
				    const struct v6_sibling *sibling)
{
	struct v6_nat_op op = {
		.set = V6_NAT_SIBLINGS, .claim.address = d->address, .target.address = d->address};

	memcpy(op.mac, sibling->mac, sizeof(op.mac));
	snprintf(op.link, sizeof(op.link), "%s", sibling->via_name);
	return op;
}

bool v6_is_answering(const struct v6_record *record, uint8_t protocol)
{
	return protocol == IPPROTO_UDP && v6_destination_is_local(&record->destination);
}

struct v6_nat_op v6_answer_element(const struct v6_service *service)
{
	return (struct v6_nat_op){
		.set = V6_NAT_ANSWERS,
		.claim.address = service->address,
		.mark = v6_routing_mark(service->table),
	};
}

const struct v6_service *v6_egress_service(const struct v6_record *record)
{
	const struct v6_service *service = v6_record_egress(record);
	const struct v6_destination *d = &record->destination;

	if (!service || !v6_destination_has_way(d) || service->absent || service->link == d->via)
		return NULL;
	return service;
}

struct v6_nat_op v6_egress_element(enum v6_nat_set set, const struct v6_destination *d,
				   const struct v6_service *service)
{
	struct v6_nat_op op = {
		.set = set, .claim.address = d->address, .target.address = service->address};

	snprintf(op.link, sizeof(op.link), "%s", service->link_name);
	return op;
}

struct v6_nat_op v6_departure_element(const struct v6_destination *d,
				      const struct v6_service *service)
{
	return (struct v6_nat_op){
		.set = V6_NAT_DEPARTURES,
		.claim.address = d->address,
		.mark = v6_routing_mark(service->table),
	};
}

struct v6_nat_op v6_limited_element(const struct v6_nat_op *claim)
{
	return (struct v6_nat_op){
		.set = claim->set == V6_NAT_RANGES ? V6_NAT_LIMITED_RANGES : V6_NAT_LIMITED,
		.claim = claim->claim,
	};
}

struct v6_nat_op v6_client_element(const struct v6_record *record, size_t service, size_t map,
				   size_t client)
{
	const struct v6_port_map *m = &record->maps[map];

	return (struct v6_nat_op){
		.set = V6_NAT_FROM,
		.claim = {.address = record->services[service].address,
			  .port = m->service_port,
			  .protocol = m->protocol,
			  .more = (uint16_t)(m->count - 1)},
		.prefix = record->from[client],
	};
}

bool v6_leads_to_itself(const struct v6_nat_op *claim)
{
	return claim->claim.port == claim->target.port &&
	       v6_address_equal(&claim->claim.address, &claim->target.address);
}

bool v6_companion_element(const struct v6_nat_op *claim, struct v6_nat_op *ret_op)
{
	if (claim->set != V6_NAT_SERVICES && claim->set != V6_NAT_SHARED)
		return false;
	*ret_op = (struct v6_nat_op){
		.set = v6_leads_to_itself(claim) ? V6_NAT_LOCAL : V6_NAT_TRAFFIC,
		.claim = claim->claim,
	};
	return true;
}

struct v6_nat_op v6_hairpin_element(const struct v6_prefix *subnet)
{
	return (struct v6_nat_op){.set = V6_NAT_HAIRPIN, .prefix = *subnet};
}

/* v6_provided_element() - a host's prefix is a /48, whichever was configured then */
struct v6_nat_op v6_provided_element(const struct v6_destination *d)
{
	struct v6_prefix prefix = {d->address, 48};

	return (struct v6_nat_op){.set = V6_NAT_PROVIDED, .prefix = v6_prefix_mask(prefix)};
}

struct v6_nat_op v6_source_element(const struct v6_destination *d)
{
	struct v6_nat_op op = {.set = V6_NAT_SOURCES, .claim.address = d->address};

	memcpy(op.mac, d->mac, sizeof(op.mac));
	return op;
}

struct v6_nat_op v6_sender_element(const struct v6_destination *d)
{
	struct v6_nat_op op = v6_source_element(d);

	op.set = V6_NAT_SENDERS;
	snprintf(op.link, sizeof(op.link), "%s", d->via_name);
	return op;
}

bool v6_holder_fits(const struct v6_holder *holder, const struct v6_nat_op *claim)
{
	return v6_claim_equal(&holder->claim, &claim->claim) &&
	       v6_same_target(&holder->target, &claim->target);
}

/* find_claim() - the index of the claim that has a key, or how many there are; a look at each
 * address and mapping, not at each port
 */
static size_t find_claim(const struct v6_record *record, const struct v6_claim *claim)
{
	const struct v6_port_map *map;
	size_t service, i, first, n;

	for (service = 0; service < record->n_services; service++) {
		if (!v6_address_equal(&record->services[service].address, &claim->address))
			continue;
		for (i = 0; i < record->n_maps; i++) {
			map = &record->maps[i];
			n = v6_claims_of_map(record, service, i, &first);
			if (map->protocol == claim->protocol && claim->port >= map->service_port &&
			    claim->port < map->service_port + n)
				return first + claim->port - map->service_port;
		}
	}
	return v6_claims_count(record);
}

bool v6_claims_find(const struct v6_record *record, const struct v6_claim *claim,
		    struct v6_nat_op *ret_op)
{
	size_t i = find_claim(record, claim);
	struct v6_nat_op op;

	if (i == v6_claims_count(record))
		return false;
	op = v6_claim_element(record, i);
	if (!v6_claim_equal(&op.claim, claim))
		return false;
	*ret_op = op;
	return true;
}

bool v6_claims_have(const struct v6_record *record, const struct v6_claim *claim)
{
	struct v6_nat_op op;

	return v6_claims_find(record, claim, &op);
}

/* wants_client() - whether a mapping has just these ports, and the list just this prefix */
static bool wants_client(const struct v6_record *record, const struct v6_nat_op *element)
{
	struct v6_nat_op op;
	size_t map;

	if (!bsearch(&element->prefix, record->from, record->n_from, sizeof(*record->from),
		     v6_prefix_compare))
		return false;
	for (map = 0; map < record->n_maps; map++) {
		op = v6_client_element(record, 0, map, 0);
		op.claim.address = element->claim.address;
		if (v6_claim_equal(&op.claim, &element->claim))
			return true;
	}
	return false;
}

bool v6_claims_want_limit(const struct v6_record *record, const struct v6_nat_op *element)
{
	size_t i = record->n_from > 0 ? find_claim(record, &element->claim)
				      : v6_claims_count(record);
	struct v6_nat_op op, claim;

	if (i == v6_claims_count(record))
		return false;
	if (element->set == V6_NAT_FROM)
		return wants_client(record, element);
	claim = v6_claim_element(record, i);
	op = v6_limited_element(&claim);
	return op.set == element->set && v6_claim_equal(&op.claim, &element->claim);
}

bool v6_claims_want(const struct v6_record *record, const struct v6_nat_op *element)
{
	struct v6_nat_op op;

	return v6_claims_find(record, &element->claim, &op) && op.set == element->set &&
	       v6_same_target(&op.target, &element->target);
}

bool v6_claims_want_beside(const struct v6_record *record, const struct v6_nat_op *element)
{
	size_t i = find_claim(record, &element->claim);
	struct v6_nat_op op, beside;

	if (i == v6_claims_count(record))
		return false;
	op = v6_claim_element(record, i);
	return v6_companion_element(&op, &beside) && beside.set == element->set;
}
