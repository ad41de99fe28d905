/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The line that lets a service's packets through. It goes to the top of the base chain, so that it
 * comes before whatever stands there; that can't undo what other base chains at the same hook do,
 * so each has its own.
 */
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "firewall/remedy.h"
#include "table/nat.h"

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

/* format_leaving() - Tell the packets of a container that leaves by a service's address from others
 */
static struct v6_line format_leaving(const struct v6_passing *p, const struct v6_obstacle *o,
				     bool xtables)
{
	bool back = o->leg == V6_LEG_RETURNING;
	struct v6_text address = v6_address_text(back ? &o->ends.daddr : &o->ends.saddr);
	const char *link = v6_command_word(p->flow.outside.name);
	bool named = o->base->hook == (back ? NF_INET_PRE_ROUTING : NF_INET_POST_ROUTING) ||
		     o->base->hook == NF_INET_FORWARD;

	if (xtables)
		return v6_line("%s %s%s%s%s", back ? "-d" : "-s", address.s,
			       !named ? ""
			       : back ? " -i "
				      : " -o ",
			       named ? link : "",
			       back && o->tracked ? " -m conntrack --ctstate ESTABLISHED" : "");
	return v6_line("%s%s%sip6 %s %s%s",
		       !named ? ""
		       : back ? "iifname "
			      : "oifname ",
		       named ? link : "", named ? " " : "", back ? "daddr" : "saddr", address.s,
		       back && o->tracked ? " ct state established" : "");
}

/* format_match() - Tell the packets of this service from others, as nft or ip6tables writes it */
static struct v6_line format_match(const struct v6_passing *p, const struct v6_obstacle *o,
				   bool xtables)
{
	bool out = o->leg == V6_LEG_ANSWER;
	struct v6_text address = v6_address_text(out ? &o->ends.saddr : &o->ends.daddr);
	const char *side = xtables ? (out ? "-s" : "-d") : (out ? "ip6 saddr" : "ip6 daddr");
	const char *port = xtables ? (out ? "--sport" : "--dport") : (out ? "sport" : "dport");

	if (is_neighbour_leg(o))
		return v6_line("%s", xtables ? "-p ipv6-icmp" : "icmpv6 type 135-136");
	if (p->flow.leaves)
		return format_leaving(p, o, xtables);
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
static bool is_before_docker(const struct v6_ruleset *rules, const struct v6_obstacle *o)
{
	return strcmp(o->base->name, "FORWARD") == 0 && strcmp(o->base->table, "filter") == 0 &&
	       v6_ruleset_chain(rules, o->base, V6_DOCKER_CHAIN);
}

/* format_xtables() - the line for ip6tables */
static struct v6_line format_xtables(const struct v6_ruleset *rules, const struct v6_passing *p,
				     const struct v6_obstacle *o)
{
	bool docker = is_before_docker(rules, o), filter = strcmp(o->base->table, "filter") == 0;

	if (docker && p->marked && (o->translated || p->flow.leaves))
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
static struct v6_line firewalld_port(const struct v6_passing *p, const struct v6_obstacle *o)
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
static bool is_of_firewalld(const struct v6_passing *p, const struct v6_obstacle *o)
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

struct v6_line v6_remedy(const struct v6_ruleset *rules, const struct v6_passing *p,
			 const struct v6_obstacle *o)
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
	return format_xtables(rules, p, o);
}

struct v6_line v6_passing_text(const struct v6_passing *p)
{
	struct v6_text service = v6_address_text(&p->flow.service);

	if (p->flow.leaves)
		return v6_line("%s by %s", v6_map_text(p->map).s, service.s);
	return v6_line("%s of %s", v6_map_text(p->map).s, service.s);
}

const char *v6_leg_text(enum v6_leg leg)
{
	static const char *const words[] = {
		[V6_LEG_REQUEST] = "new connections",
		[V6_LEG_ANSWER] = "the container's answers",
		[V6_LEG_LATER] = "what clients send after the first packet",
		[V6_LEG_LEAVING] = "connections that the container begins",
		[V6_LEG_RETURNING] = "answers to the container",
		[V6_LEG_GOING_ON] = "what the container sends after the first packet",
		[V6_LEG_ASKED] = "neighbour solicitations for the address (ICMPv6)",
		[V6_LEG_TOLD] = "our answers to neighbours (ICMPv6)",
		[V6_LEG_ASKING] = "our questions for the container (ICMPv6)",
		[V6_LEG_BEING_TOLD] = "the container's answer to these (ICMPv6)",
	};

	return words[leg];
}

struct v6_line v6_obstacle_place(const struct v6_obstacle *o)
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
