/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A service address brought to this host and removed, in one of the ways of enum v6_attach. */
#include <errno.h>
#include <linux/if_addr.h>
#include <string.h>
#include <time.h>

#include "apply/attach.h"
#include "apply/things.h"
#include "base/address.h"
#include "base/cleanup.h"
#include "kernel/ifaddr.h"
#include "kernel/link.h"
#include "kernel/neigh.h"
#include "kernel/proxy.h"
#include "kernel/route.h"
#include "kernel/sysctl.h"

/* Pauses before looks at an address's route: the first, and the longest, each twice the one before
 */
#define ROUTE_PAUSE_NS	   20000
#define ROUTE_PAUSE_MAX_NS 640000
#define ROUTE_TRIES	   160

static struct v6_ifaddr ifaddr_of(const struct v6_service *service)
{
	return (struct v6_ifaddr){.prefix = {service->address, 128}, .link = service->link};
}

static struct v6_route route_of(const struct v6_service *service)
{
	return (struct v6_route){
		.to = {service->address, 128},
		.link = V6_LOOPBACK,
		.local = true,
	};
}

static struct v6_proxy proxy_of(const struct v6_service *service)
{
	return (struct v6_proxy){.address = service->address, .link = service->link};
}

/* wait_for_route() - an address that has just been added is routed to this host only when a worker
 * of the kernel has run, on this processor, which a pause leaves to it: addrconf_dad_work() in
 * linux/net/ipv6/addrconf.c. What comes for it before is forwarded instead, such as neighbours'
 * answers, which are not asked for again for a second
 */
static void wait_for_route(struct v6_host *host, const struct v6_service *service)
{
	struct timespec pause = {.tv_nsec = ROUTE_PAUSE_NS};
	struct v6_route route;
	int try;

	for (try = 0; try < ROUTE_TRIES; try++) {
		nanosleep(&pause, NULL);
		if (v6_route_lookup(&host->route, &service->address, 0, &route) == 0 && route.local)
			return;
		if (pause.tv_nsec < ROUTE_PAUSE_MAX_NS)
			pause.tv_nsec *= 2;
	}
}

/* find_link_of() - the link of a service, which has its route by then */
static int find_link_of(struct v6_host *host, const struct v6_service *service,
			struct v6_link *ret_link)
{
	struct v6_route route = {.local = false};
	struct v6_nl_question asked[2];

	v6_link_question(&asked[0], service->link, ret_link);
	v6_route_question(&asked[1], &(struct v6_route_query){.to = service->address}, &route);
	v6_nl_ask_all(&host->route, asked, V6_ARRAY_SIZE(asked));
	if (asked[0].ret == 0 && service->attach == V6_ATTACH_ADDRESS && !route.local)
		wait_for_route(host, service);
	return asked[0].ret;
}

/* tell_neighbours() - that an address is here now; to fail at it is a warning */
static void tell_neighbours(struct v6_host *host, const struct v6_service *service)
{
	struct v6_link link;
	int ret = find_link_of(host, service, &link);

	if (ret == 0)
		ret = v6_neigh_advertise(host->dad.fd, &link, &service->address);
	if (ret < 0)
		v6_host_warn(host, "%s: cannot tell the neighbours on %s: %s", service->name,
			     service->link_name, v6_strerror(ret));
}

static int fail_bring(const struct v6_service *service, int code, struct v6_error *err)
{
	if (code == -EACCES)
		return v6_fail(
			err, code,
			"%s: IPv6 is off on interface %s; sysctl net.ipv6.conf.%s.disable_ipv6=0",
			service->name, service->link_name, V6_SYSCTL(service->link_name));
	if (code == -EPERM)
		return v6_fail(
			err, code,
			"%s: not allowed to add %s to interface %s; run as root with CAP_NET_ADMIN",
			service->name, V6_TEXT(&service->address), service->link_name);
	return v6_fail(err, code, "%s: cannot add %s to interface %s: %s", service->name,
		       V6_TEXT(&service->address), service->link_name, v6_strerror(code));
}

static int bring_address(struct v6_host *host, const struct v6_service *service)
{
	struct v6_ifaddr ifaddr = ifaddr_of(service);
	int ret = v6_ifaddr_add(&host->route, &ifaddr);

	return ret == 0 ? 1 : ret == -EEXIST ? 0 : ret;
}

static int bring_route(struct v6_host *host, const struct v6_service *service)
{
	struct v6_route route = route_of(service);
	int ret = v6_route_add(&host->route, &route);

	return ret == 0 ? 1 : ret == -EEXIST ? 0 : ret;
}

/* bring_proxy() - the route last: nobody is to be answered before there is somebody to talk to */
static int bring_proxy(struct v6_host *host, const struct v6_service *service)
{
	struct v6_proxy proxy = proxy_of(service);
	int ret, there = v6_proxy_has(&host->route, &proxy);

	if (there == 0)
		there = v6_proxy_add(&host->route, &proxy);
	else if (there > 0)
		return bring_route(host, service);
	if (there < 0)
		return there;
	ret = bring_route(host, service);
	return ret < 0 ? ret : 1;
}

static int bring_service(struct v6_host *host, const struct v6_service *service)
{
	switch (service->attach) {
	case V6_ATTACH_ADDRESS:
		return bring_address(host, service);
	case V6_ATTACH_ROUTE:
		return bring_route(host, service);
	case V6_ATTACH_PROXY:
		return bring_proxy(host, service);
	case V6_ATTACH_NONE:
		break;
	}
	return 0;
}

int v6_attach_up(struct v6_host *host, const struct v6_service *service, struct v6_error *err)
{
	int ret = bring_service(host, service);

	if (ret < 0)
		return fail_bring(service, ret, err);
	if (ret > 0 && service->attach != V6_ATTACH_ROUTE)
		tell_neighbours(host, service);
	return ret;
}

