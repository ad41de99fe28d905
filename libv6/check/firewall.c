/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What other tables do with a service's packets, and the line that lets them through. A line goes
 * to the top of the base chain, so that it comes before whatever stands there; that can't undo what
 * other base chains at the same hook do, so each has its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "check/checker.h"
#include "check/client.h"
#include "check/docker.h"
#include "check/firewall.h"
#include "kernel/ifaddr.h"
#include "kernel/link.h"
#include "kernel/listeners.h"
#include "table/nat.h"

#define STEP "firewall"

/**
 * struct passing - One mapping on one service address, on its way through the firewall
 * @flow:	A client's packets to it
 * @map:	The mapping; @flow has its first port
 * @marked:	Our table marks its packets, as the address is one that we brought
 */
struct passing {
	struct v6_checked *c;
	bool marked;
	const struct v6_port_map *map;
	struct v6_flow flow;
};

static bool is_of_iptables(const struct v6_chain *base)
{
	static const char *const names[] = {"PREROUTING", "INPUT", "FORWARD", "OUTPUT",
					    "POSTROUTING"};
	size_t i;

	for (i = 0; i < V6_ARRAY_SIZE(names); i++)
		if (base->family == NFPROTO_IPV6 && strcmp(base->name, names[i]) == 0)
			return true;
	return false;
}

static bool is_neighbour_leg(const struct v6_obstacle *o)
{
	return o->leg >= V6_LEG_ASKED;
}

static struct v6_line format_ports(uint16_t first, const struct v6_port_map *map, char dash)
{
	if (map->count > 1)
		return v6_line("%u%c%u", first, dash, (uint16_t)(first + map->count - 1U));
	return v6_line("%u", first);
}

/* format_match() - Tell the packets of this service from others, as nft or ip6tables writes it */
static struct v6_line format_match(const struct passing *p, const struct v6_obstacle *o,
				   bool xtables)
{
	bool out = o->leg == V6_LEG_ANSWER;
	struct v6_text address = v6_address_text(out ? &o->ends.saddr : &o->ends.daddr);
	const char *side = xtables ? (out ? "-s" : "-d") : (out ? "ip6 saddr" : "ip6 daddr");
	const char *port = xtables ? (out ? "--sport" : "--dport") : (out ? "sport" : "dport");

	if (is_neighbour_leg(o))
		return v6_line("%s", xtables ? "-p ipv6-icmp" : "icmpv6 type 135-136");
	if (o->translated)
		return v6_line("%s", xtables ? "-m conntrack --ctstate DNAT" : "ct status dnat");
	if (p->map->protocol == V6_PROTOCOL_ALL)
		return v6_line("%s %s", side, address.s);
	return v6_line(
		"%s %s %s%s %s %s", side, address.s, xtables ? "-p " : "",
		v6_protocol_name(p->map->protocol), port,
		format_ports(out ? o->ends.sport : o->ends.dport, p->map, xtables ? ':' : '-').s);
}

/* is_before_docker() - whether packets come to the chain where Docker's users are meant to put
 * their rules
 */
static bool is_before_docker(struct v6_checked *c, const struct v6_obstacle *o)
{
	return strcmp(o->base->name, "FORWARD") == 0 && strcmp(o->base->table, "filter") == 0 &&
	       v6_ruleset_chain(v6_checker_rules(c->checker), o->base, V6_DOCKER_CHAIN);
}

/* format_xtables() - the line for ip6tables */
static struct v6_line format_xtables(const struct passing *p, const struct v6_obstacle *o)
{
	bool docker = is_before_docker(p->c, o), filter = strcmp(o->base->table, "filter") == 0;

	if (docker && p->marked && o->translated)
		return v6_line("ip6tables -I %s -m mark --mark %s -j ACCEPT", V6_DOCKER_CHAIN,
			       V6_SERVICE_MARK_TEXT);
	return v6_line("ip6tables %s%s%s-I %s %s -j ACCEPT", filter ? "" : "-t ",
		       filter ? "" : v6_command_word(o->base->table), filter ? "" : " ",
		       docker ? V6_DOCKER_CHAIN : v6_command_word(o->base->name),
		       format_match(p, o, true).s);
}

/* firewalld_port() - a port of the host opened in firewalld's own way, which outlives its reload: a
 * chain is called filter_IN_ZONE. What is forwarded, firewalld lets through by itself
 */
static struct v6_line firewalld_port(const struct passing *p, const struct v6_obstacle *o)
{
	static const char prefix[] = "filter_IN_";
	bool zone = strncmp(o->chain->name, prefix, sizeof(prefix) - 1) == 0;
	const char *name = zone ? v6_command_word(o->chain->name + sizeof(prefix) - 1) : "";
	struct v6_line what = v6_line("%s%.64s%s--add-port=%s/%s", zone ? "--zone=" : "", name,
				      zone ? " " : "", format_ports(o->ends.dport, p->map, '-').s,
				      v6_protocol_name(p->map->protocol));

	return v6_line("firewall-cmd %s && firewall-cmd --permanent %s", what.s, what.s);
}

