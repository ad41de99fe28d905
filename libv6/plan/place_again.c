/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ask again on which link a service address belongs.
 *
 * A look-up of the address itself would find that this host has it. So the prefixes on links are
 * listed, and the links whose prefixes hold it are asked one by one: what another link, or lo, has
 * is passed over then.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "kernel/ifaddr.h"
#include "kernel/onlink.h"
#include "kernel/route.h"
#include "plan/place_again.h"
#include "plan/place_service.h"
#include "plan/uplink.h"

/* is_on_link() - whether neighbours look for an address, as its prefix is on the link */
static bool is_on_link(const struct v6_service *service)
{
	return service->attach == V6_ATTACH_ADDRESS || service->attach == V6_ATTACH_PROXY;
}

static int check_link(struct v6_host *host, const struct v6_service *service, struct v6_error *err)
{
	struct v6_link link;
	int ret = v6_onlink_link(&host->route, &host->onlink, service->link, &link);

	if (ret == -ENODEV)
		return v6_fail(err, ret, "interface %s is gone", service->link_name);
	if (ret < 0)
		return 0;
	if (!link.up)
		return v6_fail(err, -ENETDOWN, "interface %s is down", link.name);
	return v6_place_check_port(host, &link, err);
}

static int check_prefix(struct v6_host *host, const struct v6_service *service,
			struct v6_error *err)
{
	if (!host->onlink.read || v6_onlink_has(&host->onlink, service->link, &service->address))
		return 0;
	return v6_fail(err, -EADDRNOTAVAIL, "interface %s no longer has a prefix that holds %s",
		       service->link_name, V6_TEXT(&service->address));
}

/* check_default() - of an address that is routed here: others are asked for only if its link has no
 * default route
 */
static int check_default(struct v6_host *host, const struct v6_service *service,
			 struct v6_error *err)
{
	int uplink;

	if (!host->onlink.read || v6_onlink_is_default(&host->onlink, service->link) ||
	    v6_uplink_default(&host->route, &service->address, &uplink) < 0 ||
	    uplink == service->link)
		return 0;
	return v6_fail(err, -ENETUNREACH, "interface %s no longer has a default route",
		       service->link_name);
}

/* find_own() - an address that the host had before; there may be a local route for thousands.
 * Return: 1 (it is on a link), 0 (it is here by a local route) or -EADDRNOTAVAIL
 */
static int find_own(struct v6_host *host, const struct in6_addr *address,
		    struct v6_ifaddr *ret_ifaddr)
{
	struct v6_prefix *local = &host->onlink.local;
	struct v6_route route;
	int ret;

	if (local->length > 0 && v6_prefix_contains(local, address))
		return 0;
	ret = v6_ifaddr_get(&host->route, address, ret_ifaddr);
	if (ret != -EADDRNOTAVAIL)
		return ret == 0;
	ret = v6_route_lookup(&host->route, address, 0, &route);
	if (ret == -ENETUNREACH || (ret == 0 && !route.local))
		return -EADDRNOTAVAIL;
	if (ret == 0)
		*local = route.to;
	return 0;
}

static int check_own(struct v6_host *host, const struct v6_service *service, const char *interface,
		     struct v6_error *err)
{
	struct v6_ifaddr ifaddr;
	int ret = find_own(host, &service->address, &ifaddr);

	if (ret < 0)
		return v6_fail(err, ret, "interface %s had %s before us, and no longer has it",
			       service->link_name, V6_TEXT(&service->address));
	if (ret == 0)
		return *interface ? 0 : check_default(host, service, err);
	if (ifaddr.link != service->link)
		return v6_fail(err, -EADDRNOTAVAIL, "interface %s no longer has %s",
			       service->link_name, V6_TEXT(&service->address));
	return 0;
}

int v6_place_stays(struct v6_host *host, const struct v6_service *service, const char *interface,
		   struct v6_error *err)
{
	int ret = check_link(host, service, err);

	if (ret < 0)
		return ret;
	if (is_on_link(service))
		return check_prefix(host, service, err);
	if (service->attach == V6_ATTACH_NONE)
		return check_own(host, service, interface, err);
	return *interface ? 0 : check_default(host, service, err);
}

/* struct search - for a link that will do, and why the first one will not */
struct search {
	struct v6_host *host;
	const struct in6_addr *address;
	int but; /* its link, which will not do */
	struct v6_service found;
	struct v6_error *err;
	int first;
};

