/* SPDX-License-Identifier: GPL-2.0-or-later */
/* On which interface a service address belongs, and by which means it is brought there. */
#include <errno.h>
#include <linux/if_addr.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "kernel/ifaddr.h"
#include "kernel/link.h"
#include "kernel/route.h"
#include "kernel/sysctl.h"
#include "plan/place_service.h"
#include "plan/uplink.h"
#include "store/holders.h"
#include "store/life.h"
#include "store/record.h"
#include "table/nat.h"

/* named_by() - who chose the link that a message is about */
static const char *named_by(const struct v6_host *host, const char *interface)
{
	return strcmp(host->config.interface, interface) == 0 ? "\"interface\" in " V6_CONFIG_FILE
							      : "v6.interface";
}

/* refuse_gateway() - the router of a default route */
static int refuse_gateway(const struct v6_route *route, const struct in6_addr *address,
			  struct v6_error *err)
{
	if (!v6_address_equal(&route->gateway, address))
		return 0;
	return v6_fail(err, -EPERM,
		       "%s is the address of this host's router; a service needs one of its own",
		       V6_TEXT(address));
}

static int refuse_router(struct v6_host *host, const struct in6_addr *address, int link,
			 struct v6_error *err)
{
	struct v6_route route;

	return v6_route_default(&host->route, link, &route) == 0
		       ? refuse_gateway(&route, address, err)
		       : 0;
}

static int refuse_bridge(struct v6_host *host, const struct v6_link *link,
			 const struct in6_addr *address, struct v6_error *err)
{
	if (strcmp(link->kind, "bridge") != 0 || v6_uplink_is(&host->route, link))
		return 0;
	return v6_fail(
		err, -EPERM,
		"%s is in the prefix behind the container bridge %s; choose an address of an interface to the outside",
		V6_TEXT(address), link->name);
}

/* is_child() - whether a link is another one's second self; a macvlan on a link of another
 * namespace is the uplink of a host that is a container itself, which has none below to choose
 */
static bool is_child(const struct v6_link *link)
{
	return strcmp(link->kind, "ipvlan") == 0 ||
	       (strcmp(link->kind, "macvlan") == 0 && link->peer_netns < 0);
}

int v6_place_check_port(struct v6_host *host, const struct v6_link *link, struct v6_error *err)
{
	struct v6_link master = {.name = "some interface"};

	if (!link->port)
		return 0;
	v6_link_get(&host->route, link->master, NULL, &master);
	return v6_fail(
		err, -ENONET,
		"interface %s is a port of %s; give this host's addresses to %s, where packets come",
		link->name, master.name, master.name);
}

/* refuse_link() - one by which no clients come */
static int refuse_link(struct v6_host *host, const struct v6_link *link,
		       const struct in6_addr *address, struct v6_error *err)
{
	int ret = v6_place_check_port(host, link, err);

	if (ret < 0)
		return v6_context(err, ret, "%s", V6_TEXT(address));
	if (link->loopback)
		return v6_fail(
			err, -EPERM,
			"%s is on loopback; a service needs an interface by which clients reach it",
			V6_TEXT(address));
	if (refuse_bridge(host, link, address, err) < 0)
		return -EPERM;
	if (is_child(link))
		return v6_fail(
			err, -EPERM,
			"%s would go to %s, a %s interface; choose an address of the interface below it",
			V6_TEXT(address), link->name, link->kind);
	return 0;
}

static int refuse_outer_link(struct v6_host *host, const struct v6_link *link,
			     const struct in6_addr *address, struct v6_error *err)
{
	int ret = refuse_link(host, link, address, err);

	return ret < 0 ? ret : refuse_router(host, address, link->index, err);
}

/* no_link() - the message for an address that no link's prefix holds, or the reason behind that */
static int no_link(const struct v6_host *host, const struct in6_addr *address,
		   const char *interface, const struct v6_link *wanted, struct v6_error *err)
{
	if (v6_ipv6_check(wanted->name, err) < 0)
		return -EAFNOSUPPORT;
	if (v6_prefix_contains(&host->config.pool, address) && host->config.pool.length > 0)
		return v6_fail(
			err, -EADDRNOTAVAIL,
			"%s is out of the \"pool\" in " V6_CONFIG_FILE
			", which is no prefix of %s; give the interface an address with that prefix, or list it under \"routed\" if it is routed to this host",
			V6_TEXT(address), *interface ? interface : "any interface of this host");
	if (*interface)
		return v6_fail(err, -EADDRNOTAVAIL,
			       "%s is in no prefix of interface %s; correct %s or the address",
			       V6_TEXT(address), interface, named_by(host, interface));
	return v6_fail(
		err, -EADDRNOTAVAIL,
		"%s is in no prefix of any interface of this host; correct the AAAA record, give an interface an address with that prefix, or list it under \"routed\" in " V6_CONFIG_FILE
		" if it is routed to this host",
		V6_TEXT(address));
}

