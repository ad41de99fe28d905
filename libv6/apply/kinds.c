/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of kinds: how a thing of each is found, made, removed, listed and named. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "apply/announced.h"
#include "apply/attach.h"
#include "apply/cover.h"
#include "apply/elements.h"
#include "apply/inside.h"
#include "apply/kinds.h"
#include "apply/pinned.h"
#include "apply/port.h"
#include "apply/provide.h"
#include "apply/published.h"
#include "apply/routing.h"
#include "apply/things.h"
#include "base/address.h"
#include "base/cleanup.h"
#include "kernel/ifaddr.h"
#include "kernel/pin.h"
#include "kernel/proxy.h"
#include "kernel/route.h"
#include "plan/routing.h"
#include "store/changed.h"
#include "store/holders.h"
#include "store/share.h"
#include "table/sets.h"

/* struct finding - a visit of things, as those of its sources are visited */
struct finding {
	enum v6_thing_kind kind;
	int (*visit)(const struct v6_thing *thing, void *data);
	void *data;
};

/**
 * struct kind - One row
 * @has:	1, 0 or a negative errno
 * @add:	1 (it was missing), 0 or a negative errno; NULL: in the transaction of all elements
 * @remove:	0 or a negative errno
 * @each:	Visit what the kernel has; NULL: it can't be told whose they are
 * @text:	Its name in a message
 */
struct kind {
	int (*has)(struct v6_host *host, const struct v6_thing *thing);
	int (*add)(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err);
	int (*remove)(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err);
	int (*each)(struct v6_host *host, struct finding *finding, struct v6_error *err);
	void (*text)(const struct v6_thing *thing, struct v6_thing_text *ret_text);
};

static int fail_holders(const char *verb, const struct v6_thing *thing, int code,
			struct v6_error *err)
{
	return v6_fail(err, code, V6_RUN_DIR "/holders: cannot %s %s: %s", verb,
		       thing->resource.name, v6_strerror(code));
}

static int holder_has(struct v6_host *host, const struct v6_thing *thing)
{
	return v6_holder_has(host, &thing->resource, thing->record->id);
}

static int holder_add(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err)
{
	int ret = v6_holder_add(host, &thing->resource, thing->record->id);

	return ret < 0 ? fail_holders("note", thing, ret, err) : 0;
}

static int holder_remove(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err)
{
	int ret = v6_holder_drop(host, &thing->resource, thing->record->id);

	return ret < 0 ? fail_holders("drop", thing, ret, err) : 0;
}

static void holder_text(const struct v6_thing *thing, struct v6_thing_text *ret_text)
{
	snprintf(ret_text->s, sizeof(ret_text->s), "%.60s of the index", thing->resource.name);
}

static int element_has(struct v6_host *host, const struct v6_thing *thing)
{
	return v6_nat_has(&host->netfilter, &thing->op);
}

/* element_remove() - one by one: an element that was visited twice is gone the second time */
static int element_remove(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err)
{
	struct v6_nat_op op = thing->op;
	int ret;

	op.remove = true;
	ret = v6_nat_commit(&host->netfilter, &op, 1, err);
	return ret == -ENOENT ? 0 : ret;
}

static int find_element(const struct v6_nat_op *element, void *data)
{
	struct finding *finding = data;
	struct v6_thing thing = {.kind = finding->kind, .op = *element};

	return finding->visit(&thing, finding->data);
}

static int guard_each(struct v6_host *host, struct finding *finding, struct v6_error *err)
{
	return v6_nat_each(&host->netfilter, V6_NAT_ADDRESSES, find_element, finding, err);
}

static void guard_text(const struct v6_thing *thing, struct v6_thing_text *ret_text)
{
	snprintf(ret_text->s, sizeof(ret_text->s), "%s from %s", V6_TEXT(&thing->op.claim.address),
		 v6_sets_name(thing->op.set, thing->op.claim.protocol));
}

static int sender_each(struct v6_host *host, struct finding *finding, struct v6_error *err)
{
	return v6_nat_each(&host->netfilter, V6_NAT_SENDERS, find_element, finding, err);
}

static int source_each(struct v6_host *host, struct finding *finding, struct v6_error *err)
{
	return v6_nat_each(&host->netfilter, V6_NAT_SOURCES, find_element, finding, err);
}

/* element_is_same() - whether it also leads to the same target, or gives the same mark */
static int element_is_same(struct v6_host *host, const struct v6_thing *thing)
{
	int there = element_has(host, thing);

	return there == 2 ? 0 : there;
}

