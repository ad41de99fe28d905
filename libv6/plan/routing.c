/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which routing rules a record needs. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/address.h"
#include "kernel/ifaddr.h"
#include "kernel/link.h"
#include "kernel/route.h"
#include "plan/routing.h"

/* Look-ups for one record; one with more rules, services and ports gets its rule by all means */
#define ASKS_MAX 64

/* A client's port, of those that systems choose for themselves: RFC 6335 section 6 */
#define CLIENT_PORT 50000

/* is_as_the_kernels() - whether a rule is what the kernel has by itself, made again by somebody */
static bool is_as_the_kernels(const struct v6_routing_rule *rule)
{
	return rule->plain && (rule->table == RT_TABLE_LOCAL || rule->table == RT_TABLE_MAIN ||
			       rule->table == RT_TABLE_DEFAULT);
}

static int keep_routing_rule(const struct v6_routing_rule *rule, void *data)
{
	struct v6_routing_rules *rules = data;

	if (rule->protocol == RTPROT_KERNEL || is_as_the_kernels(rule))
		return 0;
	if (rules->n < V6_ROUTING_RULES_MAX)
		rules->list[rules->n++] = *rule;
	else
		rules->more = true;
	return 0;
}

int v6_routing_rules(struct v6_host *host)
{
	int ret;

	if (host->routing.known)
		return 0;
	host->routing.n = 0;
	host->routing.more = false;
	ret = v6_routing_rules_each(&host->route, keep_routing_rule, &host->routing);
	if (ret == -EOPNOTSUPP)
		ret = 0;
	host->routing.known = ret == 0;
	if (ret < 0)
		host->routing.n = 0;
	return ret;
}

struct v6_routing_rule v6_routing_inbound(const struct v6_prefix *subnet)
{
	return (struct v6_routing_rule){
		.to = v6_prefix_mask(*subnet), .table = RT_TABLE_MAIN, .suppress = true};
}

struct v6_routing_rule v6_routing_outbound(uint32_t table, size_t i)
{
	uint32_t mark = v6_routing_mark(table);

	if (i == 0)
		return (struct v6_routing_rule){
			.mark = mark, .table = RT_TABLE_MAIN, .suppress = true};
	return (struct v6_routing_rule){.mark = mark, .table = table};
}

bool v6_routing_is_foreign(const struct v6_routing_rule *rule)
{
	return rule->protocol != V6_PROTOCOL_MARK;
}

bool v6_routing_is_leading(const struct v6_routing_rule *rule)
{
	return v6_routing_is_foreign(rule) && !rule->refuses;
}

const struct v6_routing_rule *v6_routing_find(const struct v6_host *host,
					      const struct v6_routing_rule *rule)
{
	const struct v6_routing_rule *there = host->routing.list;
	const struct v6_routing_rule *end = there + host->routing.n;

	for (; there < end; there++)
		if (!v6_routing_is_foreign(there) && there->mark == rule->mark &&
		    there->table == rule->table && there->suppress == rule->suppress &&
		    there->to.length == rule->to.length &&
		    v6_address_equal(&there->to.address, &rule->to.address))
			return there;
	return NULL;
}

static bool has_leading(const struct v6_host *host)
{
	size_t i;

	for (i = 0; i < host->routing.n; i++)
		if (v6_routing_is_leading(&host->routing.list[i]))
			return true;
	return host->routing.more;
}

/* struct way - what the kernel answers to a question */
struct way {
	int ret;
	struct v6_route route;
};

static struct way ask_way(struct v6_host *host, const struct v6_route_query *query)
{
	struct way way = {.ret = 0};

	way.ret = v6_route_ask(&host->route, query, &way.route);
	return way;
}

static bool is_same_hop(const struct way *a, const struct way *b)
{
	return a->ret == b->ret && a->route.link == b->route.link &&
	       v6_address_equal(&a->route.gateway, &b->route.gateway);
}

/* client_of() - a client that a rule is about; else one on the service's own link */
static struct in6_addr client_of(const struct v6_routing_rule *rule,
				 const struct v6_service *service)
{
	struct in6_addr client = service->address;

	client.s6_addr[15] ^= 1;
	return rule->from.length ? rule->from.address : client;
}

static int entry_of(struct v6_host *host, const struct v6_routing_rule *rule,
		    const struct v6_service *service)
{
	struct v6_link link = {.index = service->link};

	if (*rule->in)
		v6_link_get(&host->route, 0, rule->in, &link);
	return link.index == V6_LOOPBACK ? 0 : link.index;
}

/* struct diverting - questions about packets to a container; @plain: its way if nothing but their
 * destination counts
 */
struct diverting {
	struct v6_host *host;
	const struct v6_record *record;
	struct way plain;
	int left;
};

/* is_diverted() - whether a rule takes packets to the container elsewhere */
static bool is_diverted(struct diverting *d, const struct v6_routing_rule *rule,
			const struct v6_service *service, const struct v6_port_map *map)
{
	struct v6_route_query query = {
		.to = d->record->destination.address,
		.from = client_of(rule, service),
		.in = entry_of(d->host, rule, service),
		.mark = rule->mark,
		.protocol = map->protocol,
		.from_port = CLIENT_PORT,
		.to_port = v6_record_target_port(d->record, map),
	};
	struct way way;

	if (d->left-- == 0)
		return true;
	way = ask_way(d->host, &query);
	return !is_same_hop(&way, &d->plain) || way.route.table != d->plain.route.table;
}