/* has_service_route() - whether packets to it are taken in here, by a route of its own where @own
 */
static int has_service_route(struct v6_host *host, const struct v6_service *service, bool own)
{
	struct v6_route route;
	int ret = v6_route_lookup(&host->route, &service->address, 0, &route);

	if (ret == -ENETUNREACH)
		return 0;
	return ret < 0 ? ret : route.local && (!own || route.to.length == 128);
}

static int has_service_address(struct v6_host *host, const struct v6_service *service)
{
	struct v6_ifaddr ifaddr;
	int ret = v6_ifaddr_get(&host->route, &service->address, &ifaddr);

	if (ret == -EADDRNOTAVAIL)
		return 0;
	return ret < 0 ? ret : ifaddr.link == service->link;
}

int v6_attach_held(struct v6_host *host, const struct v6_service *service)
{
	struct v6_proxy proxy = proxy_of(service);
	int there = 1;

	switch (service->attach) {
	case V6_ATTACH_NONE:
		return has_service_route(host, service, false);
	case V6_ATTACH_ADDRESS:
		return has_service_address(host, service);
	case V6_ATTACH_PROXY:
		there = v6_proxy_has(&host->route, &proxy);
		break;
	case V6_ATTACH_ROUTE:
		break;
	}
	return there <= 0 ? there : has_service_route(host, service, true);
}

/* is_gone() - whether a removal did its work, or had none */
static bool is_gone(int code)
{
	return code == 0 || code == -EADDRNOTAVAIL || code == -ENODEV || code == -ENOENT ||
	       code == -ESRCH;
}

/* remove_proxy() - one that an administrator had made before stays */
static int remove_proxy(struct v6_host *host, const struct v6_service *service)
{
	struct v6_proxy proxy = proxy_of(service);
	int there = v6_proxy_has(&host->route, &proxy);

	return there == 1 ? v6_proxy_remove(&host->route, &proxy) : there < 0 ? there : 0;
}

static int remove_service(struct v6_host *host, const struct v6_service *service)
{
	struct v6_ifaddr ifaddr = ifaddr_of(service);
	struct v6_route route = route_of(service);
	int ret = 0;

	if (service->attach == V6_ATTACH_ADDRESS)
		return v6_ifaddr_remove(&host->route, &ifaddr);
	if (service->attach == V6_ATTACH_PROXY)
		ret = remove_proxy(host, service);
	if (!is_gone(ret))
		return ret;
	return service->attach == V6_ATTACH_NONE ? 0 : v6_route_remove(&host->route, &route);
}

/* is_brought() - whether an address looks as those that we bring; before 5.18 they bear no mark */
static bool is_brought(const struct v6_ifaddr *ifaddr)
{
	return ifaddr->ours || (!ifaddr->preferred && ifaddr->prefix.length == 128 &&
				(ifaddr->flags & IFA_F_NOPREFIXROUTE));
}

/* remove_otherwise() - where the link is gone, or the address was, and a later container brought it
 * anew: its guard is going, so nothing may be left of it
 */
static int remove_otherwise(struct v6_host *host, const struct v6_service *service)
{
	struct v6_route route = route_of(service);
	struct v6_ifaddr ifaddr;
	int ret = v6_ifaddr_get(&host->route, &service->address, &ifaddr);

	if (ret == 0 && is_brought(&ifaddr))
		return v6_ifaddr_remove(&host->route, &ifaddr);
	ret = v6_route_remove(&host->route, &route);
	return ret == 0 ? remove_proxy(host, service) : ret;
}

static int fail_remove(const struct v6_service *service, int code, struct v6_error *err)
{
	return v6_fail(err, code, "cannot remove %s from interface %s: %s",
		       V6_TEXT(&service->address), service->link_name, v6_strerror(code));
}

int v6_attach_down(struct v6_host *host, const struct v6_service *service, struct v6_error *err)
{
	struct v6_service now = *service;
	int ret;

	if (service->attach == V6_ATTACH_PROXY)
		v6_link_follow(&host->route, &now.link, now.link_name);
	ret = remove_service(host, &now);
	if (ret != 0 && is_gone(ret))
		ret = remove_otherwise(host, &now);
	return is_gone(ret) ? 0 : fail_remove(service, ret, err);
}

int v6_attach_leave(struct v6_host *host, const struct v6_service *service, struct v6_error *err)
{
	int ret = service->attach == V6_ATTACH_PROXY ? remove_proxy(host, service)
						     : remove_service(host, service);

	return is_gone(ret) ? 0 : fail_remove(service, ret, err);
}

/* remove_spot() - what is there, by whichever means it was found */
static int remove_spot(struct v6_host *host, const struct v6_spot *spot)
{
	struct v6_ifaddr ifaddr = {.prefix = spot->prefix, .link = spot->link};
	struct v6_proxy proxy = {spot->prefix.address, spot->link};
	struct v6_route route = {.to = spot->prefix, .link = spot->link, .local = true};

	if (spot->attach == V6_ATTACH_ADDRESS)
		return v6_ifaddr_remove(&host->route, &ifaddr);
	if (spot->attach == V6_ATTACH_PROXY)
		return v6_proxy_remove(&host->route, &proxy);
	return v6_route_remove(&host->route, &route);
}

int v6_attach_remove(struct v6_host *host, const struct v6_spot *spot, struct v6_error *err)
{
	int ret = remove_spot(host, spot);

	if (is_gone(ret))
		return 0;
	return v6_fail(err, ret, "cannot remove %s, which no record wants: %s",
		       V6_TEXT(&spot->prefix.address), v6_strerror(ret));
}