static int asked_each(struct v6_host *host, struct finding *finding, struct v6_error *err)
{
	return v6_nat_each(&host->netfilter, V6_NAT_PORTS, find_element, finding, err);
}

static void asked_text(const struct v6_thing *thing, struct v6_thing_text *ret_text)
{
	snprintf(ret_text->s, sizeof(ret_text->s), "port %u from %s", thing->op.claim.port,
		 v6_sets_name(thing->op.set, thing->op.claim.protocol));
}

static int several_each(struct v6_host *host, struct finding *finding, struct v6_error *err)
{
	return v6_nat_each(&host->netfilter, V6_NAT_SEVERAL, find_element, finding, err);
}

static int sibling_each(struct v6_host *host, struct finding *finding, struct v6_error *err)
{
	return v6_nat_each(&host->netfilter, V6_NAT_SIBLINGS, find_element, finding, err);
}

static void sibling_text(const struct v6_thing *thing, struct v6_thing_text *ret_text)
{
	snprintf(ret_text->s, sizeof(ret_text->s), "%s of %s from %s", thing->op.link,
		 V6_TEXT(&thing->op.target.address), v6_sets_name(thing->op.set, 0));
}

static int answer_each(struct v6_host *host, struct finding *finding, struct v6_error *err)
{
	return v6_nat_each(&host->netfilter, V6_NAT_ANSWERS, find_element, finding, err);
}

static int egress_each(struct v6_host *host, struct finding *finding, struct v6_error *err)
{
	return v6_nat_each(&host->netfilter, V6_NAT_EGRESS, find_element, finding, err);
}

static int outgoing_each(struct v6_host *host, struct finding *finding, struct v6_error *err)
{
	return v6_nat_each(&host->netfilter, V6_NAT_OUTGOING, find_element, finding, err);
}

static int departure_each(struct v6_host *host, struct finding *finding, struct v6_error *err)
{
	return v6_nat_each(&host->netfilter, V6_NAT_DEPARTURES, find_element, finding, err);
}

static void egress_text(const struct v6_thing *thing, struct v6_thing_text *ret_text)
{
	snprintf(ret_text->s, sizeof(ret_text->s), "%s by %s from %s",
		 V6_TEXT(&thing->op.claim.address), thing->op.link, v6_sets_name(thing->op.set, 0));
}

static int hairpin_each(struct v6_host *host, struct finding *finding, struct v6_error *err)
{
	return v6_nat_each(&host->netfilter, V6_NAT_HAIRPIN, find_element, finding, err);
}

/* hairpin_remove() - one that no record wants may have stood for others */
static int hairpin_remove(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err)
{
	struct v6_prefixes auto_call(v6_prefixes_release) missing = {.n = 0};
	struct v6_nat_op op = thing->op;
	int ret = v6_cover_missing(host, &op.prefix, &missing);

	if (ret < 0)
		return v6_fail(err, ret,
			       V6_RUN_DIR "/holders: cannot look up what %s/%u covers: %s",
			       V6_TEXT(&op.prefix.address), op.prefix.length, v6_strerror(ret));
	op.remove = true;
	ret = v6_cover_commit(host, &op, 1, &missing, err);
	return ret == -ENOENT ? 0 : ret;
}

static void hairpin_text(const struct v6_thing *thing, struct v6_thing_text *ret_text)
{
	snprintf(ret_text->s, sizeof(ret_text->s), "%s/%u from %s",
		 V6_TEXT(&thing->op.prefix.address), thing->op.prefix.length,
		 v6_sets_name(thing->op.set, thing->op.claim.protocol));
}

/* claim_has() - whether it is the record's, or shared with it, and leads where it should */
static int claim_has(struct v6_host *host, const struct v6_thing *thing)
{
	const struct v6_nat_op *op = &thing->op;
	struct v6_holder holder;
	int ret = v6_nat_holder(&host->netfilter, op->set, &op->claim, &holder);

	if (ret < 0)
		return ret == -ENOENT ? 0 : ret;
	return v6_holder_fits(&holder, op) && (strcmp(holder.owner, op->owner) == 0 ||
					       v6_share_has(host, holder.owner, op->owner));
}

