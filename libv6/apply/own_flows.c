/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's own connections, from ports that a container is about to have. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "apply/own_flows.h"
#include "base/address.h"
#include "base/cleanup.h"
#include "kernel/connected.h"
#include "table/flow_add.h"

/* More than are read */
#define OWN_FLOWS_MAX 1024

/* struct own_flows - those found, which are added when the visit has ended */
struct own_flows {
	const struct v6_record *record;
	struct v6_connected *list;
	size_t n;
	bool full; /* there are more */
};

static bool has_own_udp(const struct v6_record *record)
{
	bool udp = false, own = false;
	size_t i;

	for (i = 0; i < record->n_maps; i++)
		udp |= record->maps[i].protocol == IPPROTO_UDP;
	for (i = 0; i < record->n_services; i++)
		own |= !record->services[i].ours;
	return udp && own && v6_destination_has_way(&record->destination);
}

static bool is_claimed(const struct v6_record *record, const struct v6_connected *connected)
{
	const struct v6_port_map *map = record->maps;
	size_t i;

	for (i = 0; i < record->n_services; i++)
		if (!record->services[i].ours &&
		    v6_address_equal(&record->services[i].address, &connected->local))
			break;
	if (i == record->n_services)
		return false;
	for (; map < record->maps + record->n_maps; map++)
		if (map->protocol == IPPROTO_UDP && connected->local_port >= map->service_port &&
		    connected->local_port - map->service_port < map->count)
			return true;
	return false;
}

static int keep_claimed(const struct v6_connected *connected, void *data)
{
	struct own_flows *flows = data;

	if (!is_claimed(flows->record, connected))
		return 0;
	flows->full = flows->n == OWN_FLOWS_MAX;
	if (!flows->full)
		flows->list[flows->n++] = *connected;
	return 0;
}

void v6_own_flows_keep(struct v6_host *host, const struct v6_record *record)
{
	struct own_flows flows = {.record = record};
	auto_free struct v6_connected *list = NULL;
	struct v6_error err = {0};
	int ret, more;
	size_t i;

	if (!has_own_udp(record))
		return;
	flows.list = list = calloc(OWN_FLOWS_MAX, sizeof(*list));
	if (!list)
		return;
	more = v6_connected_some(keep_claimed, &flows, &err);
	ret = more < 0 ? more : 0;
	for (i = 0; i < flows.n && ret == 0; i++)
		ret = v6_flow_add(&host->netfilter, &list[i]);
	if (ret == 0 && (more || flows.full))
		ret = v6_fail(&err, -E2BIG, "there are too many to look at all");
	if (ret < 0)
		v6_host_warn(
			host,
			"connections of this host's own from udp ports of %s may be cut: %s; open them again if they hang",
			record->services[0].name, *err.text ? err.text : v6_strerror(ret));
}