static bool is_any_diverted(struct diverting *d, const struct v6_routing_rule *rule)
{
	const struct v6_record *record = d->record;
	size_t i, map;

	for (i = 0; i < record->n_services; i++)
		for (map = 0; map < record->n_maps; map++)
			if (is_diverted(d, rule, &record->services[i], &record->maps[map]))
				return true;
	return false;
}

/* needs_inbound() - if the subnet has its rule already, the kernel can't say what would be without
 */
static bool needs_inbound(struct v6_host *host, const struct v6_record *record)
{
	const struct v6_routing_rule inbound = v6_routing_inbound(&record->destination.subnet);
	struct v6_route_query plain = {.to = record->destination.address};
	struct diverting d = {host, record, ask_way(host, &plain), ASKS_MAX};
	size_t i;

	if (v6_routing_find(host, &inbound) || host->routing.more)
		return true;
	if (d.plain.ret == 0 && d.plain.route.table != RT_TABLE_MAIN)
		return true;
	for (i = 0; i < host->routing.n; i++)
		if (v6_routing_is_leading(&host->routing.list[i]) &&
		    is_any_diverted(&d, &host->routing.list[i]))
			return true;
	return false;
}

/* misses_neighbours() - whether answers of the container to clients on the service's own link go
 * elsewhere
 */
static bool misses_neighbours(struct v6_host *host, const struct v6_service *service,
			      struct v6_route_query answer)
{
	struct way way;

	if (service->attach == V6_ATTACH_ROUTE)
		return false;
	answer.to = service->address;
	answer.to.s6_addr[15] ^= 1;
	way = ask_way(host, &answer);
	return way.ret < 0 || (!way.route.local && (way.route.link != service->link ||
						    !IN6_IS_ADDR_UNSPECIFIED(&way.route.gateway)));
}

/* goes_astray() - whether answers of the container leave past the provider of the service address,
 * while what the host itself sends from it does not: a rule says so, or else the address's link
 */
static bool goes_astray(const struct v6_service *service, const struct way *own,
			const struct way *container)
{
	if (own->ret < 0 || is_same_hop(own, container))
		return false;
	if (own->route.table != RT_TABLE_MAIN)
		return true;
	return own->route.link == service->link &&
	       (container->ret < 0 || container->route.link != service->link);
}

/* table_of() - the table by which answers of the container are to leave, or 0: they do as they are
 */
static uint32_t table_of(struct v6_host *host, const struct v6_record *record,
			 const struct v6_service *service)
{
	const struct v6_port_map *map = record->maps;
	/* in no prefix that anybody has: RFC 4291 has the unicast ones begin there */
	struct v6_route_query query = {
		.to.s6_addr = {0x20, [15] = 1},
		.from = service->address,
		.protocol = map->protocol,
		.from_port = map->service_port,
		.to_port = CLIENT_PORT,
	};
	struct way own = ask_way(host, &query), container;

	query.from = record->destination.address;
	query.in = record->destination.via;
	query.from_port = v6_record_target_port(record, map);
	container = ask_way(host, &query);
	if (goes_astray(service, &own, &container))
		return own.route.table;
	if (misses_neighbours(host, service, query))
		return container.ret < 0 ? RT_TABLE_MAIN : container.route.table;
	return 0;
}

/* warn_of_twins() - Return: whether answers that leave by another table have the same mark */
static bool warn_of_twins(struct v6_host *host, const struct v6_record *record,
			  const struct v6_service *service, uint32_t table)
{
	uint32_t mark = v6_routing_mark(table), other = table;
	const struct v6_service *s;
	size_t i;

	for (i = 0; i < host->routing.n; i++)
		if (!v6_routing_is_foreign(&host->routing.list[i]) &&
		    host->routing.list[i].mark == mark && !host->routing.list[i].suppress)
			other = host->routing.list[i].table;
	for (s = record->services; s < service && other == table; s++)
		if (s->table && v6_routing_mark(s->table) == mark)
			other = s->table;
	if (other == table)
		return false;
	v6_host_warn(
		host,
		"%s: answers do not leave by routing table %u, as those by table %u have the same mark; number one of them so that the two do not differ by a multiple of 128",
		service->name, table, other);
	return true;
}

bool v6_routing_plan(struct v6_host *host, struct v6_record *record)
{
	bool has_way = v6_destination_has_way(&record->destination), asked = false, changed, ruled;
	struct v6_service *s;
	uint32_t table;
	int ret = has_way ? v6_routing_rules(host) : 0;

	if (ret < 0)
		v6_host_warn(host, "cannot list routing rules: %s", v6_strerror(ret));
	else
		asked = has_way && has_leading(host);
	ruled = asked && needs_inbound(host, record);
	changed = ruled != record->destination.ruled;
	record->destination.ruled = ruled;
	for (s = record->services; s < record->services + record->n_services; s++) {
		table = asked ? table_of(host, record, s) : 0;
		if (table && warn_of_twins(host, record, s, table))
			table = 0;
		changed |= table != s->table;
		s->table = table;
	}
	return changed;
}