static int claim_each(struct v6_host *host, struct finding *finding, struct v6_error *err)
{
	struct v6_nl *nl = &host->netfilter;
	int ret = v6_nat_each(nl, V6_NAT_SERVICES, find_element, finding, err);

	if (ret == 0)
		ret = v6_nat_each(nl, V6_NAT_SHARED, find_element, finding, err);
	if (ret == 0)
		ret = v6_nat_each(nl, V6_NAT_RANGES, find_element, finding, err);
	return ret == 0 ? v6_nat_each(nl, V6_NAT_WHOLE, find_element, finding, err) : ret;
}

static int beside_each(struct v6_host *host, struct finding *finding, struct v6_error *err)
{
	int ret = v6_nat_each(&host->netfilter, V6_NAT_LOCAL, find_element, finding, err);

	if (ret < 0)
		return ret;
	return v6_nat_each(&host->netfilter, V6_NAT_TRAFFIC, find_element, finding, err);
}

static int client_each(struct v6_host *host, struct finding *finding, struct v6_error *err)
{
	return v6_nat_each(&host->netfilter, V6_NAT_FROM, find_element, finding, err);
}

static int limited_each(struct v6_host *host, struct finding *finding, struct v6_error *err)
{
	int ret = v6_nat_each(&host->netfilter, V6_NAT_LIMITED, find_element, finding, err);

	if (ret < 0)
		return ret;
	return v6_nat_each(&host->netfilter, V6_NAT_LIMITED_RANGES, find_element, finding, err);
}

static void client_text(const struct v6_thing *thing, struct v6_thing_text *ret_text)
{
	snprintf(ret_text->s, sizeof(ret_text->s), "clients %s of %s from %s",
		 v6_prefix_text(&thing->op.prefix).s, v6_claim_text(&thing->op.claim).s,
		 v6_sets_name(thing->op.set, thing->op.claim.protocol));
}

static void claim_text(const struct v6_thing *thing, struct v6_thing_text *ret_text)
{
	snprintf(ret_text->s, sizeof(ret_text->s), "%s from %s", v6_claim_text(&thing->op.claim).s,
		 v6_sets_name(thing->op.set, thing->op.claim.protocol));
}

/* visit_spot() - one that rtnetlink told of */
static int visit_spot(struct finding *finding, struct v6_spot spot)
{
	struct v6_thing thing = {.kind = finding->kind, .spot = spot};

	return finding->visit(&thing, finding->data);
}

static int fail_spots(int code, struct v6_error *err)
{
	return code < 0 ? v6_fail(err, code, "cannot list addresses and routes: %s",
				  v6_strerror(code))
			: 0;
}

/* find_spot_ifaddr() - service addresses are /128, gateways for containers /64 */
static int find_spot_ifaddr(const struct v6_ifaddr *ifaddr, void *data)
{
	struct finding *finding = data;
	bool is_service = ifaddr->prefix.length == 128;

	if (!ifaddr->ours || is_service != (finding->kind == V6_THING_ADDRESS))
		return 0;
	return visit_spot(finding, (struct v6_spot){ifaddr->prefix, ifaddr->link,
						    .attach = V6_ATTACH_ADDRESS});
}

static int find_spot_route(const struct v6_route *route, void *data)
{
	/* of the main table, on lo: what announces an address */
	if (route->to.length != 128 || (!route->local && route->link == V6_LOOPBACK))
		return 0;
	return visit_spot(data,
			  (struct v6_spot){route->to, route->link, .attach = V6_ATTACH_ROUTE});
}

static int find_spot_proxy(const struct v6_proxy *proxy, void *data)
{
	return visit_spot(
		data,
		(struct v6_spot){{proxy->address, 128}, proxy->link, .attach = V6_ATTACH_PROXY});
}

static int gateway_each(struct v6_host *host, struct finding *finding, struct v6_error *err)
{
	return fail_spots(v6_ifaddr_each(&host->route, 0, find_spot_ifaddr, finding), err);
}

static int way_each(struct v6_host *host, struct finding *finding, struct v6_error *err)
{
	return fail_spots(
		v6_route_each(&host->route, V6_PROTOCOL_MARK, false, find_spot_route, finding),
		err);
}

static int find_spot_inside(const struct in6_addr *address, void *data)
{
	return visit_spot(data, (struct v6_spot){{*address, 128}, .link = 0});
}

/* inside_each() - by what was noted of them, as other namespaces can't be listed */
static int inside_each(struct v6_host *host, struct finding *finding, struct v6_error *err)
{
	return fail_spots(v6_changes_inside(host, find_spot_inside, finding), err);
}

static void inside_text(const struct v6_thing *thing, struct v6_thing_text *ret_text)
{
	snprintf(ret_text->s, sizeof(ret_text->s), "%s from a container's network",
		 V6_TEXT(&thing->spot.prefix.address));
}