static int somebody_elses(const struct in6_addr *address, struct v6_error *err)
{
	return v6_fail(err, -EPERM, "%s is already routed by this host; see ip -6 route get %s",
		       V6_TEXT(address), V6_TEXT(address));
}

/* refuse_containers() - an address that is reached by a container's bridge, or by a route of its
 * own, stays there whatever link the request names
 */
static int refuse_containers(struct v6_host *host, const struct in6_addr *address,
			     const struct v6_route *route, struct v6_error *err)
{
	struct v6_link link;

	if (route->local || v6_route_is_default(route) || !IN6_IS_ADDR_UNSPECIFIED(&route->gateway))
		return 0;
	if (route->to.length == 128)
		return somebody_elses(address, err);
	if (v6_link_get(&host->route, route->link, NULL, &link) < 0)
		return 0;
	return refuse_bridge(host, &link, address, err);
}

static int name_link(struct v6_service *service, const struct v6_link *link, struct v6_error *err)
{
	service->link = link->index;
	snprintf(service->link_name, sizeof(service->link_name), "%s", link->name);
	return v6_link_check_name(link, "", err);
}

/* take_link() - a link that was looked up; @ret: how that went */
static int take_link(int index, int ret, struct v6_service *service, const struct v6_link *link,
		     struct v6_error *err)
{
	if (ret < 0)
		return v6_fail(err, ret, "interface %d: cannot look it up: %s", index,
			       v6_strerror(ret));
	return name_link(service, link, err);
}

static int set_link(struct v6_host *host, int index, struct v6_service *service,
		    struct v6_link *ret_link, struct v6_error *err)
{
	int ret = v6_link_get(&host->route, index, NULL, ret_link);

	return take_link(index, ret, service, ret_link, err);
}

/* place_routed() - the prefix is routed to this host: clients are expected where a default route
 * leaves, or on the link that is @index
 */
static int place_routed(struct v6_host *host, int index, enum v6_attach attach,
			struct v6_service *service, struct v6_error *err)
{
	struct v6_link link;
	int ret = 0;

	service->attach = attach;
	if (index == 0)
		ret = v6_uplink_default(&host->route, &service->address, &index);
	if (ret == -ENETUNREACH)
		return v6_fail(
			err, -EADDRNOTAVAIL,
			"%s is in a prefix routed to this host, which has no default route by an interface to the outside; set v6.interface to the one that clients come by",
			V6_TEXT(&service->address));
	if (ret < 0)
		return v6_fail(err, ret, "cannot list routes: %s", v6_strerror(ret));
	return set_link(host, index, service, &link, err);
}

/* refuse_anycast() - the address of all routers of a prefix (RFC 4291 section 2.6.1), which those
 * of two addresses have not (RFC 6164)
 */
static int refuse_anycast(const struct v6_prefix *prefix, const struct in6_addr *address,
			  struct v6_error *err)
{
	const struct v6_prefix first = v6_prefix_mask(*prefix);

	if (prefix->length >= 127 || !v6_address_equal(&first.address, address))
		return 0;
	return v6_fail(
		err, -EPERM,
		"%s is the subnet-router anycast address of its prefix; choose another address",
		V6_TEXT(address));
}

/* place_on_link() - the prefix of a link, to which @route leads, holds it */
static int place_on_link(struct v6_host *host, const struct v6_route *route,
			 struct v6_service *service, struct v6_error *err)
{
	struct v6_nl_question asked[2];
	struct v6_route out;
	struct v6_link link;
	int ret;