/* is_of_firewalld() - a port of the host itself that its table drops */
static bool is_of_firewalld(const struct passing *p, const struct v6_obstacle *o)
{
	return o->base->family == NFPROTO_INET && strcmp(o->base->table, "firewalld") == 0 &&
	       o->base->hook == NF_INET_LOCAL_IN && !is_neighbour_leg(o) &&
	       p->map->protocol != V6_PROTOCOL_ALL;
}

/* is_of_docker_nft() - the table that Docker 29 makes anew at each start, with firewall-backend
 * nftables
 */
static bool is_of_docker_nft(const struct v6_chain *base)
{
	return base->family == NFPROTO_IPV6 && strcmp(base->table, "docker-bridges") == 0;
}

static struct v6_line suggest_remedy(const struct passing *p, const struct v6_obstacle *o)
{
	const struct v6_chain *base = o->base;

	if (base->family == NFPROTO_IPV6 && strcmp(base->table, V6_NAT_TABLE) == 0)
		return v6_line("v6ctl reconcile");
	if (is_of_docker_nft(base))
		return v6_line("systemctl restart docker");
	if (is_of_firewalld(p, o))
		return firewalld_port(p, o);
	if (!is_of_iptables(base))
		return v6_line("nft insert rule %s %s %s %s accept", v6_family_name(base->family),
			       v6_command_word(base->table), v6_command_word(base->name),
			       format_match(p, o, false).s);
	return format_xtables(p, o);
}

/* describe_leg() - the packets that a leg is about */
static const char *describe_leg(enum v6_leg leg)
{
	static const char *const words[] = {
		[V6_LEG_REQUEST] = "new connections",
		[V6_LEG_ANSWER] = "the container's answers",
		[V6_LEG_LATER] = "what clients send after the first packet",
		[V6_LEG_ASKED] = "neighbours who ask for the address (ICMPv6)",
		[V6_LEG_TOLD] = "our answers to neighbours (ICMPv6)",
		[V6_LEG_ASKING] = "our questions for the container (ICMPv6)",
		[V6_LEG_BEING_TOLD] = "the container's answer to these (ICMPv6)",
	};

	return words[leg];
}

/* format_place() - Write which rule or chain does it, and how to see it */
static struct v6_line format_place(const struct v6_obstacle *o)
{
	const struct v6_chain *chain = o->chain;
	const char *family = v6_family_name(chain->family);

	if (is_of_docker_nft(o->base))
		return v6_line(
			"Docker (table ip6 docker-bridges); first write \"bridge-accept-fwmark\": \"%s\" into /etc/docker/daemon.json",
			V6_SERVICE_MARK_TEXT);
	if (o->handle)
		return v6_line(
			"the rule with handle %llu in chain %s of table %s %s (nft -a list chain %s %s %s)",
			(unsigned long long)o->handle, chain->name, family, chain->table, family,
			chain->table, chain->name);
	return v6_line("%schain %s of table %s %s (nft list chain %s %s %s)",
		       o->what == V6_HINDRANCE_DROP ? "the policy of " : "", chain->name, family,
		       chain->table, family, chain->table, chain->name);
}

static void report_obstacle(const struct passing *p, const struct v6_obstacle *o)
{
	struct v6_checker *checker = p->c->checker;
	struct v6_line command = suggest_remedy(p, o);
	struct v6_map_text map = v6_map_text(p->map);
	struct v6_text service = v6_address_text(&p->flow.service);

	/* one line mends several ports, and both directions */
	if (v6_checker_gave(checker, command.s))
		return;
	switch (o->what) {
	case V6_HINDRANCE_DROP:
		if (o->certain)
			v6_found_fault(checker, STEP, command.s, "%s of %s: %s are dropped by %s",
				       map.s, service.s, describe_leg(o->leg), format_place(o).s);
		else
			v6_found_doubt(
				checker, STEP, command.s,
				"%s of %s: %s may be dropped by %s: not all that it asks for is known",
				map.s, service.s, describe_leg(o->leg), format_place(o).s);
		break;
	case V6_HINDRANCE_QUEUE:
		v6_found_doubt(checker, STEP, "", "%s of %s: %s are given to a program by %s",
			       map.s, service.s, describe_leg(o->leg), format_place(o).s);
		break;
	case V6_HINDRANCE_NOTRACK:
		v6_found_fault(checker, STEP, command.s,
			       "%s of %s: %s are kept from conntrack (notrack) by %s", map.s,
			       service.s, describe_leg(o->leg), format_place(o).s);
		break;
	case V6_HINDRANCE_ELSEWHERE:
		if (o->certain)
			v6_found_fault(checker, STEP, command.s,
				       "%s of %s: %s are led elsewhere by %s", map.s, service.s,
				       describe_leg(o->leg), format_place(o).s);
		else
			v6_found_doubt(
				checker, STEP, command.s,
				"%s of %s: %s may be led elsewhere by %s: it has the priority of our own chain, so whichever was made last comes first",
				map.s, service.s, describe_leg(o->leg), format_place(o).s);
		break;
	case V6_HINDRANCE_SOURCE:
		v6_found_doubt(
			checker, STEP, command.s,
			"%s of %s: it is reached, but by addresses other than its clients', which %s replaces",
			map.s, service.s, format_place(o).s);
		break;
	}
}

