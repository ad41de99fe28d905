/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way between the service's link and the container, and back. */
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include <libv6/verbs.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "check/checker.h"
#include "check/way.h"
#include "kernel/ifaddr.h"
#include "kernel/link.h"
#include "kernel/netns.h"
#include "kernel/pin.h"
#include "kernel/route.h"
#include "kernel/sysctl.h"

/* read_setting() - of a link; 0 where this kernel has none of that name */
static int read_setting(const char *link, const char *name)
{
	int value = 0;

	v6_sysctl_get(link, name, &value);
	return value;
}

/* struct learnt - a link whose default route comes from router advertisements */
struct learnt {
	int link;
	bool any;
};

static int note_learnt(const struct v6_route *route, void *data)
{
	struct learnt *learnt = data;

	learnt->any |= route->link == learnt->link && route->to.length == 0;
	return 0;
}

/* check_learnt() - a router's advertisements are no more heard where forwarding is on, unless
 * accept_ra is 2, and the route that they brought runs out
 */
static void check_learnt(struct v6_checked *c, const struct v6_service *service)
{
	struct learnt learnt = {.link = service->link};
	struct v6_line command =
		v6_line("sysctl -w net/ipv6/conf/%s/accept_ra=2", service->link_name);

	if (!read_setting("all", "forwarding") || !read_setting(service->link_name, "forwarding") ||
	    read_setting(service->link_name, "accept_ra") != 1)
		return;
	if (v6_route_each(&c->checker->host->route, RTPROT_RA, false, note_learnt, &learnt) == 0 &&
	    learnt.any)
		v6_found_fault(
			c->checker, "forwarding", command.s,
			"the default route by %s was learnt from a router and will be lost, since a host that forwards does not listen to routers",
			service->link_name);
}

/* check_between() - whether packets pass between two links; ip6_forward(), and 6.17's setting */
static void check_between(struct v6_checked *c, const struct v6_service *service)
{
	const char *inner = c->record->destination.via_name;

	if (read_setting("all", "forwarding"))
		v6_found_good(c->checker, "forwarding", "on");
	else if (read_setting(service->link_name, "force_forwarding") &&
		 read_setting(inner, "force_forwarding"))
		v6_found_good(c->checker, "forwarding", "on for %s and %s", service->link_name,
			      inner);
	else
		v6_found_fault(c->checker, "forwarding", "v6ctl reconcile",
			       "off: packets do not pass between %s and %s", service->link_name,
			       inner);
}

/* is_repeated_link() - whether an earlier service is on the same link */
static bool is_repeated_link(const struct v6_record *record, size_t i)
{
	size_t j;

	for (j = 0; j < i; j++)
		if (record->services[j].link == record->services[i].link)
			return true;
	return false;
}

void v6_check_forwarding(struct v6_checked *c)
{
	size_t i;
	int value;

	if (c->local) {
		v6_found_good(c->checker, "forwarding", "not needed in the host's network");
		return;
	}
	if (v6_sysctl_get("all", "forwarding", &value) < 0) {
		v6_found_fault(c->checker, "forwarding", "",
			       "this host has no IPv6; boot without ipv6.disable=1");
		return;
	}
	for (i = 0; i < c->record->n_services; i++) {
		if (is_repeated_link(c->record, i))
			continue;
		check_between(c, &c->record->services[i]);
		check_learnt(c, &c->record->services[i]);
	}
}

/* route_back() - the command that leads to the container again; @wrong leads elsewhere, or nowhere
 * where it is NULL
 */
static struct v6_line route_back(const struct v6_destination *d, const struct v6_route *wrong,
				 const struct v6_link *link)
{
	if (wrong && wrong->to.length >= d->subnet.length)
		return v6_line("ip -6 route del %s/%u dev %s && v6ctl reconcile",
			       V6_TEXT(&wrong->to.address), wrong->to.length, link->name);
	if (d->provided)
		return v6_line("v6ctl reconcile");
	return v6_line("ip -6 route replace %s/%u dev %s", V6_TEXT(&d->subnet.address),
		       d->subnet.length, d->via_name);
}

