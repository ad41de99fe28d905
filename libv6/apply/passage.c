/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walks packets of services through the rules of other tables.
 *
 * That costs some look-ups in the kernel and a walk through the rules for each claim. Many claims
 * share the interfaces that they pass: where a caller has asked for many, what is known of one of
 * them holds for the others of its interfaces and protocol.
 */
#include <errno.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply/passage.h"
#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/prefixes.h"
#include "kernel/ifaddr.h"
#include "kernel/link.h"
#include "kernel/listeners.h"
#include "table/nat.h"

/* Claims that are walked each for itself, and for how long; then the kinds of claims that one is
 * walked of */
#define WALKS_MAX    1024
#define WALKS_MAX_MS 1000
#define KINDS_MAX    64
/* Of one container */
#define CLAIMS_MAX    16
#define CLAIMS_MAX_MS 100

/* struct kind - claims between two interfaces */
struct kind {
	int outside, inside;
	uint8_t protocol;
	bool blocked;
};

/**
 * struct v6_passages - What others' rules are, and what came of them so far
 * @left:	Walks to go, no later than @until; then @kinds, @n_kinds of them, have to do
 */
struct v6_passages {
	struct v6_host *host;
	struct v6_ruleset rules;
	unsigned int left;
	int64_t until;
	struct kind kinds[KINDS_MAX];
	size_t n_kinds;
};

/* find_socket() - the socket of this host that clients of an address and port would reach */
static struct v6_socket find_socket(struct v6_nl *nl, const struct v6_flow *flow,
				    const struct in6_addr *address, uint16_t port)
{
	struct v6_listener listener;
	int ret =
		v6_listener_find(nl, flow->protocol, address, port, flow->outside.index, &listener);

	if (ret < 0)
		return (struct v6_socket){.known = ret == -ENOENT};
	return (struct v6_socket){
		.known = true,
		.there = true,
		.wildcard = IN6_IS_ADDR_UNSPECIFIED(&listener.address),
		.uid = listener.uid,
	};
}

/* set_sockets() - rules ask whose a packet is; where the kernel can't tell, nobody knows */
static void set_sockets(struct v6_flow *flow)
{
	struct v6_nl auto_call(v6_nl_close) nl = {0};

	flow->asked = flow->answering = (struct v6_socket){.known = false};
	if (flow->protocol == IPPROTO_SCTP || v6_listener_open(flow->protocol, &nl, NULL) < 0)
		return;
	flow->asked = find_socket(&nl, flow, &flow->service, flow->service_port);
	flow->answering = find_socket(&nl, flow, &flow->target, flow->target_port);
}

/* struct prefix_of - the prefix on a link that holds an address */
struct prefix_of {
	struct in6_addr address;
	struct v6_prefix prefix;
};

static int note_prefix(const struct v6_ifaddr *ifaddr, void *data)
{
	struct prefix_of *of = data;

	if (ifaddr->prefix.length < 128 && v6_prefix_contains(&ifaddr->prefix, &of->address))
		of->prefix = ifaddr->prefix;
	return 0;
}

/* some_address() - that a machine of a prefix may well have */
static struct in6_addr some_address(const struct v6_prefix *prefix)
{
	struct in6_addr address = v6_prefix_mask(*prefix).address;

	if (prefix->length > 112)
		return prefix->address;
	address.s6_addr[14] = 0xc1;
	address.s6_addr[15] = 0x1e;
	return address;
}

/* invent_client() - a neighbour of the service, if neighbours may connect */
static struct in6_addr invent_client(struct v6_host *host, const struct v6_record *record,
				     const struct v6_service *service)
{
	struct prefix_of of = {.address = service->address, .prefix = {service->address, 64}};
	struct in6_addr client;

	v6_ifaddr_each(&host->route, service->link, note_prefix, &of);
	client = some_address(&of.prefix);
	if (record->n_from > 0 && !v6_prefixes_hold(record->from, record->n_from, &client))
		client = some_address(&record->from[0]);
	return client;
}