/* is_our_redirect() - what our own table does wrong has been told in an earlier step */
static bool is_our_redirect(const struct v6_obstacle *o)
{
	return o->base->family == NFPROTO_IPV6 && strcmp(o->base->table, V6_NAT_TABLE) == 0 &&
	       o->what == V6_HINDRANCE_ELSEWHERE;
}

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

/* check_flow() - one mapping on one address. Returns whether it passes, or a negative errno */
static int check_flow(const struct passing *p)
{
	struct v6_obstacles found;
	bool passes = true;
	size_t i;
	int ret = v6_trace(v6_checker_rules(p->c->checker), &p->flow, &found);

	for (i = 0; ret == 0 && i < found.n; i++) {
		if (is_our_redirect(&found.list[i]))
			continue;
		report_obstacle(p, &found.list[i]);
		passes = false;
	}
	return ret < 0 ? ret : passes;
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

/* invent_client() - an address that a neighbour of the service may well have */
static struct in6_addr invent_client(struct v6_checked *c, const struct v6_service *service)
{
	struct prefix_of of = {.address = service->address, .prefix = {service->address, 64}};
	struct in6_addr client;

	v6_ifaddr_each(&c->checker->host->route, service->link, note_prefix, &of);
	client = v6_prefix_mask(of.prefix).address;
	client.s6_addr[14] = 0xc1;
	client.s6_addr[15] = 0x1e;
	return client;
}

static bool set_side(struct v6_checked *c, int index, const char *name, struct v6_side *side)
{
	struct v6_link link = {.kind = ""};

	side->index = index;
	snprintf(side->name, sizeof(side->name), "%s", name);
	if (v6_link_get(&c->checker->host->route, index, NULL, &link) == 0)
		memcpy(side->name, link.name, sizeof(link.name));
	return strcmp(link.kind, "bridge") == 0;
}

/* set_flow() - what clients of a service send, ports and protocol apart */
static void set_flow(struct v6_checked *c, const struct v6_service *service, struct v6_flow *flow)
{
	const struct v6_destination *d = &c->record->destination;

	memset(flow, 0, sizeof(*flow));
	flow->client = c->checker->has_from ? c->checker->from : invent_client(c, service);
	flow->service = service->address;
	flow->target = c->local ? service->address : d->address;
	flow->outside_bridge =
		set_side(c, v6_client_link(c, service), service->link_name, &flow->outside);
	if (!c->local)
		flow->inside_bridge = set_side(c, d->via, d->via_name, &flow->inside);
}

/* trace_service() - all mappings on one address. Returns whether all pass, or a negative errno */
static int trace_service(struct v6_checked *c, const struct v6_service *service)
{
	struct passing p = {.c = c};
	bool all = true;
	size_t i;
	int ret = 1;

	set_flow(c, service, &p.flow);
	p.marked = service->ours;
	for (i = 0; i < c->record->n_maps && ret >= 0; i++) {
		p.map = &c->record->maps[i];
		/* of a whole address, one port of TCP stands for all */
		p.flow.protocol = p.map->protocol == V6_PROTOCOL_ALL ? IPPROTO_TCP
								     : p.map->protocol;
		p.flow.service_port = p.map->service_port ? p.map->service_port : 80;
		p.flow.target_port = p.map->service_port ? p.map->target_port : 80;
		set_sockets(&p.flow);
		ret = check_flow(&p);
		all = all && ret > 0;
	}
	return ret < 0 ? ret : all;
}

/* look_for_legacy() - xtables' own tables, which netlink does not show */
static void look_for_legacy(struct v6_checker *checker)
{
	auto_free char *names = NULL;
	size_t size = 0;

	if (v6_file_read_at(AT_FDCWD, "/proc/net/ip6_tables_names", 4096, &names, &size) == 0 &&
	    size > 0)
		v6_found_unseen(
			checker, STEP,
			"ip6tables-legacy has rules too, which are not looked at: see ip6tables-legacy-save; they may drop as well");
}

void v6_check_firewall(struct v6_checked *c)
{
	bool all = true;
	size_t i;
	int ret = 1;

	if (!v6_checker_rules(c->checker)) {
		v6_found_unseen(c->checker, STEP, "%s", c->checker->rules_error.text);
		return;
	}
	for (i = 0; i < c->record->n_services && ret >= 0; i++) {
		ret = trace_service(c, &c->record->services[i]);
		all = all && ret > 0;
	}
	if (ret < 0)
		v6_found_unseen(c->checker, STEP, "cannot read all rules: %s", v6_nl_explain(ret));
	else if (all)
		v6_found_good(c->checker, STEP, "no table drops what goes in or out");
	look_for_legacy(c->checker);
}
