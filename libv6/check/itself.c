/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Check that a container reaches its own service: its packets return by the port of the bridge that
 * they came in by.
 */
#include <errno.h>
#include <linux/netlink.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/prefixes.h"
#include "check/checker.h"
#include "check/itself.h"
#include "check/listening.h"
#include "kernel/hairpin.h"
#include "kernel/netns.h"
#include "kernel/route.h"

#define STEP "connection"

/* is_held_back() - whether the bridge filters, and does not return what came in by that port */
static bool is_held_back(struct v6_checked *c)
{
	const struct v6_destination *d = &c->record->destination;
	struct v6_nl *nl = &c->checker->host->route;
	struct v6_link port, bridge;

	return d->port && v6_link_get(nl, d->port, NULL, &port) == 0 && !port.hairpin &&
	       port.master == d->via && v6_link_get(nl, d->via, NULL, &bridge) == 0 &&
	       v6_bridge_filters(&bridge);
}

static void doubt_port(struct v6_checked *c)
{
	const struct v6_destination *d = &c->record->destination;

	if (v6_hairpin_is_harmless(c->netns, d->link_name) > 0)
		v6_found_doubt(
			c->checker, STEP, "v6ctl reconcile",
			"the container does not reach its own service: net.bridge.bridge-nf-call-ip6tables is 1, and its port of %s is not in hairpin mode",
			d->via_name);
	else
		v6_found_doubt(
			c->checker, STEP, "",
			"the container does not reach its own service: net.bridge.bridge-nf-call-ip6tables is 1, and hairpin mode of its port of %s would disturb duplicate address detection, as net.ipv6.conf.%s.enhanced_dad is 0 in there",
			d->via_name, d->link_name);
}

/* struct own_try - a connection from inside, by the interface that the service is forwarded to */
struct own_try {
	const struct in6_addr *address;
	uint16_t port;
	int link;
};

/* connect_inside() - one that would leave by another network says nothing of this one */
static int connect_inside(void *data, struct v6_error *err)
{
	struct v6_nl auto_call(v6_nl_close) nl = {0};
	const struct own_try *own = data;
	struct v6_route route;

	if (v6_nl_open(NETLINK_ROUTE, &nl, err) < 0 ||
	    v6_route_lookup(&nl, own->address, 0, &route) < 0 || route.link != own->link)
		return 0;
	return v6_try_connection(own->address, own->port, NULL);
}

/* try_itself() - one port is enough: all go the same way */
static void try_itself(struct v6_checked *c)
{
	struct own_try own = {.address = &c->record->services[0].address,
			      .link = c->record->destination.link};
	size_t i;
	int ret;

	for (i = 0; i < c->record->n_maps && own.port == 0; i++)
		own.port = v6_port_to_try(c, i);
	if (own.port == 0)
		return;
	ret = v6_netns_call(c->netns, connect_inside, &own, NULL);
	if (ret < 0 && ret != -EPERM)
		v6_found_doubt(
			c->checker, STEP, "",
			"one from the container itself to [%s]:%u fails: %s; clients elsewhere need not mind",
			V6_TEXT(own.address), own.port, v6_strerror(ret));
}

/* may_connect() - to its own service */
static bool may_connect(const struct v6_record *record)
{
	return record->n_from == 0 ||
	       v6_prefixes_hold(record->from, record->n_from, &record->destination.address);
}

void v6_check_itself(struct v6_checked *c)
{
	/* where clients are not served either, that comes first */
	if (c->local || c->netns < 0 || c->checker->faults > 0 || c->checker->brief ||
	    !may_connect(c->record))
		return;
	if (is_held_back(c))
		doubt_port(c);
	else
		try_itself(c);
}