static bool set_side(struct v6_host *host, int index, const char *name, struct v6_side *side)
{
	struct v6_link link = {.kind = ""};

	side->index = index;
	snprintf(side->name, sizeof(side->name), "%s", name);
	if (v6_link_get(&host->route, index, NULL, &link) == 0)
		memcpy(side->name, link.name, sizeof(link.name));
	return strcmp(link.kind, "bridge") == 0;
}

void v6_passing_begin(struct v6_host *host, const struct v6_record *record,
		      const struct v6_service *service, struct v6_passing *ret_passing)
{
	const struct v6_destination *d = &record->destination;
	struct v6_passing p = {.marked = service->ours};
	bool local = v6_destination_is_local(d);

	p.flow.client = invent_client(host, record, service);
	p.flow.service = service->address;
	p.flow.target = local ? service->address : d->address;
	p.flow.outside_bridge = set_side(host, service->link, service->link_name, &p.flow.outside);
	if (!local)
		p.flow.inside_bridge = set_side(host, d->via, d->via_name, &p.flow.inside);
	*ret_passing = p;
}

void v6_passing_from(struct v6_host *host, const struct in6_addr *client, int link,
		     struct v6_passing *p)
{
	p->flow.client = *client;
	p->flow.outside_bridge = set_side(host, link, "", &p->flow.outside);
}

void v6_passing_map(struct v6_passing *p, const struct v6_record *record,
		    const struct v6_port_map *map)
{
	p->map = map;
	p->flow.protocol = map->protocol == V6_PROTOCOL_ALL ? IPPROTO_TCP : map->protocol;
	p->flow.service_port = map->service_port ? map->service_port : 80;
	p->flow.target_port = map->service_port ? v6_record_target_port(record, map) : 80;
	set_sockets(&p->flow);
}

/* RFC 4291 has the unicast addresses begin there */
const struct in6_addr v6_far_away = {.s6_addr = {0x20, [15] = 1}};

void v6_passing_leaving(struct v6_host *host, const struct v6_record *record,
			const struct v6_service *service, uint8_t protocol,
			struct v6_passing *ret_passing)
{
	static const struct v6_port_map https = {IPPROTO_TCP, 443, 443, 1},
					dns = {IPPROTO_UDP, 53, 53, 1};

	v6_passing_begin(host, record, service, ret_passing);
	ret_passing->marked = true;
	ret_passing->map = protocol == IPPROTO_UDP ? &dns : &https;
	ret_passing->flow.leaves = true;
	ret_passing->flow.client = v6_far_away;
	ret_passing->flow.protocol = protocol;
	ret_passing->flow.service_port = ret_passing->map->service_port;
}

int v6_passages_open(struct v6_host *host, struct v6_passages **ret_passages, struct v6_error *err)
{
	struct v6_passages auto_call(v6_passages_cleanup) *passages = calloc(1, sizeof(*passages));
	int ret;

	if (!passages)
		return v6_fail(err, -ENOMEM, "%s", v6_strerror(ENOMEM));
	passages->host = host;
	passages->left = WALKS_MAX;
	passages->until = v6_now_ms() + WALKS_MAX_MS;
	ret = v6_ruleset_read(&host->netfilter, &passages->rules, err);
	if (ret == 0)
		*ret_passages = v6_steal_pointer(&passages);
	return ret;
}

void v6_passages_cleanup(struct v6_passages **passages)
{
	if (!*passages)
		return;
	v6_ruleset_release(&(*passages)->rules);
	free(*passages);
	*passages = NULL;
}

/* is_drop() - whether a packet of a connection is dropped for certain, and not by ourselves */
static bool is_drop(const struct v6_obstacle *o)
{
	bool ours = o->base->family == NFPROTO_IPV6 && strcmp(o->base->table, V6_NAT_TABLE) == 0;

	return !ours && o->what == V6_HINDRANCE_DROP && o->certain && o->leg < V6_LEG_ASKED;
}