/* check_target() - the host's own way to the target */
/* check_pin() - whether what the route leads to is the container */
static void check_pin(struct v6_checked *c, const struct v6_destination *d)
{
	struct v6_pin pin = {.address = d->address, .link = d->via};
	int there;

	memcpy(pin.mac, d->mac, sizeof(pin.mac));
	there = v6_pin_has(&c->checker->host->route, &pin);
	if (there == 0)
		v6_found_doubt(
			c->checker, "route", "v6ctl reconcile",
			"%s is behind %s, but not pinned to the container's link-layer address: whoever says to have it gets its clients",
			V6_TEXT(&d->address), d->via_name);
	else if (there < 0)
		v6_found_unseen(c->checker, "route", "to %s: %s", V6_TEXT(&d->address),
				v6_strerror(there));
	else
		v6_found_good(c->checker, "route", "%s is behind %s", V6_TEXT(&d->address),
			      d->via_name);
}

static void check_target(struct v6_checked *c, const struct v6_destination *d)
{
	struct v6_route route = {.link = 0};
	struct v6_link other = {.name = "another link"};
	int ret = v6_route_lookup(&c->checker->host->route, &d->address, 0, &route);

	if (ret == 0)
		v6_link_get(&c->checker->host->route, route.link, NULL, &other);
	if (ret == 0 && route.link == d->via)
		check_pin(c, d);
	else if (ret == 0)
		v6_found_fault(c->checker, "route", route_back(d, &route, &other).s,
			       "the route to %s leads to %s instead of %s, where the container is",
			       V6_TEXT(&d->address), other.name, d->via_name);
	else if (ret == -ENETUNREACH)
		v6_found_fault(c->checker, "route", route_back(d, NULL, NULL).s,
			       "there is no route to %s, which is behind %s", V6_TEXT(&d->address),
			       d->via_name);
	else
		v6_found_unseen(c->checker, "route", "to %s: %s", V6_TEXT(&d->address),
				v6_strerror(ret));
}

/* check_clients() - the way back to them: to neighbours, or by a router to all */
static void check_clients(struct v6_checked *c, const struct v6_service *service)
{
	struct v6_route route = {.link = 0};
	struct in6_addr client = service->address;

	/* any neighbour of the service; the service itself is local */
	client.s6_addr[15] ^= 1;
	if (v6_route_lookup(&c->checker->host->route, &client, 0, &route) == -ENETUNREACH)
		v6_found_fault(
			c->checker, "route", "",
			"clients on %s, such as %s, can't be answered: no route leads there; give %s an address in that prefix",
			service->link_name, V6_TEXT(&client), service->link_name);
}

void v6_check_route(struct v6_checked *c)
{
	const struct v6_destination *d = &c->record->destination;
	struct v6_link link;
	size_t i;
	int ret;

	for (i = 0; i < c->record->n_services; i++)
		if (c->record->services[i].attach != V6_ATTACH_ROUTE)
			check_clients(c, &c->record->services[i]);

	if (c->local) {
		v6_found_good(c->checker, "route", "none, in the host's network");
		return;
	}
	ret = v6_link_get(&c->checker->host->route, d->via, NULL, &link);
	if (ret == 0 && !link.up)
		v6_found_fault(c->checker, "route",
			       v6_line("ip link set dev %s up && v6ctl reconcile", link.name).s,
			       "link %s, which leads to the container, is down", link.name);
	else if (ret == -ENODEV)
		v6_found_fault(
			c->checker, "route", "",
			"link %s, which led to the container, is gone; restart the container",
			d->via_name);
	else if (ret < 0)
		v6_found_unseen(c->checker, "route", "link %s: %s", d->via_name, v6_strerror(ret));
	else
		check_target(c, d);
}

