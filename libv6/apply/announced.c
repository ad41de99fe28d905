/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Service addresses that routing daemons are told of. */
#include <errno.h>
#include <string.h>

#include "apply/announced.h"
#include "apply/things.h"
#include "base/address.h"
#include "kernel/route.h"
#include "store/holders.h"
#include "store/record.h"

/* struct announcers - a search for a record that wants an address announced */
struct announcers {
	struct v6_host *host;
	const struct v6_spot *spot;
	const char *but;
};

static int look_at_announcer(const char *id, void *data)
{
	const struct announcers *a = data;
	const struct v6_service *service;
	struct v6_record record;
	int ret;

	if (a->but && strcmp(id, a->but) == 0)
		return 0;
	ret = v6_record_load(a->host, id, &record, NULL);
	/* a record of a later version may want anything */
	if (ret < 0)
		return v6_record_is_none(ret) ? 0 : ret == -EPROTO ? -EEXIST : ret;
	service = v6_record_service(&record, &a->spot->prefix.address);
	return service && service->announce == a->spot->table &&
			       v6_record_announces(&record, service)
		       ? -EEXIST
		       : 0;
}

int v6_announced_by(struct v6_host *host, const struct v6_spot *spot, const char *but)
{
	struct v6_resource resource = v6_resource_address(&spot->prefix.address);
	struct announcers announcers = {host, spot, but};
	int ret = v6_holders_each(host, &resource, look_at_announcer, &announcers);

	if (ret == -EEXIST)
		return 1;
	return ret == -ENOENT ? 0 : ret;
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

int v6_announced_withdraw(struct v6_host *host, const struct v6_record *former,
			  const struct v6_record *record, struct v6_error *err)
{
	struct v6_thing thing = {.kind = V6_THING_ANNOUNCED, .record = record};
	const struct v6_service *service = former->services;
	int ret = 0;

	for (; service < former->services + former->n_services && ret == 0; service++) {
		thing.spot = (struct v6_spot){
			{service->address, 128}, .link = V6_LOOPBACK, .table = service->announce};
		if (v6_record_announces(former, service) &&
		    !v6_record_announces(record, &record->services[service - former->services]))
			ret = v6_announced_remove(host, &thing, err);
	}
	return ret;
}
