/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a container may not ask for together: modes of sharing, ports, ways out, lists of clients.
 */
#include <errno.h>

#include "base/address.h"
#include "store/claims.h"
#include "store/clients.h"
#include "store/record.h"
#include "verbs/feasible.h"

/* wide_text() - the first mapping that is wide */
static struct v6_map_text wide_text(const struct v6_record *record)
{
	const struct v6_port_map *map = record->maps;

	while (map->protocol != V6_PROTOCOL_ALL && !v6_map_is_wide(map))
		map++;
	return v6_map_text(map);
}

/* check_sharable() - what has no element for each port, or is the host's own port, has no other
 * container to go to
 */
static int check_sharable(const struct v6_record *record, struct v6_error *err)
{
	const char *mode = v6_share_mode_name(record->share.mode);

	if (v6_claims_are_wide(record))
		return v6_fail(err, -EOPNOTSUPP,
			       "v6.share=%s: can't share %s; name its ports, %d at most", mode,
			       wide_text(record).s, V6_REQUEST_PORTS_MAX);
	if (record->share.mode == V6_SHARE_EACH && v6_claims_per_address(record) > record->n_maps)
		return v6_fail(err, -EOPNOTSUPP,
			       "v6.share=each: can't share a range of ports; name each of them");
	if (v6_destination_is_local(&record->destination) && record->uid == 0)
		return v6_fail(
			err, -EOPNOTSUPP,
			"v6.share=%s: a container in the host's network has ports that no other one can have; use a bridge",
			mode);
	if (record->share.mode == V6_SHARE_EACH && record->uid != 0)
		return v6_fail(
			err, -EOPNOTSUPP,
			"v6.share=each: not for containers of users other than root; use v6.share=newest");
	return 0;
}

/* refuse_local_egress() - what leaves from there is the host's, or its user's network's, and nobody
 * can tell whose
 */
static int refuse_local_egress(const struct v6_record *record, struct v6_error *err)
{
	if (record->uid != 0)
		return v6_fail(
			err, -EOPNOTSUPP,
			"v6.egress: a rootless container leaves as a program of its user; remove v6.egress, or have root run it");
	return v6_fail(
		err, -EOPNOTSUPP,
		"v6.egress: a container in the host's network leaves as the host; remove v6.egress, or give it a network of its own");
}

int v6_feasible_where(const struct v6_record *record, struct v6_error *err)
{
	bool is_local = v6_destination_is_local(&record->destination);

	if (*record->egress && is_local)
		return refuse_local_egress(record, err);
	if (record->share.mode && check_sharable(record, err) < 0)
		return -EOPNOTSUPP;
	/* the guard would have to let all of the host's own listeners answer there */
	if (is_local && v6_claims_are_wide(record))
		return v6_fail(
			err, -EOPNOTSUPP,
			"v6.ports: a container in the host's network can't have %s; name its ports, %d at most",
			wide_text(record).s, V6_REQUEST_PORTS_MAX);
	return 0;
}

/* check_egress() - one address is what it leaves by, and through this host */
static int check_egress(const struct v6_record *record, struct v6_error *err)
{
	const struct v6_service *service, *egress = v6_record_egress(record);
	const struct v6_destination *d = &record->destination;
	size_t n = 0;

	for (service = record->services; service < record->services + record->n_services; service++)
		n += v6_egress_is(record->egress, service->name, &service->address);
	if (!*record->egress)
		return 0;
	if (!egress)
		return v6_fail(err, -EINVAL,
			       "v6.egress: %s is no service address of this container",
			       record->egress);
	if (n > 1)
		return v6_fail(
			err, -EINVAL,
			"v6.egress: %s has %zu addresses; write the one to leave by, as v6.egress=%s",
			record->egress, n, V6_TEXT(&egress->address));
	if (v6_destination_has_way(d) && egress->link == d->via)
		return v6_fail(
			err, -EOPNOTSUPP,
			"v6.egress: the container is on the service's own interface %s, and does not leave through this host; use a bridge behind this host",
			d->via_name);
	return 0;
}

/* check_limits() - of a whole address, ping comes to the container, too, which no port limits */
static int check_limits(const struct v6_record *record, struct v6_error *err)
{
	if (record->n_from > 0 && record->maps[0].protocol == V6_PROTOCOL_ALL)
		return v6_fail(err, -EINVAL,
			       "v6.from: v6.ports=all is for everybody; name the ports");
	if (v6_clients_count(record) <= V6_CLIENTS_MAX)
		return 0;
	return v6_fail(
		err, -E2BIG,
		"v6.from: %zu prefixes, for %zu items of v6.ports on %zu addresses, are more than %d in all; write wider prefixes, or port ranges",
		record->n_from, record->n_maps, record->n_services, V6_CLIENTS_MAX);
}

int v6_feasible_services(const struct v6_record *record, struct v6_error *err)
{
	int ret = check_egress(record, err);

	return ret < 0 ? ret : check_limits(record, err);
}