static int find_spot_pin(const struct v6_pin *pin, void *data)
{
	return visit_spot(data, (struct v6_spot){{pin->address, 128}, .link = pin->link});
}

static int pin_each(struct v6_host *host, struct finding *finding, struct v6_error *err)
{
	return fail_spots(v6_pin_each(&host->route, find_spot_pin, finding), err);
}

static void pin_text(const struct v6_thing *thing, struct v6_thing_text *ret_text)
{
	snprintf(ret_text->s, sizeof(ret_text->s), "neighbour %s",
		 V6_TEXT(&thing->spot.prefix.address));
}

static void port_text(const struct v6_thing *thing, struct v6_thing_text *ret_text)
{
	snprintf(ret_text->s, sizeof(ret_text->s), "the port with %s",
		 V6_TEXT(&thing->spot.prefix.address));
}

/* routing_each() - our rules for the @inbound subnets, or for tables */
static int routing_each(struct v6_host *host, struct finding *finding, bool inbound)
{
	const struct v6_routing_rule *rule;
	int ret = v6_routing_rules(host);
	size_t i;

	for (i = 0; i < host->routing.n && ret == 0; i++) {
		rule = &host->routing.list[i];
		if (v6_routing_is_foreign(rule) || inbound != (rule->to.length > 0) ||
		    (!inbound && rule->suppress))
			continue;
		ret = visit_spot(finding, (struct v6_spot){.prefix = rule->to,
							   .table = inbound ? 0 : rule->table});
	}
	return ret;
}

static int inbound_each(struct v6_host *host, struct finding *finding, struct v6_error *err)
{
	return fail_spots(routing_each(host, finding, true), err);
}

static void inbound_text(const struct v6_thing *thing, struct v6_thing_text *ret_text)
{
	snprintf(ret_text->s, sizeof(ret_text->s), "the routing rule to %s/%u",
		 V6_TEXT(&thing->spot.prefix.address), thing->spot.prefix.length);
}

static int outbound_each(struct v6_host *host, struct finding *finding, struct v6_error *err)
{
	return fail_spots(routing_each(host, finding, false), err);
}

static void outbound_text(const struct v6_thing *thing, struct v6_thing_text *ret_text)
{
	snprintf(ret_text->s, sizeof(ret_text->s), "the routing rules of table %u",
		 thing->spot.table);
}

/* address_each() - a service address with a proxy neighbour is found twice: by its route, too */
static int address_each(struct v6_host *host, struct finding *finding, struct v6_error *err)
{
	int ret = v6_proxy_each(&host->route, find_spot_proxy, finding);

	if (ret == 0)
		ret = v6_ifaddr_each(&host->route, 0, find_spot_ifaddr, finding);
	if (ret == 0)
		ret = v6_route_each(&host->route, V6_PROTOCOL_MARK, true, find_spot_route, finding);
	return fail_spots(ret, err);
}

/* address_has() - what the host had before is not ours to bring back */
static int address_has(struct v6_host *host, const struct v6_thing *thing)
{
	return thing->service->attach == V6_ATTACH_NONE ? 1 : v6_attach_held(host, thing->service);
}

static int address_add(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err)
{
	return v6_attach_up(host, thing->service, err);
}

/* address_remove() - what was found in the kernel goes as it was found */
static int address_remove(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err)
{
	if (!thing->service)
		return v6_attach_remove(host, &thing->spot, err);
	return thing->service->ours ? v6_attach_down(host, thing->service, err) : 0;
}

static void spot_text(const struct v6_thing *thing, struct v6_thing_text *ret_text)
{
	static const char *const objects[] = {
		[V6_ATTACH_NONE] = "the route to",
		[V6_ATTACH_ADDRESS] = "address",
		[V6_ATTACH_ROUTE] = "the route to",
		[V6_ATTACH_PROXY] = "proxy neighbour",
	};

	snprintf(ret_text->s, sizeof(ret_text->s), "%s %s", objects[thing->spot.attach],
		 V6_TEXT(&thing->spot.prefix.address));
}

static int find_announced(const struct v6_route *route, void *data)
{
	if (route->to.length != 128 || route->link != V6_LOOPBACK)
		return 0;
	return visit_spot(data, (struct v6_spot){route->to, route->link, .table = route->table});
}

static int announced_each(struct v6_host *host, struct finding *finding, struct v6_error *err)
{
	return fail_spots(v6_route_each_ours(&host->route, find_announced, finding), err);
}

