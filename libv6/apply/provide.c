/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An assigned address, set up on both sides and removed. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <string.h>

#include "apply/provide.h"
#include "base/address.h"
#include "base/cleanup.h"
#include "kernel/ifaddr.h"
#include "kernel/netns.h"
#include "kernel/route.h"
#include "kernel/sysctl.h"
#include "plan/provided.h"

/* Of the container's default route. Docker fails to connect it to a network with IPv6 where there
 * is one of its own metric already, and any that comes later is better than ours
 */
#define LAST_METRIC 65535

/* add_ifaddr(), add_route() - or what that would return, where nothing is to be changed */
static int add_ifaddr(bool looks, struct v6_nl *nl, const struct v6_ifaddr *ifaddr)
{
	int there;

	if (!looks)
		return v6_ifaddr_add(nl, ifaddr);
	there = v6_ifaddr_has(nl, ifaddr);
	return there > 0 ? -EEXIST : there;
}

static int add_route(bool looks, struct v6_nl *nl, const struct v6_route *route)
{
	struct v6_route there;
	int ret;

	if (!looks)
		return v6_route_add(nl, route);
	ret = v6_route_lookup(nl, &route->to.address, 0, &there);
	if (ret == -ENETUNREACH)
		return 0;
	return ret == 0 && there.to.length == route->to.length && there.link == route->link
		       ? -EEXIST
		       : ret;
}

/* struct inside - what to do in the container's namespace, and whether there was anything to do */
struct inside {
	const struct v6_host *host;
	const struct v6_destination *d;
	bool changed;
};

static int add_inside(struct inside *inside, struct v6_nl *nl, struct v6_error *err)
{
	const struct v6_destination *d = inside->d;
	struct v6_ifaddr ifaddr = {{d->address, 128}, .link = d->link, .preferred = true};
	struct v6_route any, route = {
				     .link = d->link,
				     .gateway = v6_provided_gateway(inside->host),
				     .metric = LAST_METRIC,
			     };
	int ret = add_ifaddr(inside->host->looks, nl, &ifaddr);

	if (ret < 0 && ret != -EEXIST)
		return v6_fail(err, ret, "cannot add %s to the container's link %s: %s",
			       V6_TEXT(&d->address), d->link_name, v6_strerror(ret));
	inside->changed |= ret == 0;

	ret = v6_route_lookup(nl, &in6addr_any, 0, &any);
	if (ret == 0 && any.to.length == 0)
		return 0;
	if (ret < 0 && ret != -ENETUNREACH)
		return v6_fail(err, ret, "cannot look up the container's default route: %s",
			       v6_strerror(ret));
	ret = add_route(inside->host->looks, nl, &route);
	if (ret < 0 && ret != -EEXIST)
		return v6_fail(err, ret, "cannot add a default route to the container: %s",
			       v6_strerror(ret));
	inside->changed |= ret == 0;
	return 0;
}

/* turn_off() - one setting of the container's link */
static int turn_off(struct inside *inside, const char *name, struct v6_error *err)
{
	const char *link = inside->d->link_name;
	int on = 0, ret = v6_sysctl_get(link, name, &on);

	if (ret < 0 && ret != -ENOENT)
		return v6_fail(err, ret, "cannot read net.ipv6.conf.%s.%s in the container: %s",
			       V6_SYSCTL(link), name, v6_strerror(ret));
	if (!on)
		return 0;
	ret = inside->host->looks ? 0 : v6_sysctl_set(link, name, 0);
	if (ret < 0)
		return v6_fail(err, ret, "cannot set net.ipv6.conf.%s.%s to 0 in the container: %s",
			       V6_SYSCTL(link), name, v6_strerror(ret));
	inside->changed = true;
	return 0;
}

