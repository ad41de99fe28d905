/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where in the container its services are forwarded to, and how the host reaches that. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "kernel/ifaddr.h"
#include "kernel/link.h"
#include "kernel/netns.h"
#include "kernel/route.h"
#include "kernel/sysctl.h"
#include "plan/place_destination.h"
#include "plan/place_port.h"
#include "plan/provided.h"
#include "plan/via.h"
#include "store/holders.h"
#include "store/record.h"

#ifndef IFA_F_DADFAILED
#define IFA_F_DADFAILED 0x08
#endif

/* How often a list is read that changes meanwhile */
#define LIST_TRIES 10

/* struct inside - what is seen in the container's network namespace, by a socket that is closed
 * where a list was not read to its end
 */
struct inside {
	int netns;
	struct v6_nl nl;
	struct v6_link link;
	struct v6_prefix provided;
	struct in6_addr wanted;
	int former_link; /* by which the container was reached before, or 0 */
	struct in6_addr address;
	struct in6_addr given;
	int others[V6_SIBLINGS_MAX];
	size_t n_others;
	char stray[IF_NAMESIZE];
	bool has_way_out;
	bool is_set_up; /* it has a default route, of IPv4 or IPv6 */
	bool has_address;
	bool has_given;
};

static void close_inside(struct inside *inside)
{
	v6_nl_close(&inside->nl);
}

static int open_place_inside(void *data, struct v6_error *err)
{
	struct inside *inside = data;

	return v6_nl_open(NETLINK_ROUTE, &inside->nl, err);
}

static int open_if_closed(struct inside *inside, struct v6_error *err)
{
	return inside->nl.socket ? 0 : v6_netns_call(inside->netns, open_place_inside, inside, err);
}

/* list_inside() - as much of a list as is read; the socket is open afterwards */
static int list_inside(struct inside *inside, int (*list)(struct inside *inside))
{
	int i, opened, ret = -EINTR;

	for (i = 0; i < LIST_TRIES && ret == -EINTR; i++) {
		ret = list(inside);
		opened = open_if_closed(inside, NULL);
		if (opened < 0)
			return opened;
	}
	return ret;
}

static int find_default4(struct inside *inside)
{
	return v6_route_default4(&inside->nl, &inside->link.index);
}

static int find_only_link(struct inside *inside)
{
	return v6_link_only(&inside->nl, &inside->link);
}

/* find_default() - of several that are as good, the one by the link that it was before: the kernel
 * chooses by a secret of each boot
 */
static int find_default(struct inside *inside, struct v6_route *ret_route)
{
	struct v6_route former;
	int ret = v6_route_default(&inside->nl, 0, ret_route);

	if (ret == 0 && inside->former_link != 0 && ret_route->link != inside->former_link &&
	    v6_route_default(&inside->nl, inside->former_link, &former) == 0 &&
	    former.metric == ret_route->metric)
		*ret_route = former;
	return ret;
}

/* find_inside_link() - the link of the default route, IPv6 before IPv4, or the only one there is */
static int find_inside_link(struct inside *inside)
{
	struct v6_route route;
	int ret = find_default(inside, &route);

	inside->has_way_out = ret == 0;
	if (inside->has_way_out)
		inside->link.index = route.link;
	else if (ret == -ENETUNREACH)
		ret = list_inside(inside, find_default4);
	inside->is_set_up = ret == 0;
	if (ret == -ENETUNREACH)
		return list_inside(inside, find_only_link);
	if (ret < 0)
		return ret;
	return v6_link_get(&inside->nl, inside->link.index, NULL, &inside->link);
}

static int refuse_inside_link(const struct v6_link *link, int ret, struct v6_error *err)
{
	if (ret == -ENODEV)
		return v6_fail(
			err, -EAGAIN,
			"the container has no network but loopback; run it with a bridge network, not --network none");
	if (ret == -ENOTUNIQ)
		return v6_fail(
			err, -EAGAIN,
			"the container has several interfaces and no default route; give one of its networks a gateway");
	if (ret < 0)
		return v6_fail(err, ret, "cannot look up the container's interface: %s",
			       v6_strerror(ret));
	if (strcmp(link->kind, "macvlan") == 0 || strcmp(link->kind, "ipvlan") == 0)
		return v6_fail(
			err, -EOPNOTSUPP,
			"the container's interface %s is a %s, which is on the outer network already and can't be reached from this host; use a bridge network",
			link->name, link->kind);
	return 0;
}

