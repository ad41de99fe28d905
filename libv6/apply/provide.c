/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's side of an assigned address, set up and removed. */
#include <errno.h>

#include "apply/provide.h"
#include "apply/things.h"
#include "base/address.h"
#include "kernel/ifaddr.h"
#include "kernel/route.h"
#include "kernel/sysctl.h"
#include "plan/provided.h"

static struct v6_ifaddr spot_ifaddr(const struct v6_spot *spot)
{
	return (struct v6_ifaddr){spot->prefix, .link = spot->link, .preferred = true};
}

static struct v6_route spot_route(const struct v6_spot *spot)
{
	return (struct v6_route){.to = spot->prefix, .link = spot->link};
}

int v6_gateway_has(struct v6_host *host, const struct v6_thing *thing)
{
	struct v6_ifaddr ifaddr = spot_ifaddr(&thing->spot);

	return v6_ifaddr_has(&host->route, &ifaddr);
}

int v6_gateway_add(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err)
{
	struct v6_ifaddr ifaddr = spot_ifaddr(&thing->spot);
	const char *via = thing->record->destination.via_name;
	int ret = v6_ifaddr_add(&host->route, &ifaddr);

	if (ret == -EACCES && v6_ipv6_check_inner(via, err) < 0)
		return -EAFNOSUPPORT;
	if (ret < 0 && ret != -EEXIST)
		return v6_fail(err, ret, "cannot add %s to %s: %s", V6_TEXT(&ifaddr.prefix.address),
			       via, v6_strerror(ret));
	return ret == 0;
}

int v6_gateway_remove(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err)
{
	struct v6_ifaddr ifaddr = spot_ifaddr(&thing->spot);
	int ret = v6_ifaddr_remove(&host->route, &ifaddr);

	if (ret < 0 && ret != -EADDRNOTAVAIL && ret != -ENODEV)
		return v6_fail(err, ret, "cannot remove %s from the bridge of containers: %s",
			       V6_TEXT(&ifaddr.prefix.address), v6_strerror(ret));
	return 0;
}

int v6_way_has(struct v6_host *host, const struct v6_thing *thing)
{
	const struct v6_spot *spot = &thing->spot;
	struct v6_route there;
	int ret = v6_route_lookup(&host->route, &spot->prefix.address, 0, &there);

	if (ret == -ENETUNREACH)
		return 0;
	return ret < 0 ? ret : there.to.length == spot->prefix.length && there.link == spot->link;
}

int v6_way_add(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err)
{
	struct v6_route route = spot_route(&thing->spot);
	int ret = v6_route_add(&host->route, &route);

	if (ret < 0 && ret != -EEXIST)
		return v6_fail(err, ret, "cannot add a route to %s by %s: %s",
			       V6_TEXT(&route.to.address), thing->record->destination.via_name,
			       v6_strerror(ret));
	return ret == 0;
}

int v6_way_remove(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err)
{
	struct v6_route route = spot_route(&thing->spot);
	int ret = v6_route_remove(&host->route, &route);

	if (ret < 0 && ret != -ESRCH && ret != -ENODEV)
		return v6_fail(err, ret, "cannot remove the route to %s: %s",
			       V6_TEXT(&route.to.address), v6_strerror(ret));
	return 0;
}
