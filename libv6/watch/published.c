/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of what is in DNS, and of the ways there. */
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/text.h"
#include "watch/published.h"

/* Zones that entries are in: one or two, and those of former configurations */
#define LANES_MAX 32

struct v6_lane *v6_lane_get(struct v6_publishing *pub, const struct v6_dns_place *place)
{
	struct v6_lane *lane = pub->lanes;
	size_t n = 0;

	for (; lane; lane = lane->next, n++)
		if (v6_dns_place_equal(&lane->place, place))
			return lane;
	lane = n < LANES_MAX ? calloc(1, sizeof(*lane)) : NULL;
	if (!lane)
		return NULL;
	lane->place = *place;
	lane->exchange.fd = -1;
	lane->next = pub->lanes;
	pub->lanes = lane;
	return lane;
}

struct v6_published **v6_published_list(struct v6_publishing *pub, const struct in6_addr *address)
{
	uint64_t hash = v6_text_hash((const char *)address, sizeof(*address));

	return &pub->lists[hash % V6_PUBLISHED_LISTS];
}

struct v6_published *v6_published_next(struct v6_publishing *pub, const struct v6_published *p)
{
	struct v6_published **list = pub->lists;

	if (p && p->next)
		return p->next;
	if (p)
		list = v6_published_list(pub, &p->entry.address) + 1;
	while (list < pub->lists + V6_PUBLISHED_LISTS && !*list)
		list++;
	return list < pub->lists + V6_PUBLISHED_LISTS ? *list : NULL;
}

struct v6_published *v6_published_find(struct v6_publishing *pub, const struct v6_lane *lane,
				       const struct v6_dns_entry *entry)
{
	struct v6_published *p = *v6_published_list(pub, &entry->address);

	while (p && (p->lane != lane || !v6_dns_entry_equal(&p->entry, entry)))
		p = p->next;
	return p;
}

struct v6_published *v6_published_other(struct v6_publishing *pub, const struct v6_published *p)
{
	struct v6_published *other = *v6_published_list(pub, &p->entry.address);

	for (; other; other = other->next)
		if (other->entry.reverse != p->entry.reverse &&
		    v6_address_equal(&other->entry.address, &p->entry.address) &&
		    strcmp(other->entry.name, p->entry.name) == 0)
			return other;
	return NULL;
}