	v6_link_question(&asked[0], route->link, &link);
	v6_route_default_question(&asked[1], route->link, &out);
	v6_nl_ask_all(&host->route, asked, V6_ARRAY_SIZE(asked));
	ret = take_link(route->link, asked[0].ret, service, &link, err);
	if (ret == 0)
		ret = refuse_anycast(&route->to, &service->address, err);
	if (ret < 0)
		return ret;
	if (v6_config_is_routed(&host->config, &service->address))
		service->attach = V6_ATTACH_ROUTE;
	else
		service->attach = host->config.attach_route ? V6_ATTACH_PROXY : V6_ATTACH_ADDRESS;
	ret = refuse_link(host, &link, &service->address, err);
	if (ret < 0)
		return ret;
	if (asked[1].ret == 0 && v6_route_is_default(&out))
		return refuse_gateway(&out, &service->address, err);
	return refuse_router(host, &service->address, link.index, err);
}

/* find_on_link() - the way to a neighbour with an address: rules may lead there only what has a
 * source of the same prefix. Asked for with a source, the kernel takes other links than @link, too.
 * @known: NULL, or as place_by_route()
 */
static int find_on_link(struct v6_host *host, const struct in6_addr *address, int link,
			const struct v6_route *known, struct v6_route *ret_route)
{
	struct v6_route_query query = {.to = *address, .from = *address, .out = link};
	struct v6_route own;
	int ret = 0;

	if (known && !link)
		*ret_route = *known;
	else
		ret = v6_route_lookup(&host->route, address, link, ret_route);

	if ((ret == -ENETUNREACH || (ret == 0 && v6_route_is_default(ret_route))) &&
	    v6_route_ask(&host->route, &query, &own) == 0 && (!link || own.link == link)) {
		*ret_route = own;
		return 0;
	}
	return ret;
}

/* place_by_route() - by the way that a neighbour with this address would be reached, on the link
 * @wanted, which the request calls @interface, or on any; @known: NULL, or the way by any, all
 * zeroes where there is none
 */
static int place_by_route(struct v6_host *host, const char *interface, const struct v6_link *wanted,
			  const struct v6_route *known, struct v6_service *service,
			  struct v6_error *err)
{
	const struct in6_addr *address = &service->address;
	struct v6_route route;
	int ret = find_on_link(host, address, wanted->index, known, &route);

	if (ret < 0 && ret != -ENETUNREACH)
		return v6_fail(err, ret, "%s: cannot look up its route: %s", V6_TEXT(address),
			       v6_strerror(ret));
	if (ret == 0 && route.to.length == 128)
		return somebody_elses(address, err);
	if (ret == 0 && route.local)
		return place_routed(host, wanted->index, V6_ATTACH_NONE, service, err);
	if (ret == 0 && !v6_route_is_default(&route) && IN6_IS_ADDR_UNSPECIFIED(&route.gateway))
		return place_on_link(host, &route, service, err);
	if (v6_config_is_routed(&host->config, address))
		return place_routed(host, wanted->index, V6_ATTACH_ROUTE, service, err);
	return no_link(host, address, interface, wanted, err);
}

/* is_brought_by_us() - whether we brought an address that is on a link; before 5.18 addresses bear
 * no mark, but the guard covers those of ours, and they look as no administrator's do
 */
static int is_brought_by_us(struct v6_host *host, const struct v6_ifaddr *ifaddr)
{
	struct v6_nat_op guard = {.set = V6_NAT_ADDRESSES, .claim.address = ifaddr->prefix.address};

	if (ifaddr->ours || ifaddr->preferred || ifaddr->prefix.length != 128 ||
	    !(ifaddr->flags & IFA_F_NOPREFIXROUTE))
		return ifaddr->ours;
	return v6_nat_has(&host->netfilter, &guard);
}

/* struct sharing - looking for a container that has an address, @alive or not */
struct sharing {
	struct v6_host *host;
	struct v6_service *service;
	bool alive;
};

static int look_at_address_holder(const char *id, void *data)
{
	struct sharing *sharing = data;
	const struct v6_service *service;
	struct v6_record other;
	int ret = v6_record_load(sharing->host, id, &other, NULL);

	if (ret == 0 && sharing->alive)
		ret = v6_record_alive(&other) > 0 ? 0 : -ENOENT;
	if (ret < 0)
		return v6_record_is_none(ret) || ret == -EPROTO ? 0 : ret;
	service = v6_record_service(&other, &sharing->service->address);
	if (!service)
		return 0;
	*sharing->service = *service;
	return -EEXIST; /* enough */
}

