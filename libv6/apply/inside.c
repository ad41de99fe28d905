/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The container's side of an assigned address.
 *
 * A container may end before its network does: a pod goes on, and so does what somebody has made by
 * hand. So it is undone with the last container that has the address. The container's process is
 * gone by then, and its network is found by the file that its engine has named, or by another
 * process in there. A namespace that has got the number of the former one is told from it by its
 * cookie.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <string.h>

#include "apply/inside.h"
#include "apply/settings.h"
#include "base/address.h"
#include "base/cleanup.h"
#include "kernel/ifaddr.h"
#include "kernel/netns.h"
#include "kernel/route.h"
#include "plan/provided.h"
#include "store/changed.h"
#include "store/life.h"

/* Of the container's default route. Docker fails to connect it to a network with IPv6 where there
 * is one of its own metric already, and any that comes later is better than ours
 */
#define LAST_METRIC 65535

/* struct inside - what is to be in the container's namespace, and whether something was missing */
struct inside {
	struct v6_host *host;
	const struct v6_thing *thing;
	struct v6_nl nl; /* in there */
	bool looks;	 /* add nothing */
	bool missing;
};

static void close_inside_socket(struct inside *inside)
{
	v6_nl_close(&inside->nl);
}

static struct v6_ifaddr inside_ifaddr(const struct v6_thing *thing, int link)
{
	return (struct v6_ifaddr){thing->spot.prefix, .link = link, .preferred = true};
}

static struct v6_route inside_route(const struct v6_host *host, int link)
{
	return (struct v6_route){
		.link = link,
		.gateway = v6_provided_gateway(host),
		.metric = LAST_METRIC,
	};
}

/*
 * The way up
 */

/* has_inside_address() - as adding it would say */
static int has_inside_address(struct v6_nl *nl, const struct v6_ifaddr *ifaddr)
{
	int there = v6_ifaddr_has(nl, ifaddr);

	return there > 0 ? -EEXIST : there;
}

/* ensure_inside_address() - the assigned address itself */
static int ensure_inside_address(struct inside *inside, struct v6_error *err)
{
	struct v6_ifaddr ifaddr = inside_ifaddr(inside->thing, inside->thing->spot.link);
	int ret = inside->looks ? has_inside_address(&inside->nl, &ifaddr)
				: v6_ifaddr_add(&inside->nl, &ifaddr);

	if (ret < 0 && ret != -EEXIST)
		return v6_fail(err, ret, "cannot add %s to the container's interface %s: %s",
			       V6_TEXT(&ifaddr.prefix.address),
			       inside->thing->record->destination.link_name, v6_strerror(ret));
	inside->missing |= ret == 0;
	return 0;
}

/* ensure_default_route() - a default route, where the container has none */
static int ensure_default_route(struct inside *inside, struct v6_error *err)
{
	struct v6_route any, route = inside_route(inside->host, inside->thing->spot.link);
	int ret = v6_route_default(&inside->nl, 0, &any);

	if (ret == 0)
		return 0;
	if (ret != -ENETUNREACH)
		return v6_fail(err, ret, "cannot look up the container's default route: %s",
			       v6_strerror(ret));
	ret = inside->looks ? 0 : v6_route_add(&inside->nl, &route);
	if (ret < 0 && ret != -EEXIST)
		return v6_fail(err, ret, "cannot add a default route to the container: %s",
			       v6_strerror(ret));
	inside->missing |= ret == 0;
	return 0;
}

/* inside_setting() - one of the container's interface */
static struct v6_link_setting inside_setting(const struct inside *inside,
					     enum v6_link_setting_kind kind)
{
	struct v6_link_setting setting = {.kind = kind};

	memcpy(setting.link, inside->thing->record->destination.link_name, sizeof(setting.link));
	return setting;
}

/* get_setting_inside() - *ret_value stays if the container's kernel lacks the setting */
static int get_setting_inside(const struct v6_link_setting *setting, int *ret_value,
			      struct v6_error *err)
{
	int ret = v6_link_setting_get(setting, ret_value);

	if (ret < 0 && ret != -ENOENT)
		return v6_fail(err, ret, "cannot read %s in the container: %s", V6_SETTING(setting),
			       v6_strerror(ret));
	return 0;
}