/* try_link() - Return: 1 (it will do, and is up) or 0 */
static int try_link(int index, void *data)
{
	struct search *search = data;
	struct v6_service service;
	struct v6_error err;
	int ret;

	if (index == search->but)
		return 0;
	ret = v6_place_on(search->host, search->address, index, &service, &err);
	if (ret == 0)
		ret = check_link(search->host, &service, &err);
	if (ret == 0)
		search->found = service;
	else if (search->first == 0)
		search->first = v6_fail(search->err, ret, "%s", err.text);
	return ret == 0;
}

/* try_uplink() - the address may be routed here */
static bool try_uplink(struct search *search)
{
	int link;

	return v6_config_is_routed(&search->host->config, search->address) &&
	       v6_uplink_default(&search->host->route, search->address, &link) == 0 &&
	       try_link(link, search);
}

/* find_wanted_link() - the link that the request names: by that name or, if it is called otherwise
 * by now, as the record knows it. Return: its index, or 0 (none, or it is gone)
 */
static int find_wanted_link(struct v6_host *host, const struct v6_service *service,
			    const char *interface)
{
	struct v6_link link;

	if (*interface && v6_link_get_outer(&host->route, interface, &link) == 0)
		return link.index;
	if (*interface && v6_link_get_outer(&host->route, service->link_name, &link) == 0)
		return link.index;
	return 0;
}

static int search_links(struct search *search, const struct v6_service *service,
			const char *interface)
{
	struct v6_host *host = search->host;
	int ret = 0, named = find_wanted_link(host, service, interface);

	if (named)
		return try_link(named, search);
	if (*interface)
		return v6_fail(search->err, -ENODEV, "this host has no interface %s", interface);
	if (service->attach != V6_ATTACH_ROUTE)
		ret = v6_onlink_each(&host->onlink, search->address, try_link, search);
	return ret || try_uplink(search);
}

/* place_own_again() - an address that the host had before stays what it is, wherever that is now */
static int place_own_again(struct v6_host *host, struct v6_service *service, struct v6_error *err)
{
	struct v6_service routed;
	struct v6_ifaddr ifaddr;
	int ret = find_own(host, &service->address, &ifaddr);

	if (ret < 0)
		return v6_fail(err, ret, "%s is on no interface", V6_TEXT(&service->address));
	if (ret > 0)
		return v6_place_where_it_is(host, &ifaddr, service, err);
	ret = v6_place_on(host, &service->address, 0, &routed, err);
	if (ret < 0)
		return ret;
	service->link = routed.link;
	memcpy(service->link_name, routed.link_name, sizeof(service->link_name));
	return 0;
}

/* place_ours_again() - how it is brought stays the same from link to link */
static int place_ours_again(struct v6_host *host, struct v6_service *service, const char *interface,
			    struct v6_error *err)
{
	struct search search = {
		.host = host,
		.address = &service->address,
		.but = service->link,
		.err = err,
	};
	int ret = search_links(&search, service, interface);

	if (ret < 0)
		return ret;
	if (ret == 0 && search.first < 0)
		return search.first;
	if (ret == 0)
		return v6_fail(err, -EADDRNOTAVAIL, "no other interface has a prefix that holds %s",
			       V6_TEXT(&service->address));
	service->link = search.found.link;
	memcpy(service->link_name, search.found.link_name, sizeof(service->link_name));
	if (!is_on_link(service) || !is_on_link(&search.found))
		service->attach = search.found.attach;
	return 0;
}

int v6_place_again(struct v6_host *host, const struct v6_service *service, const char *interface,
		   struct v6_service *ret_service, struct v6_error *err)
{
	struct v6_service placed = *service;
	int ret = v6_onlink_read(&host->route, &host->onlink);

	placed.unreachable = placed.absent = false;
	if (ret < 0)
		return v6_fail(err, ret, "cannot list routes: %s", v6_strerror(ret));
	if (v6_place_stays(host, service, interface, NULL) == 0) {
		*ret_service = placed;
		return 0;
	}
	if (service->attach == V6_ATTACH_NONE)
		ret = place_own_again(host, &placed, err);
	else
		ret = place_ours_again(host, &placed, interface, err);
	if (ret == 0)
		ret = check_link(host, &placed, err);
	if (ret == 0)
		*ret_service = placed;
	return ret;
}