/* choose_address() - global or unique-local; stable, so neither temporary nor on its way out; the
 * one that is wanted, or else the first; one that we gave to an earlier container of this namespace
 * counts apart. Before 5.18 addresses bear no mark, and the prefix has to do, as long as it is the
 * configured one
 */
static int choose_address(const struct v6_ifaddr *ifaddr, void *data)
{
	const uint32_t unfit = IFA_F_TEMPORARY | IFA_F_DEPRECATED | IFA_F_DADFAILED;
	struct inside *inside = data;

	if (ifaddr->ours || v6_prefix_contains(&inside->provided, &ifaddr->prefix.address)) {
		inside->given = ifaddr->prefix.address;
		inside->has_given = true;
		return 0;
	}
	if ((ifaddr->flags & unfit) || !v6_address_is_global(&ifaddr->prefix.address))
		return 0;
	if (inside->has_address && !v6_address_equal(&ifaddr->prefix.address, &inside->wanted))
		return 0;
	inside->address = ifaddr->prefix.address;
	inside->has_address = true;
	return 0;
}

static int list_ifaddrs(struct inside *inside)
{
	return v6_ifaddr_some(&inside->nl, inside->link.index, choose_address, inside);
}

/* find_ifaddr() - among the first of the link, and the one that is wanted wherever it is */
static int find_ifaddr(struct inside *inside)
{
	int ret = list_inside(inside, list_ifaddrs);
	struct v6_ifaddr wanted;

	if (ret > 0 && v6_ifaddr_get(&inside->nl, &inside->wanted, &wanted) == 0 &&
	    wanted.link == inside->link.index)
		choose_address(&wanted, inside);
	return ret < 0 ? ret : 0;
}

static int look_inside(struct inside *inside, struct v6_error *err)
{
	int ret = open_if_closed(inside, err);

	if (ret < 0)
		return ret;
	ret = refuse_inside_link(&inside->link, find_inside_link(inside), err);
	if (ret < 0)
		return ret;
	ret = find_ifaddr(inside);
	if (ret < 0)
		return v6_fail(err, ret, "cannot list the container's addresses: %s",
			       v6_strerror(ret));
	return 0;
}

/* check_route() - the host's own way to the address that the container has must end at the
 * container: whoever has rights in there could name another machine's
 */
static int check_route(struct v6_host *host, struct v6_destination *d, struct v6_error *err)
{
	struct v6_ifaddr ifaddr;
	struct v6_route route = {.link = 0};
	struct v6_nl_question asked[2];
	int ret;

	v6_ifaddr_question(&asked[0], &d->address, &ifaddr);
	v6_route_question(&asked[1], &(struct v6_route_query){.to = d->address}, &route);
	v6_nl_ask_all(&host->route, asked, V6_ARRAY_SIZE(asked));
	if (asked[0].ret == 0)
		return v6_fail(
			err, -EOPNOTSUPP,
			"the container's address %s is one of this host's own; use a bridge network",
			V6_TEXT(&d->address));
	ret = v6_route_answered(&asked[1]);
	if (ret == 0 && route.link == d->via && !route.local && !v6_route_is_default(&route) &&
	    IN6_IS_ADDR_UNSPECIFIED(&route.gateway)) {
		d->subnet = v6_prefix_mask(route.to);
		return 0;
	}
	if (v6_ipv6_check_inner(d->via_name, err) < 0)
		return -EAFNOSUPPORT;
	if (ret == 0 && route.link == d->via)
		return v6_fail(
			err, -ENETUNREACH,
			"this host's route to the container's address %s does not go straight through %s, but through a router or a default route; see ip -6 route get %s",
			V6_TEXT(&d->address), d->via_name, V6_TEXT(&d->address));
	return v6_fail(
		err, -ENETUNREACH,
		"this host's route to the container's address %s does not go through %s, where the container is; see ip -6 route get %s",
		V6_TEXT(&d->address), d->via_name, V6_TEXT(&d->address));
}

/* is_early() - whether somebody may still be busy with the container's network: what LXC starts has
 * an init of its own, which asks DHCP, or hears a router, when the hook has long returned
 */