static void announced_text(const struct v6_thing *thing, struct v6_thing_text *ret_text)
{
	snprintf(ret_text->s, sizeof(ret_text->s), "the route to %s in table %u",
		 V6_TEXT(&thing->spot.prefix.address), thing->spot.table);
}

static int find_name(const struct v6_hosts_entry *entry, void *data)
{
	struct finding *finding = data;
	struct v6_thing thing = {.kind = finding->kind, .entry = *entry};

	return finding->visit(&thing, finding->data);
}

static int name_each(struct v6_host *host, struct finding *finding, struct v6_error *err)
{
	int ret = v6_hosts_each(find_name, finding);

	(void)host;
	return ret < 0 ? v6_fail(err, ret, V6_HOSTS_DIR ": cannot look there: %s", v6_strerror(ret))
		       : 0;
}

static void name_text(const struct v6_thing *thing, struct v6_thing_text *ret_text)
{
	snprintf(ret_text->s, sizeof(ret_text->s), V6_HOSTS_DIR "/%.60s", thing->entry.name);
}

/* In the order of enum v6_thing_kind */
static const struct kind kinds[V6_THING_KINDS] = {
	{holder_has, holder_add, holder_remove, NULL, holder_text},
	{element_has, NULL, element_remove, guard_each, guard_text},
	{element_has, NULL, element_remove, NULL, hairpin_text},
	{element_has, NULL, element_remove, sender_each, guard_text},
	{element_has, NULL, element_remove, source_each, guard_text},
	{element_has, NULL, element_remove, asked_each, asked_text},
	{element_has, NULL, element_remove, several_each, guard_text},
	{element_is_same, NULL, element_remove, sibling_each, sibling_text},
	{element_is_same, NULL, element_remove, answer_each, guard_text},
	{element_is_same, NULL, element_remove, egress_each, egress_text},
	{element_has, NULL, element_remove, outgoing_each, egress_text},
	{element_is_same, NULL, element_remove, departure_each, guard_text},
	{element_has, NULL, hairpin_remove, hairpin_each, hairpin_text},
	{v6_gateway_has, v6_gateway_add, v6_gateway_remove, gateway_each, spot_text},
	{v6_way_has, v6_way_add, v6_way_remove, way_each, spot_text},
	{v6_inside_has, v6_inside_add, v6_inside_remove, inside_each, inside_text},
	{v6_pinned_has, v6_pinned_add, v6_pinned_remove, pin_each, pin_text},
	{v6_port_has, v6_port_add, v6_port_remove, NULL, port_text},
	{v6_inbound_has, v6_inbound_add, v6_inbound_remove, inbound_each, inbound_text},
	{v6_outbound_has, v6_outbound_add, v6_outbound_remove, outbound_each, outbound_text},
	{address_has, address_add, address_remove, address_each, spot_text},
	{element_has, NULL, element_remove, client_each, client_text},
	{element_has, NULL, element_remove, limited_each, claim_text},
	{element_has, NULL, element_remove, beside_each, claim_text},
	{claim_has, NULL, element_remove, claim_each, claim_text},
	{v6_announced_has, v6_announced_add, v6_announced_remove, announced_each, announced_text},
	{v6_name_file_has, v6_name_file_add, v6_name_file_remove, name_each, name_text},
};

struct v6_thing_text v6_thing_text(const struct v6_thing *thing)
{
	struct v6_thing_text text;

	kinds[thing->kind].text(thing, &text);
	return text;
}

int v6_thing_has(struct v6_host *host, const struct v6_thing *thing)
{
	return kinds[thing->kind].has(host, thing);
}

int v6_thing_ensure(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err)
{
	int there;

	if (!host->looks)
		return kinds[thing->kind].add(host, thing, err);
	there = v6_thing_has(host, thing);
	if (there < 0)
		return v6_fail(err, there, "cannot look up %s: %s", v6_thing_text(thing).s,
			       v6_strerror(there));
	return !there;
}

int v6_thing_remove(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err)
{
	return host->looks ? 0 : kinds[thing->kind].remove(host, thing, err);
}

int v6_things_each(struct v6_host *host, enum v6_thing_kind kind,
		   int (*visit)(const struct v6_thing *thing, void *data), void *data,
		   struct v6_error *err)
{
	struct finding finding = {kind, visit, data};

	return kinds[kind].each ? kinds[kind].each(host, &finding, err) : 0;
}