void v6_check_container(struct v6_checked *c)
{
	const struct v6_record *record = c->record;
	struct v6_error err;
	int ret;

	if (!c->alive) {
		v6_found_fault(c->checker, "container", "v6ctl reconcile",
			       "it has ended, and nobody told us; what it has left is collected");
		return;
	}
	ret = v6_record_target_netns(record, &c->netns, &c->inode, &err);
	if (ret == -ESRCH)
		v6_found_fault(c->checker, "container", "v6ctl reconcile", "%s", err.text);
	else if (ret < 0)
		v6_found_unseen(c->checker, "container", "%s", err.text);
	else if (*record->netns_path)
		v6_found_good(c->checker, "container", "%s is there", record->netns_path);
	else
		v6_found_good(c->checker, "container", "process %d lives", record->pid);
}

/*
 * Inside
 */

static int open_inner_route(void *data, struct v6_error *err)
{
	return v6_nl_open(NETLINK_ROUTE, data, err);
}

/* enter_netns() - the beginning of a command that is run in the container's network namespace */
static struct v6_line enter_netns(const struct v6_record *record)
{
	if (*record->netns_path)
		return v6_line("nsenter --net=%s", record->netns_path);
	return v6_line("nsenter --net=/proc/%d/ns/net", record->pid);
}

/* struct gateway - an address of the host's in a prefix */
struct gateway {
	struct v6_prefix prefix;
	struct in6_addr address;
	bool found;
};

static int keep_gateway(const struct v6_ifaddr *ifaddr, void *data)
{
	struct gateway *gateway = data;

	if (v6_prefix_contains(&gateway->prefix, &ifaddr->prefix.address)) {
		gateway->address = ifaddr->prefix.address;
		gateway->found = true;
	}
	return 0;
}

/* has_in() - whether the host has an address in a prefix, on the link that leads to the container
 */
static bool has_in(struct v6_checked *c, struct gateway *gateway)
{
	return v6_ifaddr_each(&c->checker->host->route, c->record->destination.via, keep_gateway,
			      gateway) == 0 &&
	       gateway->found;
}

static void report_no_way_back(struct v6_checked *c)
{
	const struct v6_destination *d = &c->record->destination;
	struct v6_line command = v6_line("v6ctl reconcile");
	struct gateway gateway = {.prefix = d->subnet};

	if (!d->provided && has_in(c, &gateway))
		command = v6_line("%s ip -6 route add default via %s dev %s",
				  enter_netns(c->record).s, V6_TEXT(&gateway.address),
				  d->link_name);
	else if (!d->provided)
		command = v6_line("%s", "");
	v6_found_fault(c->checker, "inside", command.s,
		       "the container has no default route, so that its answers go nowhere");
}

/* report_lost_gateway() - the container's answers go to an address that is not ours: lost, or never
 * so */
static void report_lost_gateway(struct v6_checked *c, const struct v6_route *way)
{
	const struct v6_destination *d = &c->record->destination;
	struct v6_line command = v6_line("%s", "");
	struct v6_route route;

	/* a bridge to the outside has a router, whose address that may be */
	if (d->provided)
		command = v6_line("v6ctl reconcile");
	else if (way->link != d->link)
		command = v6_line("%s", "");
	else if (v6_route_lookup(&c->checker->host->route, &in6addr_any, d->via, &route) < 0 ||
		 route.to.length != 0)
		command =
			v6_line("ip -6 addr add %s/64 dev %s", V6_TEXT(&way->gateway), d->via_name);
	v6_found_fault(c->checker, "inside", command.s,
		       "the container's answers go to its gateway %s, which is not this host on %s",
		       V6_TEXT(&way->gateway), d->via_name);
}

/* comes_back() - whether answers reach this host: by the container's link, or by another one where
 * its own address may stay when it has several networks
 */
static bool comes_back(struct v6_checked *c, const struct v6_route *way)
{
	const struct v6_destination *d = &c->record->destination;
	struct gateway gateway = {.prefix = {way->gateway, 128}};
	struct v6_ifaddr ifaddr;

	if (IN6_IS_ADDR_UNSPECIFIED(&way->gateway) || has_in(c, &gateway))
		return true;
	return !d->provided && way->link != d->link &&
	       v6_ifaddr_get(&c->checker->host->route, &way->gateway, &ifaddr) == 0;
}

