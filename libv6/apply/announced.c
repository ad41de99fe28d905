/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Service addresses that routing daemons are told of. */
#include <errno.h>

#include "apply/announced.h"
#include "apply/things.h"
#include "base/address.h"
#include "kernel/route.h"
#include "store/holders.h"
#include "store/record.h"

static bool wants_announced(const struct v6_record *record, const void *data)
{
	const struct v6_spot *spot = data;
	const struct v6_service *service = v6_record_service(record, &spot->prefix.address);

	return service && service->announce == spot->table && v6_record_announces(record, service);
}

int v6_announced_by(struct v6_host *host, const struct v6_spot *spot, const char *but)
{
	return v6_holder_wants(host, &spot->prefix.address, but, wants_announced, spot);
}

static struct v6_route announced_route(const struct v6_spot *spot)
{
	return (struct v6_route){.to = spot->prefix, .link = spot->link, .table = spot->table};
}

static int stop_at_spot(const struct v6_route *route, void *data)
{
	const struct v6_spot *spot = data;

	return route->to.length == spot->prefix.length && route->link == spot->link &&
			       route->table == spot->table &&
			       v6_address_equal(&route->to.address, &spot->prefix.address)
		       ? -EEXIST
		       : 0;
}

int v6_announced_has(struct v6_host *host, const struct v6_thing *thing)
{
	struct v6_spot spot = thing->spot;
	int ret = v6_route_each_ours(&host->route, stop_at_spot, &spot);

	return ret == -EEXIST ? 1 : ret;
}

int v6_announced_add(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err)
{
	struct v6_route route = announced_route(&thing->spot);
	int ret = v6_route_add(&host->route, &route);

	if (ret < 0 && ret != -EEXIST)
		return v6_fail(err, ret, "cannot add a route to %s to table %u: %s",
			       V6_TEXT(&route.to.address), route.table, v6_strerror(ret));
	return ret == 0;
}

int v6_announced_remove(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err)
{
	struct v6_route route = announced_route(&thing->spot);
	int ret = v6_announced_by(host, &thing->spot, thing->record ? thing->record->id : NULL);

	if (ret > 0)
		return 0;
	if (ret == 0)
		ret = v6_route_remove(&host->route, &route);
	if (ret < 0 && ret != -ESRCH)
		return v6_fail(err, ret, "cannot remove the route to %s from table %u: %s",
			       V6_TEXT(&route.to.address), route.table, v6_strerror(ret));
	return 0;
}