static int go_inside(void *data, struct v6_error *err)
{
	struct inside *inside = data;
	struct v6_nl auto_call(v6_nl_close) nl = {0};
	int ret = turn_off(inside, "disable_ipv6", err);

	/* on the outer link's bridge clients are its neighbours, and redirected to them it would
	 * answer past the host
	 */
	if (ret == 0)
		ret = turn_off(inside, "accept_redirects", err);
	if (ret == 0)
		ret = v6_nl_open(NETLINK_ROUTE, &nl, err);
	return ret < 0 ? ret : add_inside(inside, &nl, err);
}

static int up_inside(struct v6_host *host, const struct v6_record *record, bool *changed,
		     struct v6_error *err)
{
	struct inside inside = {host, &record->destination, false};
	auto_fd int netns = -1;
	int ret = v6_record_netns(record, &netns, err);

	if (ret < 0)
		return ret;
	ret = v6_netns_call(netns, go_inside, &inside, err);
	*changed |= inside.changed;
	return ret;
}

static void host_side(const struct v6_host *host, const struct v6_destination *d,
		      struct v6_ifaddr *ret_ifaddr, struct v6_route *ret_route)
{
	*ret_ifaddr = (struct v6_ifaddr){
		{v6_provided_gateway(host), 64}, .link = d->via, .preferred = true};
	*ret_route = (struct v6_route){.to = {d->address, 128}, .link = d->via};
}

static int up_host(struct v6_host *host, const struct v6_destination *d, bool *changed,
		   struct v6_error *err)
{
	struct v6_ifaddr ifaddr;
	struct v6_route route;
	int ret;

	host_side(host, d, &ifaddr, &route);
	ret = add_ifaddr(host->looks, &host->route, &ifaddr);
	if (ret == -EACCES)
		return v6_fail(err, ret,
			       "IPv6 is off on link %s; sysctl net.ipv6.conf.%s.disable_ipv6=0",
			       d->via_name, V6_SYSCTL(d->via_name));
	if (ret < 0 && ret != -EEXIST)
		return v6_fail(err, ret, "cannot add %s to %s: %s", V6_TEXT(&ifaddr.prefix.address),
			       d->via_name, v6_strerror(ret));
	*changed |= ret == 0;

	ret = add_route(host->looks, &host->route, &route);
	if (ret < 0 && ret != -EEXIST)
		return v6_fail(err, ret, "cannot add a route to %s by %s: %s", V6_TEXT(&d->address),
			       d->via_name, v6_strerror(ret));
	*changed |= ret == 0;
	return 0;
}

int v6_provide_up(struct v6_host *host, const struct v6_record *record, struct v6_error *err)
{
	bool changed = false;
	int ret;

	if (!record->destination.provided)
		return 0;
	ret = up_host(host, &record->destination, &changed, err);
	if (ret == 0)
		ret = up_inside(host, record, &changed, err);
	if (ret == 0 && changed)
		v6_host_step(host, "%.*s: give it %s, by %s, again", V6_ID_SHORT, record->id,
			     V6_TEXT(&record->destination.address), record->destination.via_name);
	return ret < 0 ? ret : changed;
}

int v6_provide_down(struct v6_host *host, const struct v6_record *record, bool last,
		    bool last_behind, struct v6_error *err)
{
	const struct v6_destination *d = &record->destination;
	struct v6_ifaddr ifaddr;
	struct v6_route route;
	int ret;

	if (!d->provided)
		return 0;
	host_side(host, d, &ifaddr, &route);
	ret = last ? v6_route_remove(&host->route, &route) : 0;
	if (ret < 0 && ret != -ESRCH && ret != -ENODEV)
		return v6_fail(err, ret, "cannot remove the route to %s: %s", V6_TEXT(&d->address),
			       v6_strerror(ret));
	ret = last_behind ? v6_ifaddr_remove(&host->route, &ifaddr) : 0;
	if (ret < 0 && ret != -EADDRNOTAVAIL && ret != -ENODEV)
		return v6_fail(err, ret, "cannot remove %s from %s: %s",
			       V6_TEXT(&ifaddr.prefix.address), d->via_name, v6_strerror(ret));
	return 0;
}