/* note_inside() - a change that is about to be made; one that can't be noted is not made */
static int note_inside(struct inside *inside, const struct v6_link_setting *setting, int from,
		       int to, struct v6_error *err)
{
	struct v6_changed changed = {
		.setting = *setting,
		.from = from,
		.to = to,
		.link = inside->thing->spot.link,
		.netns = inside->thing->record->netns,
		.cookie = v6_nl_cookie(&inside->nl),
	};
	int ret = v6_changed_note(inside->host, &inside->thing->spot.prefix.address, &changed);

	if (ret < 0)
		return v6_fail(err, ret, "cannot note in " V6_RUN_DIR " how %s was: %s",
			       V6_SETTING(setting), v6_strerror(ret));
	return 0;
}

/* ensure_setting() - one that the container's kernel lacks is right */
static int ensure_setting(struct inside *inside, enum v6_link_setting_kind kind, int value,
			  struct v6_error *err)
{
	struct v6_link_setting setting = inside_setting(inside, kind);
	int now = value, ret = get_setting_inside(&setting, &now, err);

	if (ret < 0 || now == value)
		return ret;
	inside->missing = true;
	if (inside->looks)
		return 0;
	ret = note_inside(inside, &setting, now, value, err);
	if (ret < 0)
		return ret;
	ret = v6_link_setting_set(&setting, value);
	if (ret < 0)
		return v6_fail(err, ret, "cannot set %s to %d in the container: %s",
			       V6_SETTING(&setting), value, v6_strerror(ret));
	return 0;
}

/* ensure_ipv6() - where it is off, neighbours on the bridge can't be reached by it, nor tell the
 * container of routers, and neither is to come of what we turn on
 */
static int ensure_ipv6(struct inside *inside, struct v6_error *err)
{
	struct v6_link_setting setting = inside_setting(inside, V6_SETTING_DISABLE_IPV6);
	int off = 0, ret = get_setting_inside(&setting, &off, err);

	if (ret < 0 || !off)
		return ret;
	ret = ensure_setting(inside, V6_SETTING_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE, err);
	if (ret == 0)
		ret = ensure_setting(inside, V6_SETTING_ACCEPT_RA, 0, err);
	return ret < 0 ? ret : ensure_setting(inside, V6_SETTING_DISABLE_IPV6, 0, err);
}

/* is_turned_on() - Check whether IPv6 was off in there, and we turned it on. Such an interface has
 * no address that the kernel generates, so that most need no look at the notes
 */
static int is_turned_on(struct inside *inside, struct v6_error *err)
{
	struct v6_link_setting setting = inside_setting(inside, V6_SETTING_ADDR_GEN_MODE);
	struct v6_changes auto_call(v6_changes_release) changes = {.n = 0};
	int mode = IN6_ADDR_GEN_MODE_EUI64, ret = get_setting_inside(&setting, &mode, err);
	bool is_noted = false;
	size_t i;

	if (ret < 0 || mode != IN6_ADDR_GEN_MODE_NONE)
		return ret;
	ret = v6_changes_read(inside->host, &inside->thing->spot.prefix.address, &changes, err);
	for (i = 0; i < changes.n; i++)
		is_noted |= changes.list[i].setting.kind == V6_SETTING_DISABLE_IPV6;
	return ret < 0 ? ret : is_noted;
}

/* ensure_no_multicast() - nor does it reach all neighbours at once, where we turned IPv6 on; the
 * kernel asks for its gateway without a route
 */
static int ensure_no_multicast(struct inside *inside, struct v6_error *err)
{
	int link = inside->thing->spot.link, there, ret = is_turned_on(inside, err);

	if (ret <= 0)
		return ret;
	there = inside->looks ? v6_route_has_multicast(&inside->nl, link)
			      : v6_route_drop_multicast(&inside->nl, link);
	if (there < 0)
		return v6_fail(err, there, "cannot remove the container's route to ff00::/8: %s",
			       v6_strerror(there));
	inside->missing |= there > 0;
	return 0;
}