static bool is_early(const struct v6_record *record)
{
	return record->destination.pending || record->engine == V6_ENGINE_LXC;
}

/* check_way_back() - in a network without a way out its answers would reach neighbours only */
static int check_way_back(const struct v6_record *record, const struct inside *inside,
			  struct v6_error *err)
{
	if (inside->has_way_out)
		return 0;
	return v6_fail(
		err, is_early(record) ? -EAGAIN : -EOPNOTSUPP,
		"the container has an IPv6 address, but no default route, and could answer its neighbours only; use a network with a gateway, not an internal one");
}

/* was_given() - whether an address in there is one that we gave to another container of the
 * namespace; whoever has rights in there could add one that we gave to somebody else
 */
static int was_given(struct v6_host *host, const struct inside *inside, uint64_t netns,
		     struct v6_error *err)
{
	struct v6_resource resource = v6_resource_address(&inside->given);
	struct v6_record other;
	char id[V6_ID_MAX + 1];
	int ret = inside->has_given ? v6_holder_find(host, &resource, id) : -ENOENT;

	if (ret < 0 && ret != -ENOENT)
		return v6_fail(err, ret, V6_RUN_DIR "/holders: cannot look up %s: %s",
			       resource.name, v6_strerror(ret));
	if (ret == 0)
		ret = v6_record_find(host, id, &other, err);
	if (ret < 0 && ret != -ENOENT)
		return ret;
	return ret > 0 && other.netns == netns;
}

/* check_patience() - as long as a network may come by itself, the container gets nothing from us */
static int check_patience(const struct v6_record *record, const struct inside *inside,
			  struct v6_error *err)
{
	if (!is_early(record))
		return 0;
	if (record->destination.link == inside->link.index)
		return v6_fail(err, -EAGAIN,
			       "the container has lost its IPv6 address on %s; add one there",
			       inside->link.name);
	if (!inside->is_set_up)
		return v6_fail(
			err, -EAGAIN,
			"the container has no IPv6 address and no default route; give its network a gateway");
	return 0;
}

/* assign_address() - an address for a container without; another one's of the same namespace, which
 * may have been given when the configured prefix was another one
 */
static int assign_address(struct v6_host *host, const struct v6_record *record,
			  const struct inside *inside, struct v6_destination *d,
			  struct v6_error *err)
{
	int ret = check_patience(record, inside, err);
	int given = ret < 0 ? ret : was_given(host, inside, record->netns, err);

	if (given < 0)
		return given;
	v6_provide_choose(host, record, v6_nl_cookie(&inside->nl), d);
	if (given) {
		d->address = inside->given;
		d->subnet = v6_prefix_mask((struct v6_prefix){inside->given, 64});
		return 0;
	}
	if (host->config.provide_off)
		return v6_fail(
			err, -EAGAIN,
			"the container has no IPv6 address, and \"provide\" in " V6_CONFIG_FILE
			" is off; run it on a network with IPv6 (podman network create --ipv6)");
	return 0;
}

/* look_outside() - the way from the host to a container with a network of its own */
static int look_outside(struct v6_host *host, const struct v6_record *record,
			const struct inside *inside, int netns, struct v6_destination *d,
			struct v6_error *err)
{
	int ret = v6_link_check_name(&inside->link, "the container's ", err);

	d->link = inside->link.index;
	snprintf(d->link_name, sizeof(d->link_name), "%s", inside->link.name);
	if (ret == 0)
		ret = v6_via_find(host, &inside->link, netns, d, err);
	if (ret < 0)
		return ret;
	if (inside->link.mac_size == V6_MAC_SIZE)
		memcpy(d->mac, inside->link.mac, V6_MAC_SIZE);
	d->address = inside->address;
	if (inside->has_address) {
		ret = check_way_back(record, inside, err);
		return ret < 0 ? ret : check_route(host, d, err);
	}
	return assign_address(host, record, inside, d, err);
}

