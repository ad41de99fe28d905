/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the service addresses are where they should be. */
#include <errno.h>
#include <linux/if_addr.h>

#include "base/address.h"
#include "check/addresses.h"
#include "check/checker.h"
#include "check/interfaces.h"
#include "kernel/ifaddr.h"
#include "kernel/link.h"
#include "kernel/onlink.h"
#include "kernel/proxy.h"
#include "kernel/route.h"
#include "kernel/sysctl.h"
#include "plan/place_again.h"

#define STEP "address"

/**
 * struct places - Where an address is
 * @address:	It
 * @link:	The link where it should be
 * @right:	As it is there, where @on_right
 * @wrong:	On another one, where @on_wrong
 */
struct places {
	struct in6_addr address;
	int link;
	struct v6_ifaddr right, wrong;
	bool on_right, on_wrong;
};

static int note_place(const struct v6_ifaddr *ifaddr, void *data)
{
	struct places *places = data;

	if (!v6_address_equal(&ifaddr->prefix.address, &places->address))
		return 0;
	if (ifaddr->link == places->link) {
		places->right = *ifaddr;
		places->on_right = true;
	} else {
		places->wrong = *ifaddr;
		places->on_wrong = true;
	}
	return 0;
}

static int find_service_link(struct v6_checked *c, const struct v6_service *service,
			     struct v6_link *link)
{
	int ret = v6_link_get(&c->checker->host->route, service->link, NULL, link);

	if (ret == -ENODEV)
		v6_found_fault(
			c->checker, STEP, "",
			"interface %s is gone, with %s; bring it back, then run v6ctl reconcile",
			service->link_name, V6_TEXT(&service->address));
	else if (ret < 0)
		v6_found_unseen(c->checker, STEP, "interface %s: %s", service->link_name,
				v6_strerror(ret));
	return ret;
}

/* check_outer_link() - whether packets come and go by it. Returns whether it is worth looking on */
static bool check_outer_link(struct v6_checked *c, const struct v6_link *link,
			     const struct v6_service *service)
{
	if (link->up && !link->running)
		v6_found_fault(
			c->checker, STEP, "",
			"interface %s is not connected; plug its cable in, or look at the other end",
			link->name);
	if (!link->up)
		v6_found_fault(c->checker, STEP,
			       v6_line("ip link set dev %s up && v6ctl reconcile", link->name).s,
			       "interface %s is down, which has taken %s away", link->name,
			       V6_TEXT(&service->address));
	return link->up;
}

/* prefix_length() - that the address would have had on its link before somebody removed it */
static uint8_t prefix_length(struct v6_checked *c, const struct v6_service *service)
{
	struct v6_route route;

	if (v6_route_lookup(&c->checker->host->route, &service->address, service->link, &route) <
		    0 ||
	    v6_route_is_default(&route))
		return 128;
	return route.to.length;
}

static void report_lost(struct v6_checked *c, const struct v6_service *service)
{
	if (service->ours)
		v6_found_fault(c->checker, STEP, "v6ctl reconcile",
			       "%s is on no interface; another program has removed it from %s",
			       V6_TEXT(&service->address), service->link_name);
	else
		v6_found_fault(c->checker, STEP,
			       v6_line("ip -6 addr add %s/%u dev %s", V6_TEXT(&service->address),
				       prefix_length(c, service), service->link_name)
				       .s,
			       "%s was this host's own on %s, and is gone",
			       V6_TEXT(&service->address), service->link_name);
}

/* suggest_removal() - the command that takes an address away and puts it where it belongs */
static struct v6_line suggest_removal(struct v6_checked *c, const struct v6_ifaddr *ifaddr)
{
	struct v6_link link;

	if (v6_link_get(&c->checker->host->route, ifaddr->link, NULL, &link) < 0)
		return v6_line("v6ctl reconcile");
	return v6_line("ip -6 addr del %s/%u dev %s && v6ctl reconcile",
		       V6_TEXT(&ifaddr->prefix.address), ifaddr->prefix.length, link.name);
}

static void report_moved(struct v6_checked *c, const struct v6_service *service,
			 const struct v6_ifaddr *wrong)
{
	struct v6_link link = {.name = "some interface"};

	v6_link_get(&c->checker->host->route, wrong->link, NULL, &link);
	v6_found_fault(c->checker, STEP, suggest_removal(c, wrong).s, "%s is on %s instead of %s",
		       V6_TEXT(&service->address), link.name, service->link_name);
}

static void report_place(struct v6_checked *c, const struct v6_service *service,
			 const struct v6_ifaddr *right)
{
	if (right->flags & IFA_F_DADFAILED)
		v6_found_fault(
			c->checker, STEP, suggest_removal(c, right).s,
			"%s on %s is out of use (dadfailed): another machine had it when it was added; remove it there first",
			V6_TEXT(&service->address), service->link_name);
	else if (right->flags & IFA_F_TENTATIVE)
		v6_found_doubt(
			c->checker, STEP, "",
			"%s on %s is still being looked for on other machines (tentative); try again in a few seconds",
			V6_TEXT(&service->address), service->link_name);
	else if (service->ours)
		v6_found_good(c->checker, STEP, "%s is on %s%s", V6_TEXT(&service->address),
			      service->link_name,
			      right->preferred ? "" : ", deprecated, as it should be");
	else
		v6_found_good(c->checker, STEP, "%s is on %s, this host's own before us",
			      V6_TEXT(&service->address), service->link_name);
}