static int ensure_inside(void *data, struct v6_error *err)
{
	struct inside *inside = data;
	int ret = v6_nl_open(NETLINK_ROUTE, &inside->nl, err);

	if (ret == 0)
		ret = ensure_ipv6(inside, err);
	/* on the outer link's bridge clients are its neighbours, and redirected to them it would
	 * answer past the host
	 */
	if (ret == 0)
		ret = ensure_setting(inside, V6_SETTING_ACCEPT_REDIRECTS, 0, err);
	if (ret == 0)
		ret = ensure_inside_address(inside, err);
	if (ret == 0)
		ret = ensure_default_route(inside, err);
	return ret < 0 ? ret : ensure_no_multicast(inside, err);
}

/* go_inside() - Return: 1 (something was missing), 0 or a negative errno */
static int go_inside(struct v6_host *host, const struct v6_thing *thing, bool looks,
		     struct v6_error *err)
{
	struct inside auto_call(close_inside_socket)
		inside = {.host = host, .thing = thing, .looks = looks};
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

/*
 * The way down
 */

/* struct leaving_inside - one call of v6_inside_remove() */
struct leaving_inside {
	struct v6_host *host;
	const struct v6_thing *thing;
	struct v6_changes changes;
};

static void release_leaving_inside(struct leaving_inside *leaving)
{
	v6_changes_release(&leaving->changes);
}

static int fail_leaving(const struct leaving_inside *leaving, int code, struct v6_error *err)
{
	return v6_fail(err, code, "cannot remove %s from the container's network: %s",
		       V6_TEXT(&leaving->thing->spot.prefix.address), v6_strerror(code));
}

/* leave_link() - remove the address and what came with it. Where it is not, another namespace may
 * have got the number of the one that was changed, unless the cookie tells
 */
static int leave_link(struct leaving_inside *leaving, struct v6_nl *nl, int link,
		      struct v6_error *err)
{
	uint64_t cookie = leaving->changes.n > 0 ? leaving->changes.list[0].cookie : 0;
	struct v6_ifaddr ifaddr = inside_ifaddr(leaving->thing, link);
	struct v6_route route = inside_route(leaving->host, link);
	int ret = v6_ifaddr_remove(nl, &ifaddr);

	if (ret == -ENODEV || (ret == -EADDRNOTAVAIL && !cookie))
		return 0;
	if (ret < 0 && ret != -EADDRNOTAVAIL)
		return fail_leaving(leaving, ret, err);
	ret = v6_route_remove(nl, &route);
	if (ret < 0 && ret != -ESRCH)
		return fail_leaving(leaving, ret, err);
	return leaving->changes.n == 0
		       ? 0
		       : v6_settings_put_back_inside(leaving->host, nl, &leaving->changes, err);
}

static int leave_netns(void *data, struct v6_error *err)
{
	struct leaving_inside *leaving = data;
	const struct v6_changed *first = leaving->changes.list;
	struct v6_nl auto_call(v6_nl_close) nl = {0};
	int link = leaving->thing->spot.link, ret = v6_nl_open(NETLINK_ROUTE, &nl, err);

	if (ret < 0 ||
	    (leaving->changes.n > 0 && first->cookie && first->cookie != v6_nl_cookie(&nl)))
		return ret;
	if (link == 0 && leaving->changes.n > 0)
		link = first->link;
	return leave_link(leaving, &nl, link, err);
}

/* find_leaving_netns() - Return: 0, -ESRCH (it is gone) or another negative errno */
static int find_leaving_netns(const struct leaving_inside *leaving, int *ret_fd,
			      struct v6_error *err)
{
	const struct v6_changes *changes = &leaving->changes;
	int ret;

	if (leaving->thing->record)
		return v6_record_last_netns(leaving->thing->record, ret_fd, err);
	ret = changes->n > 0 ? v6_netns_seek(changes->list[0].netns, ret_fd) : -ESRCH;
	return ret < 0 && ret != -ESRCH ? fail_leaving(leaving, ret, err) : ret;
}

int v6_inside_remove(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err)
{
	const struct in6_addr *address = &thing->spot.prefix.address;
	struct leaving_inside auto_call(release_leaving_inside)
		leaving = {.host = host, .thing = thing};
	auto_fd int netns = -1;
	int ret = v6_changes_read(host, address, &leaving.changes, err);

	if (ret == 0)
		ret = find_leaving_netns(&leaving, &netns, err);
	if (ret == 0)
		ret = v6_netns_call(netns, leave_netns, &leaving, err);
	return ret < 0 && ret != -ESRCH ? ret : v6_changes_forget(host, address, err);
}
