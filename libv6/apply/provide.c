/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An assigned address, set up on both sides and removed. */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/netlink.h>

#include "apply/provide.h"
#include "apply/things.h"
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

/* struct inside - what is to be in the container's namespace, and whether something was missing */
struct inside {
	const struct v6_host *host;
	const struct v6_thing *thing;
	bool looks; /* add nothing */
	bool missing;
};

/* has_inside_address() - as adding it would say */
static int has_inside_address(struct v6_nl *nl, const struct v6_ifaddr *ifaddr)
{
	int there = v6_ifaddr_has(nl, ifaddr);

	return there > 0 ? -EEXIST : there;
}

/* ensure_inside_address() - the assigned address itself */
static int ensure_inside_address(struct inside *inside, struct v6_nl *nl, struct v6_error *err)
{
	struct v6_ifaddr ifaddr = spot_ifaddr(&inside->thing->spot);
	int ret = inside->looks ? has_inside_address(nl, &ifaddr) : v6_ifaddr_add(nl, &ifaddr);

	if (ret < 0 && ret != -EEXIST)
		return v6_fail(err, ret, "cannot add %s to the container's link %s: %s",
			       V6_TEXT(&ifaddr.prefix.address),
			       inside->thing->record->destination.link_name, v6_strerror(ret));
	inside->missing |= ret == 0;
	return 0;
}

/* ensure_default_route() - a default route, where the container has none */
static int ensure_default_route(struct inside *inside, struct v6_nl *nl, struct v6_error *err)
{
	struct v6_route any, route = {
				     .link = inside->thing->spot.link,
				     .gateway = v6_provided_gateway(inside->host),
				     .metric = LAST_METRIC,
			     };
	int ret = v6_route_default(nl, 0, &any);

	if (ret == 0)
		return 0;
	if (ret != -ENETUNREACH)
		return v6_fail(err, ret, "cannot look up the container's default route: %s",
			       v6_strerror(ret));
	ret = inside->looks ? 0 : v6_route_add(nl, &route);
	if (ret < 0 && ret != -EEXIST)
		return v6_fail(err, ret, "cannot add a default route to the container: %s",
			       v6_strerror(ret));
	inside->missing |= ret == 0;
	return 0;
}

static int get_setting_inside(const struct inside *inside, const char *name, int *ret_value,
			      struct v6_error *err)
{
	const char *link = inside->thing->record->destination.link_name;
	int ret = v6_sysctl_get(link, name, ret_value);

	if (ret < 0 && ret != -ENOENT)
		return v6_fail(err, ret, "cannot read net.ipv6.conf.%s.%s in the container: %s",
			       V6_SYSCTL(link), name, v6_strerror(ret));
	return 0;
}

/* ensure_setting() - one of the container's interface; one that its kernel lacks is right */
static int ensure_setting(struct inside *inside, const char *name, int value, struct v6_error *err)
{
	const char *link = inside->thing->record->destination.link_name;
	int now = value, ret = get_setting_inside(inside, name, &now, err);

	if (ret < 0 || now == value)
		return ret;
	ret = inside->looks ? 0 : v6_sysctl_set(link, name, value);
	if (ret < 0)
		return v6_fail(err, ret,
			       "cannot set net.ipv6.conf.%s.%s to %d in the container: %s",
			       V6_SYSCTL(link), name, value, v6_strerror(ret));
	inside->missing = true;
	return 0;
}

/* ensure_ipv6() - where it is off, neighbours on the bridge can't be reached by it, nor tell the
 * container of routers, and neither is to come of what we turn on
 */
static int ensure_ipv6(struct inside *inside, struct v6_error *err)
{
	int off = 0, ret = get_setting_inside(inside, "disable_ipv6", &off, err);

	if (ret < 0 || !off)
		return ret;
	ret = ensure_setting(inside, "addr_gen_mode", IN6_ADDR_GEN_MODE_NONE, err);
	if (ret == 0)
		ret = ensure_setting(inside, "accept_ra", 0, err);
	return ret < 0 ? ret : ensure_setting(inside, "disable_ipv6", 0, err);
}

/* ensure_no_multicast() - nor does it reach all neighbours at once, where we turned IPv6 on; the
 * kernel asks for its gateway without a route
 */
static int ensure_no_multicast(struct inside *inside, struct v6_nl *nl, struct v6_error *err)
{
	int link = inside->thing->spot.link, mode = IN6_ADDR_GEN_MODE_EUI64;
	int there, ret = get_setting_inside(inside, "addr_gen_mode", &mode, err);

	if (ret < 0 || mode != IN6_ADDR_GEN_MODE_NONE)
		return ret;
	there = inside->looks ? v6_route_has_multicast(nl, link)
			      : v6_route_drop_multicast(nl, link);
	if (there < 0)
		return v6_fail(err, there, "cannot remove the container's route to ff00::/8: %s",
			       v6_strerror(there));
	inside->missing |= there > 0;
	return 0;
}

static int ensure_inside(void *data, struct v6_error *err)
{
	struct inside *inside = data;
	struct v6_nl auto_call(v6_nl_close) nl = {0};
	int ret = ensure_ipv6(inside, err);

	/* on the outer link's bridge clients are its neighbours, and redirected to them it would
	 * answer past the host
	 */
	if (ret == 0)
		ret = ensure_setting(inside, "accept_redirects", 0, err);
	if (ret == 0)
		ret = v6_nl_open(NETLINK_ROUTE, &nl, err);
	if (ret == 0)
		ret = ensure_inside_address(inside, &nl, err);
	if (ret == 0)
		ret = ensure_default_route(inside, &nl, err);
	return ret < 0 ? ret : ensure_no_multicast(inside, &nl, err);
}

/* go_inside() - Return: 1 (something was missing), 0 or a negative errno */
static int go_inside(struct v6_host *host, const struct v6_thing *thing, bool looks,
		     struct v6_error *err)
{
	struct inside inside = {host, thing, looks, false};
	auto_fd int netns = -1;
	int ret = v6_record_netns(thing->record, &netns, err);

	if (ret == 0)
		ret = v6_netns_call(netns, ensure_inside, &inside, err);
	return ret < 0 ? ret : inside.missing;
}

int v6_inside_has(struct v6_host *host, const struct v6_thing *thing)
{
	int missing = go_inside(host, thing, true, NULL);

	return missing < 0 ? missing : !missing;
}

int v6_inside_add(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err)
{
	return go_inside(host, thing, false, err);
}

int v6_inside_remove(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err)
{
	(void)host;
	(void)thing;
	(void)err;
	return 0;
}
