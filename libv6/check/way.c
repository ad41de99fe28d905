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
#include "check/halted.h"
#include "check/interfaces.h"
#include "check/way.h"
#include "kernel/ifaddr.h"
#include "kernel/link.h"
#include "kernel/netns.h"
#include "kernel/route.h"
#include "kernel/sysctl.h"
#include "plan/place_destination.h"
#include "table/nat.h"

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

	learnt->any |= route->link == learnt->link && v6_route_is_default(route);
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

/* is_opened() - whether our table lets nothing but services' packets in by a link */
static bool is_opened(struct v6_checked *c, const char *link)
{
	struct v6_nat_op op = {.set = V6_NAT_OPENED};

	snprintf(op.link, sizeof(op.link), "%s", link);
	return v6_nat_has(&c->checker->host->netfilter, &op) > 0;
}

/* Names of links are listed in so many bytes */
#define LISTED_SIZE 160

/* struct listed - names of links, "and more" where they are too many; @first one of them */
struct listed {
	char text[LISTED_SIZE];
	char first[IF_NAMESIZE];
};

static void list_link(struct listed *listed, const char *name)
{
	size_t used = strlen(listed->text), left = sizeof(listed->text) - used;

	if (used == 0)
		memcpy(listed->first, name, strlen(name) + 1);
	if (strlen(name) + sizeof(", , ...") <= left)
		snprintf(listed->text + used, left, "%s%s", used ? ", " : "", name);
	else if (used < 4 || strcmp(listed->text + used - 4, " ...") != 0)
		snprintf(listed->text + used, left, ", ...");
}

/* struct entrances - links that forward what comes in by them, that somebody closed, or that
 * appeared since
 */
struct entrances {
	struct v6_checked *c;
	struct listed open, closed, appeared;
};

static int list_entrance(const struct v6_link *link, void *data)
{
	struct entrances *e = data;

	/* what is a port of another one has its packets come in by that. One that the container has
	 * lost is told of with its route
	 */
	if (link->loopback || link->master || !link->up ||
	    link->index == e->c->record->destination.port)
		return 0;
	if (read_setting(link->name, "force_forwarding"))
		list_link(&e->open, link->name);
	else
		list_link(is_opened(e->c, link->name) ? &e->closed : &e->appeared, link->name);
	return 0;
}

/* check_entrances() - by which links clients come, where the host does not forward as a whole */
static void check_entrances(struct v6_checked *c)
{
	struct entrances e = {.c = c};
	int ret = v6_link_each(&c->checker->host->route, list_entrance, &e);

	if (ret < 0) {
		v6_found_unseen(c->checker, "forwarding", "interfaces: %s", v6_strerror(ret));
		return;
	}
	v6_found_good(c->checker, "forwarding", "on for services, by %s", e.open.text);
	if (*e.appeared.text)
		v6_found_fault(
			c->checker, "forwarding", "v6ctl reconcile",
			"clients that come by %s get no answer: v6d, which opens new interfaces, was not running",
			e.appeared.text);
	if (*e.closed.text)
		v6_found_doubt(
			c->checker, "forwarding",
			v6_line("sysctl -w net/ipv6/conf/%s/force_forwarding=1", e.closed.first).s,
			"clients that come by %s get no answer: force_forwarding was turned off there",
			e.closed.text);
}