/* check_shared_link() - that clients reach the address of another container where that has it */
static int check_shared_link(struct v6_host *host, const struct v6_service *service,
			     struct v6_error *err)
{
	struct v6_link link;
	int ret = v6_link_get(&host->route, service->link, NULL, &link);

	if (ret < 0 || (!link.port && !service->unreachable))
		return 0;
	return v6_fail(
		err, -ENONET,
		"%s is on interface %s, where clients cannot reach it; run v6ctl reconcile, then v6ctl check",
		V6_TEXT(&service->address), service->link_name);
}

/* share_address() - an address that a container has already: what its record says of it holds for
 * all. Return: 1, 0 (none has it) or a negative errno
 */
static int share_address(struct v6_host *host, bool alive, struct v6_service *service,
			 struct v6_error *err)
{
	struct v6_resource resource = v6_resource_address(&service->address);
	struct sharing sharing = {host, service, alive};
	/* where we may not look there, nobody is known to */
	int ret = host->dir < 0
			  ? 0
			  : v6_holders_each(host, &resource, look_at_address_holder, &sharing);

	if (ret == 0 || ret == -ENOENT)
		return 0;
	if (ret != -EEXIST)
		return v6_fail(err, ret, "%s: cannot look up which interface has it: %s",
			       V6_TEXT(&service->address), v6_strerror(ret));
	v6_link_follow(&host->route, &service->link, service->link_name);
	ret = check_shared_link(host, service, err);
	return ret < 0 ? ret : 1;
}

/* find_owner() - an address that the host has already: whose is it? */
static int find_owner(struct v6_host *host, const struct v6_ifaddr *ifaddr,
		      struct v6_service *service, struct v6_error *err)
{
	struct v6_link link;
	int ours, ret = share_address(host, false, service, err);

	if (ret != 0)
		return ret < 0 ? ret : 0;
	ret = v6_link_get(&host->route, ifaddr->link, NULL, &link);
	if (ret < 0)
		return v6_fail(err, ret, "interface %d: cannot look it up: %s", ifaddr->link,
			       v6_strerror(ret));
	ours = is_brought_by_us(host, ifaddr);
	if (ours < 0)
		return v6_fail(err, ours, "nf_tables: cannot look up %s: %s",
			       V6_TEXT(&ifaddr->prefix.address), v6_strerror(ours));

	service->ours = ours;
	service->attach = ours ? V6_ATTACH_ADDRESS : V6_ATTACH_NONE;
	ret = name_link(service, &link, err);
	if (ret < 0)
		return ret;
	return ours ? 0 : refuse_outer_link(host, &link, &ifaddr->prefix.address, err);
}

/* is_our_route() - whether a route is what brings a service address here */
static bool is_our_route(const struct v6_route *route)
{
	return route->local && route->protocol == V6_PROTOCOL_MARK && route->to.length == 128;
}

/* find_lost() - a living container's, which somebody took off its link: it comes back the way it
 * was. Return: 1, 0 (it is none) or a negative errno
 */
static int find_lost(struct v6_host *host, struct v6_service *service, struct v6_error *err)
{
	struct v6_service lost = *service;
	struct v6_link link;
	int ret = share_address(host, true, &lost, err);

	if (ret <= 0 || !lost.ours || v6_link_get(&host->route, lost.link, NULL, &link) < 0)
		return ret < 0 ? ret : 0;
	*service = lost;
	return 1;
}

/* fail_stale() - a route of ours that nobody knows of, as the state directory was removed, hides
 * the interface of an address
 */
static int fail_stale(const struct in6_addr *address, struct v6_error *err)
{
	return v6_fail(err, -ESTALE, "a route to %s is left without a record; run v6ctl reconcile",
		       V6_TEXT(address));
}

/* find_service_route() - whose is the way to an address that was looked up; @ret: how that went.
 * Return: 1 (it is a container's), 0 or a negative errno
 */
static int find_service_route(struct v6_host *host, int ret, struct v6_service *service,
			      struct v6_route *route, struct v6_error *err)
{
	int shared;

	if (ret == 0 && is_our_route(route)) {
		shared = share_address(host, false, service, err);
		return shared != 0 ? shared : fail_stale(&service->address, err);
	}
	if (ret == -ENETUNREACH)
		*route = (struct v6_route){.local = false};
	else if (ret < 0)
		return v6_fail(err, ret, "%s: cannot look up its route: %s",
			       V6_TEXT(&service->address), v6_strerror(ret));
	return 0;
}