/* note_other() - a link with an address that answers may have instead of the one that was asked */
static int note_other(const struct v6_ifaddr *ifaddr, void *data)
{
	struct inside *inside = data;
	size_t i;

	if (ifaddr->ours || v6_prefix_contains(&inside->provided, &ifaddr->prefix.address) ||
	    !v6_address_is_global(&ifaddr->prefix.address) ||
	    v6_address_equal(&ifaddr->prefix.address, &inside->address))
		return 0;
	for (i = 0; i < inside->n_others; i++)
		if (inside->others[i] == ifaddr->link)
			return 0;
	if (inside->n_others < V6_SIBLINGS_MAX)
		inside->others[inside->n_others++] = ifaddr->link;
	return 0;
}

static int list_others(struct inside *inside)
{
	inside->n_others = 0;
	return v6_ifaddr_some(&inside->nl, 0, note_other, inside);
}

static void append_sibling(struct v6_destination *d, int via, const char *via_name,
			   const uint8_t *mac)
{
	struct v6_sibling *sibling = &d->siblings[d->n_siblings];

	if (d->n_siblings == V6_SIBLINGS_MAX)
		return;
	d->n_siblings++;
	sibling->via = via;
	snprintf(sibling->via_name, sizeof(sibling->via_name), "%s", via_name);
	memcpy(sibling->mac, mac, sizeof(sibling->mac));
}

/* append_other() - unless packets that leave by it do not come to this host: it is a stray then */
static void append_other(struct v6_host *host, struct inside *inside, int index,
			 struct v6_destination *d)
{
	struct v6_destination other = {0};
	struct v6_link link;

	if (index == d->link || index == V6_LOOPBACK ||
	    v6_link_get(&inside->nl, index, NULL, &link) < 0)
		return;
	snprintf(other.link_name, sizeof(other.link_name), "%s", link.name);
	if (link.mac_size == V6_MAC_SIZE &&
	    v6_via_find(host, &link, inside->netns, &other, NULL) == 0)
		append_sibling(d, other.via, other.via_name, link.mac);
	else
		memcpy(inside->stray, link.name, sizeof(inside->stray));
}

static bool has_udp(const struct v6_record *record)
{
	size_t i;

	for (i = 0; i < record->n_maps; i++)
		if (record->maps[i].protocol == IPPROTO_UDP ||
		    record->maps[i].protocol == V6_PROTOCOL_ALL)
			return true;
	return false;
}

/* find_siblings() - by UDP, a program that listens on all addresses answers from any of them: the
 * kernel chooses it by the route to the client
 */
static void find_siblings(struct v6_host *host, const struct v6_record *record,
			  struct inside *inside, struct v6_destination *d)
{
	size_t i;

	d->n_siblings = 0;
	memset(d->siblings, 0, sizeof(d->siblings));
	inside->address = d->address;
	if (!has_udp(record) || !v6_destination_has_mac(d) ||
	    list_inside(inside, list_others) < 0 || inside->n_others == 0)
		return;
	append_sibling(d, d->via, d->via_name, d->mac);
	for (i = 0; i < inside->n_others; i++)
		append_other(host, inside, inside->others[i], d);
}

bool v6_place_has_siblings(struct v6_host *host, const struct v6_record *record, int netns)
{
	const struct v6_destination *was = &record->destination;
	struct inside auto_call(close_inside) inside = {.netns = netns};
	struct v6_destination d = *was;
	size_t i;

	v6_provided_prefix(host, &inside.provided);
	if (open_if_closed(&inside, NULL) < 0)
		return true;
	find_siblings(host, record, &inside, &d);
	if (d.n_siblings != was->n_siblings)
		return false;
	for (i = 0; i < d.n_siblings; i++)
		if (d.siblings[i].via != was->siblings[i].via ||
		    memcmp(d.siblings[i].mac, was->siblings[i].mac, V6_MAC_SIZE) != 0)
			return false;
	return true;
}

bool v6_place_has_stray(struct v6_host *host, const struct v6_record *record, int netns,
			char *ret_link)
{
	struct inside auto_call(close_inside) inside = {.netns = netns};
	struct v6_destination d = record->destination;

	v6_provided_prefix(host, &inside.provided);
	if (open_if_closed(&inside, NULL) < 0)
		return false;
	find_siblings(host, record, &inside, &d);
	memcpy(ret_link, inside.stray, sizeof(inside.stray));
	return *inside.stray;
}

/* struct sharer - a living container with the address of one that asks */
struct sharer {
	struct v6_host *host;
	const struct v6_record *record;
	struct v6_destination *d;
	char id[V6_ID_MAX + 1]; /* set where it is of another network */
};