/* check_between() - whether packets pass between two links; ip6_forward(), and 6.17's setting */
static void check_between(struct v6_checked *c, const struct v6_service *service)
{
	const char *inner = c->record->destination.via_name;

	if (read_setting("all", "forwarding"))
		v6_found_good(c->checker, "forwarding", "on");
	else if (read_setting(service->link_name, "force_forwarding") &&
		 read_setting(inner, "force_forwarding"))
		check_entrances(c);
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

void v6_check_container(struct v6_checked *c)
{
	const struct v6_record *record = c->record;
	struct v6_error err;
	int ret;

	if (!c->alive) {
		v6_found_fault(c->checker, "container", "v6ctl reconcile",
			       "it exited, but its stop hook did not run; what it left is removed");
		return;
	}
	ret = v6_record_target_netns(record, &c->netns, &c->inode, &err);
	if (ret == -ESRCH)
		v6_found_fault(c->checker, "container", "v6ctl reconcile", "%s", err.text);
	else if (ret < 0)
		v6_found_unseen(c->checker, "container", "%s", err.text);
	else if (v6_check_frozen(c))
		return;
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
		return v6_line("nsenter --net=%s", v6_command_word(record->netns_path));
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
	else if (v6_route_default(&c->checker->host->route, d->via, &route) < 0)
		command =
			v6_line("ip -6 addr add %s/64 dev %s", V6_TEXT(&way->gateway), d->via_name);
	v6_found_fault(c->checker, "inside", command.s,
		       "the container's answers go to its gateway %s, which is not this host on %s",
		       V6_TEXT(&way->gateway), d->via_name);
}

/* report_other_way() - answers go by a link that is not the service's, as a VPN's: no gateway tells
 * whose that is
 */
static void report_other_way(struct v6_checked *c, struct v6_nl *nl, const struct v6_route *way)
{
	struct v6_link other = {.name = "some interface"};

	v6_link_get(nl, way->link, NULL, &other);
	v6_found_doubt(
		c->checker, "inside", "",
		"the container's answers go by its %s, not by %s, and may not come back to this host; see ip -6 rule and ip -6 route in there",
		other.name, c->record->destination.link_name);
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
	/* a global address, whose default route may be 2000::/3 */
	struct v6_route_query query = {.to.s6_addr = {0x20}, .from = d->address};
	struct v6_route route;
	int ret = v6_route_ask(nl, &query, &route);

	if (ret < 0 && ret != -ENETUNREACH) {
		v6_found_unseen(c->checker, "inside", "its default route: %s", v6_strerror(ret));
		return;
	}
	if (ret < 0 || !v6_route_is_default(&route)) {
		report_no_way_back(c);
		return;
	}
	if (IN6_IS_ADDR_UNSPECIFIED(&route.gateway) && route.link != d->link)
		report_other_way(c, nl, &route);
	else if (!comes_back(c, &route))
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
			       "the container's interface %s is gone; restart the container",
			       d->link_name);
	else if (ret == 0 && !link.up)
		v6_found_fault(c->checker, "inside",
			       v6_line("%s ip link set dev %s up && v6ctl reconcile",
				       enter_netns(c->record).s, link.name)
				       .s,
			       "the container's interface %s is down", link.name);
	else if (ret == 0 && link.mtu < V6_IPV6_MTU_MIN)
		v6_found_fault(
			c->checker, "inside",
			v6_line("%s ip link set dev %s mtu %u", enter_netns(c->record).s, link.name,
				V6_IPV6_MTU_MIN)
				.s,
			"the MTU of the container's interface %s is %u, and IPv6 is off below %u",
			link.name, link.mtu, V6_IPV6_MTU_MIN);
	else if (ret < 0)
		v6_found_unseen(c->checker, "inside", "the container's interface %s: %s",
				d->link_name, v6_strerror(ret));
	return ret == 0 && link.up && link.mtu >= V6_IPV6_MTU_MIN;
}

/* check_inner_mac() - that clients' packets are for it still. Returns whether it is worth looking
 * on */
static bool check_inner_mac(struct v6_checked *c, struct v6_nl *nl)
{
	const struct v6_destination *d = &c->record->destination;
	struct v6_link link;

	if (!v6_destination_has_mac(d) || v6_link_get(nl, d->link, NULL, &link) < 0 ||
	    memcmp(link.mac, d->mac, sizeof(d->mac)) == 0)
		return true;
	v6_found_fault(
		c->checker, "inside", "v6ctl reconcile",
		"the container's interface %s has another link-layer address by now than the one that %s is pinned to",
		d->link_name, V6_TEXT(&d->address));
	return false;
}

static int is_ipv6_off(void *data, struct v6_error *err)
{
	const struct v6_destination *d = data;

	(void)err;
	return read_setting(d->link_name, "disable_ipv6");
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
	if (ret == -EADDRNOTAVAIL && v6_netns_call(c->netns, is_ipv6_off, (void *)d, NULL) > 0)
		v6_found_fault(
			c->checker, "inside",
			v6_line("%s sysctl -w net/ipv6/conf/%s/disable_ipv6=0",
				enter_netns(c->record).s, d->link_name)
				.s,
			"IPv6 is off on the container's interface %s (disable_ipv6): it has lost its address %s",
			d->link_name, V6_TEXT(&d->address));
	else if (ret == -EADDRNOTAVAIL)
		v6_found_fault(c->checker, "inside", add.s, "the container has lost its address %s",
			       V6_TEXT(&d->address));
	return ret == 0;
}

/* check_other_ways() - by UDP a container with several addresses may answer from any of them */
static void check_other_ways(struct v6_checked *c)
{
	struct v6_host *host = c->checker->host;
	char stray[IF_NAMESIZE];

	if (!v6_place_has_siblings(host, c->record, c->netns))
		v6_found_fault(
			c->checker, "inside", "v6ctl reconcile",
			"the container's networks have changed since the last reconcile; by UDP it may answer from another address than %s",
			V6_TEXT(&c->record->destination.address));
	if (v6_place_has_stray(host, c->record, c->netns, stray))
		v6_found_doubt(
			c->checker, "inside", "",
			"by UDP the container may answer by its interface %s, past this host, and from another source; give it bridge networks only, or have its program listen on [%s]",
			stray, V6_TEXT(&c->record->destination.address));
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
	if (check_inner_link(c, &nl) && check_inner_mac(c, &nl) && check_inner_address(c, &nl))
		check_back(c, &nl);
	check_other_ways(c);
}

void v6_check_pending(struct v6_checked *c)
{
	struct v6_host *host = c->checker->host;
	struct v6_error why;

	if (v6_pending_why(host, c->record, &why) == 0)
		v6_found_fault(
			c->checker, "inside", "v6ctl reconcile",
			"the container has a network by now, and no reconcile has run since");
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
