/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which interfaces lead out of the host, by their kind and by its default routes.
 *
 * The kinds are a list of what does lead out. A kind that is on no list does not: if that is wrong,
 * an error names the bridge; the other way round, containers would pass for the outside.
 *
 * Not listed are the ends of containers and virtual machines (veth, netkit, tun), the tunnels of
 * overlay networks, behind which are containers of other hosts (vxlan, geneve, gretap, ip6gretap,
 * wireguard, bareudp), and what leads nowhere (dummy, ifb, nlmon). openvswitch may be either.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/route.h"
#include "plan/uplink.h"

/* More levels of interfaces on interfaces than a host has; the kernel allows 8 (MAX_NEST_DEV) */
#define LEVELS_MAX 8

/* Interfaces below a bridge's ports that are looked at */
#define BELOW_MAX 16

/* Hardware has no kind; the others are made of hardware, or are a modem's or a switch's ports */
static const char *const outer_kinds[] = {
	"", "bond", "team", "hsr", "dsa", "ipoib", "ppp", "wwan", "rmnet",
};

/* These lead where the interface below them leads */
static const char *const upper_kinds[] = {
	"vlan", "macvlan", "macvtap", "ipvlan", "ipvtap", "macsec", "virt_wifi",
};

#define IS_KIND(link, kinds) is_kind_among(link, kinds, V6_ARRAY_SIZE(kinds))

static bool is_kind_among(const struct v6_link *link, const char *const *kinds, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(link->kind, kinds[i]) == 0)
			return true;
	return false;
}

static bool is_hardware(const struct v6_link *link)
{
	return !link->loopback && IS_KIND(link, outer_kinds);
}

/* struct below - interfaces below ports of a bridge, to be looked at when all ports are known */
struct below {
	int links[BELOW_MAX];
	size_t n;
};

/* is_port_out() - of those that are on another interface, that decides */
static bool is_port_out(const struct v6_link *port, void *data)
{
	struct below *below = data;

	if (!IS_KIND(port, upper_kinds))
		return is_hardware(port);
	if (port->peer_netns >= 0)
		return true;
	if (below->n < BELOW_MAX)
		below->links[below->n++] = port->peer;
	return false;
}

static bool leads_out(struct v6_nl *nl, const struct v6_link *link, int levels);

/* below_leads_out() - of a veth below, yes: engines put nothing on the veth of a container, so this
 * host is a container itself, and that is its uplink
 */
static bool below_leads_out(struct v6_nl *nl, int index, int levels)
{
	struct v6_link link;

	if (levels == 0 || index == 0 || v6_link_get(nl, index, NULL, &link) < 0)
		return false;
	return strcmp(link.kind, "veth") == 0 || leads_out(nl, &link, levels - 1);
}

static bool has_port_out(struct v6_nl *nl, int bridge, int levels)
{
	struct below below = {.n = 0};
	size_t i;

	if (v6_link_has_port(nl, bridge, is_port_out, &below) > 0)
		return true;
	for (i = 0; i < below.n; i++)
		if (below_leads_out(nl, below.links[i], levels))
			return true;
	return false;
}

/* leads_out_by_kind() - an interface on one of another namespace is this host's uplink there */
static bool leads_out_by_kind(struct v6_nl *nl, const struct v6_link *link, int levels)
{
	if (strcmp(link->kind, "bridge") == 0)
		return has_port_out(nl, link->index, levels);
	if (IS_KIND(link, upper_kinds))
		return link->peer_netns >= 0 || below_leads_out(nl, link->peer, levels);
	return is_hardware(link);
}

static bool has_set_route(struct v6_nl *nl, int link)
{
	struct v6_route route;

	return v6_route_default(nl, link, &route) == 0 && route.protocol != RTPROT_RA;
}

/* has_route4() - router advertisements make none of IPv4. By a socket of its own, as the list of
 * routes, which may be long, is read no further
 */
static bool has_route4(int link)
{
	struct v6_nl auto_call(v6_nl_close) nl = {0};
	int leaving;

	return v6_nl_open(NETLINK_ROUTE, &nl, NULL) == 0 && v6_route_default4(&nl, &leaving) == 0 &&
	       leaving == link;
}

static bool leads_out(struct v6_nl *nl, const struct v6_link *link, int levels)
{
	return has_set_route(nl, link->index) || leads_out_by_kind(nl, link, levels) ||
	       has_route4(link->index);
}

bool v6_uplink_is(struct v6_nl *nl, const struct v6_link *link)
{
	return leads_out(nl, link, LEVELS_MAX);
}

static bool is_uplink_index(struct v6_nl *nl, int index)
{
	struct v6_link link;

	return v6_link_get(nl, index, NULL, &link) == 0 && v6_uplink_is(nl, &link);
}

/* struct defaults - links of default routes, the best one first, as the kernel lists them; each
 * once, as a container may say that it is many routers
 */
struct defaults {
	int links[BELOW_MAX];
	size_t n;
};

static int note_default(const struct v6_route *route, void *data)
{
	struct defaults *defaults = data;
	size_t i;

	if (!v6_route_is_default(route) || defaults->n == V6_ARRAY_SIZE(defaults->links))
		return 0;
	for (i = 0; i < defaults->n; i++)
		if (defaults->links[i] == route->link)
			return 0;
	defaults->links[defaults->n++] = route->link;
	return 0;
}

/* find_best() - rules may send what has this source by another one than the host's best */
static int find_best(struct v6_nl *nl, const struct in6_addr *from, struct v6_route *ret_route)
{
	struct v6_route_query query = {.to.s6_addr = {0x20}, .from = *from};

	if (v6_route_ask(nl, &query, ret_route) == 0 && v6_route_is_default(ret_route))
		return 0;
	return v6_route_default(nl, 0, ret_route);
}

int v6_uplink_default(struct v6_nl *nl, const struct in6_addr *from, int *ret_link)
{
	struct defaults defaults = {.n = 0};
	struct v6_route best;
	size_t i;
	int ret = find_best(nl, from, &best);

	if (ret < 0)
		return ret;
	/* also by a table that the main one knows nothing of */
	if (best.protocol != RTPROT_RA || is_uplink_index(nl, best.link)) {
		*ret_link = best.link;
		return 0;
	}
	ret = v6_route_each(nl, RTPROT_UNSPEC, false, note_default, &defaults);
	for (i = 0; i < defaults.n && ret == 0; i++) {
		if (is_uplink_index(nl, defaults.links[i])) {
			*ret_link = defaults.links[i];
			return 0;
		}
	}
	return ret < 0 ? ret : -ENETUNREACH;
}