/* look_at_sharer() - all living ones are of one network, so that the first one tells */
static int look_at_sharer(const char *id, void *data)
{
	struct sharer *sharer = data;
	struct v6_record other;

	if (strcmp(id, sharer->record->id) == 0 ||
	    v6_record_find(sharer->host, id, &other, NULL) <= 0 ||
	    !v6_address_equal(&other.destination.address, &sharer->d->address))
		return 0;
	if (other.netns != sharer->record->netns)
		snprintf(sharer->id, sizeof(sharer->id), "%s", id);
	else
		v6_place_port_keep(&other.destination, sharer->d);
	return -EEXIST; /* enough */
}

/* check_unshared() - whoever has rights in a container could name another one's address, and have
 * that one's clients; one of the same network has the same port
 */
static int check_unshared(struct v6_host *host, const struct v6_record *record,
			  struct v6_destination *d, struct v6_error *err)
{
	struct v6_resource resource = v6_resource_address(&d->address);
	struct sharer sharer = {.host = host, .record = record, .d = d};

	if (host->dir >= 0 && v6_holder_any(host, &resource) > 0)
		v6_holders_each(host, &resource, look_at_sharer, &sharer);
	if (!*sharer.id)
		return 0;
	return v6_fail(
		err, -EADDRINUSE,
		"the container's address %s is container %.*s's, which lives; give each an address of its own",
		V6_TEXT(&d->address), V6_ID_SHORT, sharer.id);
}

int v6_place_destination(struct v6_host *host, const struct v6_record *record, int netns,
			 struct v6_destination *ret_destination, struct v6_error *err)
{
	struct inside auto_call(close_inside) inside = {.netns = netns,
							.wanted = record->destination.address,
							.former_link = record->destination.link};
	struct v6_destination d = {0};
	int ret = 0;

	v6_provided_prefix(host, &inside.provided);
	if (record->netns != host->netns) {
		ret = look_inside(&inside, err);
		if (ret == 0)
			ret = look_outside(host, record, &inside, netns, &d, err);
		if (ret == 0)
			ret = check_unshared(host, record, &d, err);
		if (ret == 0)
			find_siblings(host, record, &inside, &d);
		if (ret == 0 && *inside.stray)
			v6_host_warn(
				host,
				"%.*s: clients may be answered by the container's interface %s, past this host; give it bridge networks only, or have its program listen on [%s]",
				V6_ID_SHORT, record->id, inside.stray, V6_TEXT(&d.address));
	}
	if (ret == 0)
		*ret_destination = d;
	return ret;
}

int v6_place_stands(const struct v6_record *record, int netns)
{
	const struct v6_destination *d = &record->destination;
	struct inside auto_call(close_inside) inside = {.netns = netns};
	struct v6_ifaddr ifaddr = {.link = d->link};
	int ret = open_if_closed(&inside, NULL);

	if (ret == 0)
		ret = v6_link_get(&inside.nl, d->link, NULL, &inside.link);
	if (ret == 0 && !d->provided)
		ret = v6_ifaddr_get(&inside.nl, &d->address, &ifaddr);
	if (ret == -ENODEV || ret == -EADDRNOTAVAIL)
		return 0;
	if (ret < 0)
		return ret;
	return ifaddr.link == d->link && memcmp(inside.link.mac, d->mac, V6_MAC_SIZE) == 0;
}

/* has_come() - whether the interface of an assigned address has one of its own by now */
static bool has_come(struct v6_host *host, const struct v6_destination *d, struct inside *inside)
{
	v6_provided_prefix(host, &inside->provided);
	inside->link.index = d->link;
	return list_inside(inside, list_ifaddrs) >= 0 && inside->has_address;
}

bool v6_place_is_passed(struct v6_host *host, const struct v6_record *record, int netns)
{
	const struct v6_destination *d = &record->destination;
	struct inside auto_call(close_inside) inside = {.netns = netns};
	struct v6_route route;

	if (!d->provided || open_if_closed(&inside, NULL) < 0 ||
	    v6_route_default(&inside.nl, 0, &route) < 0)
		return false;
	if (route.link != d->link)
		return true;
	return !v6_provided_is_gateway(host, &route.gateway) && has_come(host, d, &inside);
}
