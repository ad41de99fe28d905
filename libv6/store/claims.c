/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The claims of a record, counted. */
#include "store/claims.h"

size_t v6_claims_per_map(const struct v6_port_map *map)
{
	return v6_map_is_wide(map) ? 1 : map->count;
}

size_t v6_claims_per_address(const struct v6_record *record)
{
	size_t i, n = 0;

	for (i = 0; i < record->n_maps; i++)
		n += v6_claims_per_map(&record->maps[i]);
	return n;
}

size_t v6_claims_count(const struct v6_record *record)
{
	return v6_claims_per_address(record) * record->n_services;
}

size_t v6_claims_of_map(const struct v6_record *record, size_t service, size_t map,
			size_t *ret_first)
{
	size_t i;

	*ret_first = service * v6_claims_per_address(record);
	for (i = 0; i < map; i++)
		*ret_first += v6_claims_per_map(&record->maps[i]);
	return v6_claims_per_map(&record->maps[map]);
}

uint16_t v6_record_target_port(const struct v6_record *record, const struct v6_port_map *map)
{
	uint16_t first = record->destination.relay_port;

	return first ? (uint16_t)(first + (map - record->maps)) : map->target_port;
}

bool v6_claims_are_wide(const struct v6_record *record)
{
	size_t i;

	for (i = 0; i < record->n_maps; i++)
		if (v6_map_is_wide(&record->maps[i]) || record->maps[i].protocol == V6_PROTOCOL_ALL)
			return true;
	return false;
}

bool v6_claims_are_apart(const struct v6_record *record)
{
	return record->share.mode == V6_SHARE_EACH || v6_claims_are_wide(record);
}