/* check_back() - the way that answers take */
static void check_back(struct v6_checked *c, struct v6_nl *nl)
{
	const struct v6_destination *d = &c->record->destination;
	struct v6_route route;
	int ret = v6_route_lookup(nl, &in6addr_any, 0, &route);

	if (ret < 0 && ret != -ENETUNREACH) {
		v6_found_unseen(c->checker, "inside", "its default route: %s", v6_strerror(ret));
		return;
	}
	if (ret < 0 || route.to.length != 0) {
		report_no_way_back(c);
		return;
	}
	if (!comes_back(c, &route))
		report_lost_gateway(c, &route);
	else
		v6_found_good(c->checker, "inside", "the container has %s on %s, and a way back",
			      V6_TEXT(&d->address), d->link_name);
}

/* check_inner_link() - the container's end. Returns whether it is worth looking on */
static bool check_inner_link(struct v6_checked *c, struct v6_nl *nl)
{
	const struct v6_destination *d = &c->record->destination;
	struct v6_link link;
	int ret = v6_link_get(nl, d->link, NULL, &link);

	if (ret == -ENODEV)
		v6_found_fault(c->checker, "inside", "",
			       "the container's link %s is gone; restart the container",
			       d->link_name);
	else if (ret == 0 && !link.up)
		v6_found_fault(c->checker, "inside",
			       v6_line("%s ip link set dev %s up && v6ctl reconcile",
				       enter_netns(c->record).s, link.name)
				       .s,
			       "the container's link %s is down", link.name);
	else if (ret < 0)
		v6_found_unseen(c->checker, "inside", "the container's link %s: %s", d->link_name,
				v6_strerror(ret));
	return ret == 0 && link.up;
}

/* check_inner_address() - that the container has it still. Returns whether it is worth looking on
 */
static bool check_inner_address(struct v6_checked *c, struct v6_nl *nl)
{
	const struct v6_destination *d = &c->record->destination;
	struct v6_line add = v6_line("v6ctl reconcile");
	struct v6_ifaddr ifaddr;
	int ret = v6_ifaddr_get(nl, &d->address, &ifaddr);

	if (!d->provided)
		add = v6_line("%s ip -6 addr add %s/%u dev %s", enter_netns(c->record).s,
			      V6_TEXT(&d->address), d->subnet.length, d->link_name);
	if (ret == -EADDRNOTAVAIL)
		v6_found_fault(c->checker, "inside", add.s, "the container has lost its address %s",
			       V6_TEXT(&d->address));
	return ret == 0;
}

void v6_check_inside(struct v6_checked *c)
{
	struct v6_nl auto_call(v6_nl_close) nl = {0};
	struct v6_error err;

	if (c->local)
		return;
	if (c->netns < 0) {
		v6_found_unseen(c->checker, "inside", "there is no way into the container");
		return;
	}
	if (v6_netns_call(c->netns, open_inner_route, &nl, &err) < 0) {
		v6_found_unseen(c->checker, "inside", "%s", err.text);
		v6_cleanup_fd(&c->netns);
		c->netns = -1;
		return;
	}
	if (check_inner_link(c, &nl) && check_inner_address(c, &nl))
		check_back(c, &nl);
}

void v6_check_pending(struct v6_checked *c)
{
	struct v6_host *host = c->checker->host;
	struct v6_error why;

	if (v6_pending_why(host, c->record, &why) == 0)
		v6_found_fault(c->checker, "inside", "v6ctl reconcile",
			       "the container has a network now, and nobody has looked since");
	else if (c->record->destination.link)
		/* it had an address, so that nobody is about to give it its first */
		v6_found_fault(c->checker, "inside", v6_restart_command(c->record).s, "%s",
			       why.text);
	else if (v6_host_is_watched(host))
		v6_found_fault(c->checker, "inside", "", "%s", why.text);
	else
		v6_found_fault(c->checker, "inside", "systemctl start v6d",
			       "%s; if that comes later, v6d would be the one to see it", why.text);
}