/* find_drop() - Return: 1 where a mapping is blocked, 0 or a negative errno */
static int find_drop(const struct v6_ruleset *rules, const struct v6_passing *p,
		     struct v6_obstacle *ret_drop)
{
	struct v6_obstacles found;
	size_t i;
	int ret = v6_trace(rules, &p->flow, &found);

	for (i = 0; ret == 0 && i < found.n; i++) {
		if (!is_drop(&found.list[i]))
			continue;
		*ret_drop = found.list[i];
		ret = 1;
	}
	return ret;
}

static struct kind *find_known_kind(struct v6_passages *passages, const struct v6_record *record,
				    const struct v6_service *service, const struct v6_port_map *map)
{
	size_t i;

	for (i = 0; i < passages->n_kinds; i++)
		if (passages->kinds[i].outside == service->link &&
		    passages->kinds[i].inside == record->destination.via &&
		    passages->kinds[i].protocol == map->protocol)
			return &passages->kinds[i];
	return NULL;
}

/* note_kind() - the first one of a kind counts for all */
static void note_kind(struct v6_passages *passages, const struct v6_record *record,
		      const struct v6_service *service, const struct v6_port_map *map, bool blocked)
{
	if (passages->n_kinds < KINDS_MAX && !find_known_kind(passages, record, service, map))
		passages->kinds[passages->n_kinds++] = (struct kind){
			service->link, record->destination.via, map->protocol, blocked};
}

/* is_claim_blocked() - by a walk, or by what is known of its kind */
static int is_claim_blocked(struct v6_passages *passages, const struct v6_record *record,
			    const struct v6_service *service, const struct v6_port_map *map)
{
	struct kind *kind = find_known_kind(passages, record, service, map);
	struct v6_obstacle drop;
	struct v6_passing p;
	int ret;

	if (record->destination.pending)
		return 0;
	if (v6_now_ms() > passages->until)
		passages->left = 0;
	if (passages->left == 0 && (kind || passages->n_kinds == KINDS_MAX))
		return kind && kind->blocked;
	passages->left -= passages->left > 0;
	v6_passing_begin(passages->host, record, service, &p);
	v6_passing_map(&p, record, map);
	ret = find_drop(&passages->rules, &p, &drop);
	if (ret >= 0)
		note_kind(passages, record, service, map, ret > 0);
	return ret;
}

void v6_passages_look(struct v6_passages *passages, const struct v6_record *record, size_t service,
		      size_t map, struct v6_claim_look *look)
{
	if (look->state <= V6_CLAIM_FOREIGN &&
	    is_claim_blocked(passages, record, &record->services[service], &record->maps[map]) > 0)
		look->state = V6_CLAIM_BLOCKED;
}

static void describe_drop(const struct v6_ruleset *rules, const struct v6_passing *p,
			  const struct v6_obstacle *drop, struct v6_blocked *ret_blocked)
{
	ret_blocked->what = v6_line("%s: %s are dropped by %s", v6_passing_text(p).s,
				    v6_leg_text(drop->leg), v6_obstacle_place(drop).s);
	ret_blocked->command = v6_remedy(rules, p, drop);
	if (strchr(ret_blocked->command.s, '?'))
		ret_blocked->command = v6_line("%s", "");
}

int v6_passages_why(struct v6_passages *passages, const struct v6_record *record,
		    struct v6_blocked *ret_blocked)
{
	struct v6_obstacle drop;
	struct v6_passing p;
	int64_t until = v6_now_ms() + CLAIMS_MAX_MS;
	size_t i, n = record->n_services * record->n_maps;
	int ret = 0;

	if (record->destination.pending)
		return 0;
	for (i = 0; i < n && i < CLAIMS_MAX && ret == 0; i++) {
		if (i > 0 && v6_now_ms() > until)
			return -ETIME;
		v6_passing_begin(passages->host, record, &record->services[i / record->n_maps], &p);
		v6_passing_map(&p, record, &record->maps[i % record->n_maps]);
		ret = find_drop(&passages->rules, &p, &drop);
	}
	if (ret > 0)
		describe_drop(&passages->rules, &p, &drop, ret_blocked);
	return ret;
}
