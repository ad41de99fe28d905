/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Warn of other machines that claim to have the address of a service.
 *
 * The kernel does not report them, as service addresses are without its duplicate detection, and it
 * goes on answering. So does the other machine: clients reach either. v6d only warns: it cannot
 * know whose the address is.
 */
#include <string.h>

#include "base/address.h"
#include "kernel/link.h"
#include "kernel/neigh.h"
#include "store/holders.h"
#include "store/record.h"
#include "watch/duplicates.h"
#include "watch/watching.h"

/* struct hearing - a visit to what has come */
struct hearing {
	struct v6_watch *watch;
	int64_t now;
};

/* find_service() - whether one of ours is on this link with this address */
static bool find_service(struct v6_watch *watch, const struct v6_neighbour *neighbour,
			 struct v6_service *ret_service)
{
	struct v6_resource resource = v6_resource_address(&neighbour->address);
	const struct v6_service *service;
	struct v6_record record;
	char id[V6_ID_MAX + 1];

	if (v6_holder_find(watch->host, &resource, id) < 0 ||
	    v6_record_load(watch->host, id, &record, NULL) < 0)
		return false;
	service = v6_record_service(&record, &neighbour->address);
	if (!service || service->link != neighbour->link)
		return false;
	*ret_service = *service;
	return true;
}

/* is_own_answer() - our own words may come back from a switch or a bridge */
static bool is_own_answer(struct v6_watch *watch, const struct v6_neighbour *neighbour)
{
	struct v6_link link;

	return v6_link_get(&watch->host->route, neighbour->link, NULL, &link) < 0 ||
	       memcmp(link.mac, neighbour->mac, sizeof(neighbour->mac)) == 0;
}

/* is_news() - where it is, it is so no more; who sends any number of addresses gets few lines */
static bool is_news(struct v6_watch *watch, const struct in6_addr *address, int64_t now)
{
	struct duplicate *slot, *unused = NULL;

	for (slot = watch->duplicates; slot < watch->duplicates + DUPLICATES_MAX; slot++) {
		if (slot->until <= now)
			unused = slot;
		else if (v6_address_equal(&slot->address, address))
			return false;
	}
	if (!unused)
		return false;
	*unused = (struct duplicate){*address, now + DUPLICATES_WINDOW_MS};
	return true;
}

static void note_neighbour(const struct v6_neighbour *neighbour, void *data)
{
	const struct hearing *hearing = data;
	struct v6_watch *watch = hearing->watch;
	const uint8_t *mac = neighbour->mac;
	struct v6_service service;

	if (!find_service(watch, neighbour, &service) || is_own_answer(watch, neighbour) ||
	    !is_news(watch, &neighbour->address, hearing->now))
		return;
	v6_host_warn(
		watch->host,
		"%s: %s is in use by another machine on %s, too (%02x:%02x:%02x:%02x:%02x:%02x): clients reach either; remove it there, or stop the container here",
		service.name, V6_TEXT(&neighbour->address), service.link_name, mac[0], mac[1],
		mac[2], mac[3], mac[4], mac[5]);
}

void v6_watch_duplicates(struct v6_watch *watch, int64_t now)
{
	struct hearing hearing = {watch, now};

	v6_neigh_each(watch->neighbours, note_neighbour, &hearing);
}