/* check_on_link() - an address of a link's */
static void check_on_link(struct v6_checked *c, const struct v6_service *service,
			  const struct v6_link *link)
{
	struct places places = {.address = service->address, .link = link->index};
	int ret = v6_ifaddr_each(&c->checker->host->route, 0, note_place, &places);

	if (ret < 0) {
		v6_found_unseen(c->checker, STEP, "cannot list addresses: %s", v6_strerror(ret));
		return;
	}
	if (places.on_right)
		report_place(c, service, &places.right);
	else if (!places.on_wrong)
		report_lost(c, service);
	if (places.on_wrong)
		report_moved(c, service, &places.wrong);
}

/* check_place() - Check whether clients reach an address where it is placed; if it has a better
 * place, a reconcile moves it there. Returns whether it is worth looking on
 */
static bool check_place(struct v6_checked *c, const struct v6_service *service)
{
	struct v6_host *host = c->checker->host;
	struct v6_error why, again;
	struct v6_service to;
	int ret = v6_onlink_read(&host->route, &host->onlink);

	if (ret < 0)
		v6_found_unseen(c->checker, STEP, "cannot list routes: %s", v6_strerror(ret));
	ret = ret < 0 ? 0 : v6_place_stays(host, service, c->record->interface, &why);
	if (ret == 0)
		return true;
	if (v6_place_again(host, service, c->record->interface, &to, &again) == 0)
		v6_found_fault(c->checker, STEP, "v6ctl reconcile",
			       "%s; clients reach %s on interface %s now", why.text,
			       V6_TEXT(&service->address), to.link_name);
	else if (ret == -ENODEV || ret == -ENETDOWN || service->attach == V6_ATTACH_NONE)
		return true;
	else
		v6_found_fault(c->checker, STEP, "", "%s, so that clients cannot reach it: %s",
			       why.text, again.text);
	return false;
}

static bool has_local_route(struct v6_checked *c, const struct v6_service *service)
{
	struct v6_route route = {.local = false};

	return v6_route_lookup(&c->checker->host->route, &service->address, 0, &route) == 0 &&
	       route.local;
}

/* answers_as_proxy() - whether the link is told that the address is here */
static bool answers_as_proxy(struct v6_checked *c, const struct v6_service *service)
{
	struct v6_proxy proxy = {.address = service->address, .link = service->link};
	int on = 1;

	v6_sysctl_get(service->link_name, "proxy_ndp", &on);
	return on && v6_proxy_has(&c->checker->host->route, &proxy) != 0;
}

static bool on_any_link(struct v6_checked *c, const struct v6_service *service)
{
	struct v6_ifaddr ifaddr;

	return v6_ifaddr_get(&c->checker->host->route, &service->address, &ifaddr) == 0;
}

/* check_routed() - an address that no link has, but the host has a local route for */
static void check_routed(struct v6_checked *c, const struct v6_service *service)
{
	if (!has_local_route(c, service))
		v6_found_fault(c->checker, STEP, service->ours ? "v6ctl reconcile" : "",
			       "the local route for %s is gone: another program has removed it",
			       V6_TEXT(&service->address));
	else if (service->attach == V6_ATTACH_PROXY && !answers_as_proxy(c, service))
		v6_found_fault(
			c->checker, STEP, "v6ctl reconcile",
			"%s does not tell its neighbours that %s is here: its proxy neighbour is gone, or proxy_ndp is off",
			service->link_name, V6_TEXT(&service->address));
	else
		v6_found_good(c->checker, STEP, "%s is here by a local route%s%s",
			      V6_TEXT(&service->address),
			      service->attach == V6_ATTACH_PROXY ? ", and a proxy neighbour on "
								 : "",
			      service->attach == V6_ATTACH_PROXY ? service->link_name : "");
}

/* has_lost_ipv6() - which is why its prefix is gone; a port has its addresses elsewhere */
static bool has_lost_ipv6(struct v6_checked *c, const struct v6_service *service)
{
	struct v6_link link;

	return v6_link_get(&c->checker->host->route, service->link, NULL, &link) == 0 &&
	       !link.port && !v6_check_has_ipv6(c, STEP, &link);
}

static void check_service_address(struct v6_checked *c, const struct v6_service *service)
{
	struct v6_link link;

	if (has_lost_ipv6(c, service) || !check_place(c, service) ||
	    find_service_link(c, service, &link) < 0 || !check_outer_link(c, &link, service))
		return;
	if (service->attach != V6_ATTACH_ROUTE)
		v6_check_hears(c, STEP, &link);
	if (service->attach == V6_ATTACH_ROUTE || service->attach == V6_ATTACH_PROXY ||
	    (service->attach == V6_ATTACH_NONE && !on_any_link(c, service) &&
	     has_local_route(c, service)))
		check_routed(c, service);
	else
		check_on_link(c, service, &link);
}

void v6_check_addresses(struct v6_checked *c)
{
	size_t i;

	for (i = 0; i < c->record->n_services; i++)
		check_service_address(c, &c->record->services[i]);
}
