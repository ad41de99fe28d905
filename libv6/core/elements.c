/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/address.h"
#include "core/elements.h"

static size_t count_ports(const struct v6_record *record)
{
	size_t i, n = 0;

	for (i = 0; i < record->n_maps; i++)
		n += record->maps[i].count;
	return n;
}

size_t v6_claims_count(const struct v6_record *record)
{
	return count_ports(record) * record->n_services;
}

struct v6_nat_op v6_claim_element(const struct v6_record *record, size_t i)
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

struct v6_nat_op v6_guard_element(const struct in6_addr *address)
{
	return (struct v6_nat_op){.set = V6_NAT_ADDRESSES, .claim.address = *address};
}

struct v6_nat_op v6_local_element(const struct v6_nat_op *claim)
{
	return (struct v6_nat_op){.set = V6_NAT_LOCAL, .claim = claim->claim};
}

bool v6_leads_to_itself(const struct v6_nat_op *claim)
{
	return claim->claim.port == claim->target.port &&
	       v6_address_equal(&claim->claim.address, &claim->target.address);
}

struct v6_nat_op v6_hairpin_element(const struct v6_prefix *subnet)
{
	return (struct v6_nat_op){.set = V6_NAT_HAIRPIN, .prefix = *subnet};
}

bool v6_same_target(const struct v6_target *a, const struct v6_target *b)
{
	return a->port == b->port && v6_address_equal(&a->address, &b->address);
}

bool v6_claims_want(const struct v6_record *record, const struct v6_nat_op *element)
{
	struct v6_nat_op op;
	size_t i;

	for (i = 0; i < v6_claims_count(record); i++) {
		op = v6_claim_element(record, i);
		if (op.claim.port == element->claim.port &&
		    op.claim.protocol == element->claim.protocol &&
		    v6_address_equal(&op.claim.address, &element->claim.address))
			return v6_same_target(&op.target, &element->target);
	}
	return false;
}