/* find_new() - an address that no link has; @wanted: the link that the request calls @interface;
 * @found: how it went to look @route up
 */
static int find_new(struct v6_host *host, const char *interface, const struct v6_link *wanted,
		    int found, struct v6_route *route, struct v6_service *service,
		    struct v6_error *err)
{
	int ret = find_lost(host, service, err);

	if (ret == 0)
		ret = find_service_route(host, found, service, route, err);
	if (ret != 0)
		return ret < 0 ? ret : 0;
	if (*interface) {
		ret = refuse_containers(host, &service->address, route, err);
		if (ret < 0)
			return ret;
	}
	/* a look-up by link passes a local route for the whole prefix over */
	if (route->local && route->to.length < 128)
		return place_routed(host, wanted->index, V6_ATTACH_NONE, service, err);
	return place_by_route(host, interface, wanted, route, service, err);
}

/* find_wanted() - the link that the request or the configuration names, if any, by one of its names
 */
static int find_wanted(struct v6_host *host, const char *interface, struct v6_link *ret_wanted,
		       struct v6_error *err)
{
	int ret = *interface ? v6_link_get_outer(&host->route, interface, ret_wanted) : 0;

	if (ret < 0)
		return v6_fail(err, ret, "%s: this host has no interface %s; see ip link",
			       named_by(host, interface), interface);
	return 0;
}

int v6_place_service(struct v6_host *host, const struct in6_addr *address, const char *interface,
		     struct v6_service *ret_service, struct v6_error *err)
{
	struct v6_service service = {.address = *address, .ours = true};
	struct v6_link wanted = {.index = 0};
	struct v6_nl_question asked[2];
	struct v6_ifaddr ifaddr;
	struct v6_route route;
	int ret;

	if (!v6_address_is_global(address))
		return v6_fail(
			err, -EPERM,
			"%s can't be a service address; use a global (2000::/3) or unique-local (fc00::/7) one",
			V6_TEXT(address));

	ret = find_wanted(host, interface, &wanted, err);
	if (ret < 0)
		return ret;
	v6_ifaddr_question(&asked[0], address, &ifaddr);
	v6_route_question(&asked[1], &(struct v6_route_query){.to = *address}, &route);
	v6_nl_ask_all(&host->route, asked, V6_ARRAY_SIZE(asked));
	ret = asked[0].ret;
	if (ret == 0)
		ret = find_owner(host, &ifaddr, &service, err);
	else if (ret == -EADDRNOTAVAIL)
		ret = find_new(host, interface, &wanted, v6_route_answered(&asked[1]), &route,
			       &service, err);
	else
		return v6_fail(err, ret, "%s: cannot look it up: %s", V6_TEXT(address),
			       v6_strerror(ret));
	if (ret == 0 && *interface && service.link != wanted.index)
		ret = v6_fail(err, -EADDRNOTAVAIL,
			      "%s is on interface %s already; correct %s or the address",
			      V6_TEXT(address), service.link_name, named_by(host, interface));
	if (ret == 0)
		*ret_service = service;
	return ret;
}

int v6_place_on(struct v6_host *host, const struct in6_addr *address, int link,
		struct v6_service *ret_service, struct v6_error *err)
{
	struct v6_service service = {.address = *address, .ours = true};
	struct v6_link wanted = {.index = 0};
	int ret = link ? v6_link_get(&host->route, link, NULL, &wanted) : 0;

	if (ret < 0)
		return v6_fail(err, ret, "interface %d: cannot look it up: %s", link,
			       v6_strerror(ret));
	ret = place_by_route(host, "", &wanted, NULL, &service, err);
	if (ret == 0)
		*ret_service = service;
	return ret;
}

int v6_place_where_it_is(struct v6_host *host, const struct v6_ifaddr *ifaddr,
			 struct v6_service *service, struct v6_error *err)
{
	struct v6_service there = *service;
	struct v6_link link;
	int ret = set_link(host, ifaddr->link, &there, &link, err);

	if (ret == 0)
		ret = refuse_outer_link(host, &link, &ifaddr->prefix.address, err);
	if (ret == 0)
		*service = there;
	return ret;
}
