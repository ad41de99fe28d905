/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The chains and rules of our table, as messages to the kernel.
 *
 * Each rule below stands under its text as nft writes it, and is a list of steps: functions of
 * steps.c that append an expression or two.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <libnftnl/common.h>

#include "base/cleanup.h"
#include "table/rules.h"
#include "table/sets.h"
#include "table/steps.h"

/* Before -100, where other engines' wildcard published ports hook in; equal would be undefined. */
#define PRIORITY_DSTNAT (-110)
/* nft 1.1 writes one that is within 10 of it as "dstnat", which older ones do not load in "output"
 */
#define PRIORITY_OUTPUT (-111)
/* Less than that for what leaves: before other engines' masquerade, whichever was made first */
#define PRIORITY_SRCNAT 100
#define PRIORITY_MANGLE (-150)
/* Before conntrack (-200), which is to know an answer by its source */
#define PRIORITY_RAW (-300)
/* And after -290, where firewalld drops what comes by another link than its source's route
 */
#define PRIORITY_RETURNING (-250)

#define STEPS_MAX 6

struct rule {
	const char *chain;
	struct v6_step steps[STEPS_MAX];
};

struct chain {
	const char *name;
	const char *type; /* NULL: not attached to a hook */
	uint32_t hook;
	int32_t priority;
};

static const struct chain chains[] = {
	{"prerouting", "nat", NF_INET_PRE_ROUTING, PRIORITY_DSTNAT},
	{"clients", NULL, 0, 0},
	{"output", "nat", NF_INET_LOCAL_OUT, PRIORITY_OUTPUT},
	{"postrouting", "nat", NF_INET_POST_ROUTING, PRIORITY_SRCNAT - 10},
	{"input", "filter", NF_INET_LOCAL_IN, 0},
	{"guard", NULL, 0, 0},
	{"asking", NULL, 0, 0},
	{"asked", NULL, 0, 0},
	{"answers", "route", NF_INET_LOCAL_OUT, PRIORITY_RAW},
	{"answering", NULL, 0, 0},
	{"answered", NULL, 0, 0},
	{"returning", "filter", NF_INET_PRE_ROUTING, PRIORITY_RETURNING},
	{"returned", NULL, 0, 0},
	{"asking-inside", NULL, 0, 0},
	{"assigned", NULL, 0, 0},
	{"sender", NULL, 0, 0},
	{"marking", "filter", NF_INET_FORWARD, -10},
	{"routed", NULL, 0, 0},
	{"forward", "filter", NF_INET_FORWARD, 0},
	{"outgoing", "filter", NF_INET_LOCAL_OUT, 0},
	{"arriving", "filter", NF_INET_PRE_ROUTING, PRIORITY_MANGLE},
	{"leaving", "filter", NF_INET_POST_ROUTING, PRIORITY_SRCNAT + 10},
};

/* clang-format off */
#define DO(step)    {v6_step_##step, NULL, 0}
#define SET(name)   {v6_step_match_set, name, 0}
#define MAP(name)   {v6_step_match_map, name, 0}
#define NO_SET(name) {v6_step_match_no_set, name, 0}
#define IS(number)  {v6_step_match_protocol, NULL, number}
#define JUMP(name)  {v6_step_jump_to_chain, name, 0}
#define GOTO(name)  {v6_step_goto_chain, name, 0}
#define UPDATE(name) {v6_step_update_set, name, 0}

static const struct rule rules[] = {
	/* tcp flags & (fin | syn | rst | ack) != syn ip6 daddr != @addresses accept: conntrack does not
	 * know this connection, and on an address that the host had before it may be the host's own, to
	 * a server whose answers come to a claimed port
	 */
	{"prerouting", {IS(IPPROTO_TCP), DO(match_later), DO(load_daddr), NO_SET("addresses"),
			DO(accept_packet)}},
	/* meta l4proto . ip6 daddr . th dport @limited jump clients: asked once a connection. The host
	 * itself always may
	 */
	{"prerouting", {DO(load_claim), SET("limited"), JUMP("clients")}},
	/* dnat to meta l4proto . ip6 daddr . th dport map @services */
	{"prerouting", {DO(load_claim), MAP("services"), DO(dnat_port)}},
	/* dnat to th sport & 30 . meta l4proto . ip6 daddr . th dport map @shared: of several containers,
	 * the one that has these clients
	 */
	{"prerouting", {DO(load_slot), MAP("shared"), DO(dnat_port)}},
	/* meta l4proto tcp ip6 daddr . th dport @limited-tcp jump clients */
	{"prerouting", {IS(IPPROTO_TCP), DO(load_port_key), SET("limited-tcp"), JUMP("clients")}},
	{"prerouting", {IS(IPPROTO_UDP), DO(load_port_key), SET("limited-udp"), JUMP("clients")}},
	{"prerouting", {IS(IPPROTO_SCTP), DO(load_port_key), SET("limited-sctp"), JUMP("clients")}},
	/* meta l4proto tcp dnat to ip6 daddr . th dport map @ranges-tcp: the port stays */
	{"prerouting", {IS(IPPROTO_TCP), DO(load_port_key), MAP("ranges-tcp"), DO(dnat_address)}},
	{"prerouting", {IS(IPPROTO_UDP), DO(load_port_key), MAP("ranges-udp"), DO(dnat_address)}},
	{"prerouting", {IS(IPPROTO_SCTP), DO(load_port_key), MAP("ranges-sctp"), DO(dnat_address)}},
	/* dnat to ip6 daddr map @whole: any protocol, ping too */
	{"prerouting", {DO(load_daddr), MAP("whole"), DO(dnat_address)}},
	/* ip6 daddr @addresses dnat to ip6 daddr: a binding to itself, after which no other table's NAT
	 * rules are asked, so that nobody else's wildcard port catches our addresses
	 */
	{"prerouting", {DO(load_daddr), SET("addresses"), DO(load_daddr), DO(dnat_address)}},

	/* meta l4proto tcp ip6 daddr . th dport . ip6 saddr @from-tcp return */
	{"clients", {IS(IPPROTO_TCP), DO(load_client), SET("from-tcp"), DO(return_from_chain)}},
	{"clients", {IS(IPPROTO_UDP), DO(load_client), SET("from-udp"), DO(return_from_chain)}},
	{"clients", {IS(IPPROTO_SCTP), DO(load_client), SET("from-sctp"), DO(return_from_chain)}},
	/* meta l4proto tcp reject with tcp reset: as on a port that nobody published. Here, and not in
	 * "guard", which lets ports in "local" through, and covers no address that the host had before
	 */
	{"clients", {IS(IPPROTO_TCP), DO(reject_by_reset)}},
	/* reject */
	{"clients", {DO(reject_by_icmp)}},

	/* as in prerouting */
	{"output", {IS(IPPROTO_TCP), DO(match_later), DO(load_daddr), NO_SET("addresses"),
		    DO(accept_packet)}},
	{"output", {DO(load_claim), MAP("services"), DO(dnat_port)}},
	{"output", {DO(load_slot), MAP("shared"), DO(dnat_port)}},
	{"output", {IS(IPPROTO_TCP), DO(load_port_key), MAP("ranges-tcp"), DO(dnat_address)}},
	{"output", {IS(IPPROTO_UDP), DO(load_port_key), MAP("ranges-udp"), DO(dnat_address)}},
	{"output", {IS(IPPROTO_SCTP), DO(load_port_key), MAP("ranges-sctp"), DO(dnat_address)}},
	{"output", {DO(load_daddr), MAP("whole"), DO(dnat_address)}},
	{"output", {DO(load_daddr), SET("addresses"), DO(load_daddr), DO(dnat_address)}},

	/* ct status dnat ip6 saddr . ip6 daddr @hairpin masquerade */
	{"postrouting", {DO(match_dnat), DO(load_pair), SET("hairpin"), DO(masquerade_source)}},

	/* snat to oifname . ip6 saddr map @egress: as its service, towards where that is reached */
	{"postrouting", {DO(load_leaving), MAP("egress"), DO(snat_address)}},

	/* meta l4proto udp th dport @udp-ports jump asking: a service of the host's own network is asked
	 * there, perhaps
	 */
	{"input", {IS(IPPROTO_UDP), DO(load_dport), SET("udp-ports"), JUMP("asking")}},
	/* ip6 daddr @addresses goto guard */
	{"input", {DO(load_daddr), SET("addresses"), GOTO("guard")}},

	/* ct state established,related accept */
	{"guard", {DO(match_known), DO(accept_packet)}},
	/* meta l4proto ipv6-icmp accept: ping, and neighbour discovery, without which nothing answers */
	{"guard", {IS(IPPROTO_ICMPV6), DO(accept_packet)}},
	/* ct status dnat accept: a port of the host's own namespace that a claim leads to */
	{"guard", {DO(match_dnat), DO(accept_packet)}},
	/* meta l4proto . ip6 daddr . th dport @local accept */
	{"guard", {DO(load_claim), SET("local"), DO(accept_packet)}},
	/* meta l4proto tcp reject with tcp reset */
	{"guard", {IS(IPPROTO_TCP), DO(reject_by_reset)}},
	/* reject */
	{"guard", {DO(reject_by_icmp)}},

	/* update @questions { ip6 saddr . th sport . ip6 daddr . th dport }: of whatever address, as the
	 * host's own are to answer from themselves
	 */
	{"asking", {DO(load_question), UPDATE("questions")}},
	/* ct status dnat goto asked: a service, with another port */
	{"asking", {DO(match_dnat), GOTO("asked")}},
	/* ip6 daddr @addresses goto asked */
	{"asking", {DO(load_daddr), SET("addresses"), GOTO("asked")}},
	/* meta l4proto . ip6 daddr . th dport @local goto asked: on an address that the host had before */
	{"asking", {DO(load_claim), SET("local"), GOTO("asked")}},

	/* update @askers { ip6 saddr . th sport . th dport } */
	{"asked", {DO(load_asker), UPDATE("askers")}},
	/* add @asked-ports { th sport . th dport : ip6 daddr } */
	{"asked", {DO(load_ports), {v6_step_add_daddr, "asked-ports", 0}}},
	/* add @asked-clients { ip6 saddr : ip6 daddr } */
	{"asked", {DO(load_saddr), {v6_step_add_daddr, "asked-clients", 0}}},

	/* meta l4proto udp th sport @udp-ports jump answering: with the address that was asked, conntrack
	 * knows it as an answer. The chain's type has the kernel route it again
	 */
	{"answers", {IS(IPPROTO_UDP), DO(load_sport), SET("udp-ports"), JUMP("answering")}},
	/* ip6 daddr . th dport . th sport != @askers return: to nobody who asked a service */
	{"answering", {DO(load_answered_asker), NO_SET("askers"), DO(return_from_chain)}},
	/* ip6 daddr . th dport . ip6 saddr . th sport @questions return: from an address that was asked */
	{"answering", {DO(load_answered_question), SET("questions"), DO(return_from_chain)}},
	/* ip6 saddr set th dport . th sport map @asked-ports: nearly always it is that */
	{"answering", {DO(load_answered_ports), MAP("asked-ports"), DO(set_source)}},
	/* ip6 daddr . th dport . ip6 saddr . th sport @questions goto answered */
	{"answering", {DO(load_answered_question), SET("questions"), GOTO("answered")}},
	/* ip6 saddr set ip6 daddr map @asked-clients: where two clients have one port */
	{"answering", {DO(load_daddr), MAP("asked-clients"), DO(set_source)}},
	{"answering", {DO(load_answered_question), SET("questions"), GOTO("answered")}},

	/* update @questions { ip6 daddr . th dport . ip6 saddr . th sport }: whoever is answered may listen
	 * for long without a word
	 */
	{"answered", {DO(load_answered_question), UPDATE("questions")}},
	{"answered", {DO(load_answered_asker), UPDATE("askers")}},
	{"answered", {DO(load_answered_ports), {v6_step_add_saddr, "asked-ports", 0}}},
	{"answered", {DO(load_daddr), {v6_step_add_saddr, "asked-clients", 0}}},

	/* meta l4proto udp ip6 daddr . th dport . th sport @askers-inside jump returned: to somebody who
	 * asked a container that may answer from several addresses
	 */
	{"returning", {IS(IPPROTO_UDP), DO(load_answered_asker), SET("askers-inside"),
		       JUMP("returned")}},
	/* ip6 daddr . th dport . ip6 saddr . th sport != @questions ip6 saddr set iifname . ether saddr map
	 * @siblings: where it comes from such a container, it comes from the address that was asked
	 */
	{"returned", {DO(load_answered_question), NO_SET("questions"), DO(load_sender),
		      MAP("siblings"), DO(set_source)}},
	/* ip6 daddr . th dport . ip6 saddr . th sport @questions update @questions { ip6 daddr . th dport .
	 * ip6 saddr . th sport } update @askers-inside { ip6 daddr . th dport . th sport }: as above
	 */
	{"returned", {DO(load_answered_question), SET("questions"), DO(load_answered_question),
		      UPDATE("questions"), DO(load_answered_asker), UPDATE("askers-inside")}},

	/* update @questions { ip6 saddr . th sport . ip6 daddr . th dport } */
	{"asking-inside", {DO(load_question), UPDATE("questions")}},
	/* update @askers-inside { ip6 saddr . th sport . th dport } */
	{"asking-inside", {DO(load_asker), UPDATE("askers-inside")}},

	/* ct status dnat return: what we assign is there to be reached by a service. Packets without a
	 * conntrack entry are none of its connections, so that this is no "ct status & dnat == 0"
	 */
	{"assigned", {DO(match_dnat), DO(return_from_chain)}},
	/* reject */
	{"assigned", {DO(reject_by_icmp)}},

	/* ether saddr . ip6 saddr @sources return */
	{"sender", {DO(load_source), SET("sources"), DO(return_from_chain)}},
	/* ip6 saddr fe80::/64 return: link-local addresses, which it may have had before */
	{"sender", {DO(match_link_local), DO(return_from_chain)}},
	/* ip6 saddr :: return: it looks for duplicates of an address */
	{"sender", {DO(load_saddr), DO(match_no_source), DO(return_from_chain)}},
	/* drop */
	{"sender", {DO(drop_packet)}},

	/* ct status dnat ct original ip6 daddr @addresses meta mark set meta mark | 0x1000 accept: for the filters
	 * of others, which come after it. Nobody else translates what is sent to these addresses, and no
	 * packet brings a mark from outside or from a container
	 */
	{"marking", {DO(match_dnat), DO(load_original_daddr), SET("addresses"), DO(set_service_mark),
		     DO(accept_packet)}},
	/* ct state new,established,related oifname . ip6 saddr @outgoing meta mark set meta mark | 0x1000:
	 * what leaves by a service's address, too
	 */
	{"marking", {DO(match_tracked), DO(load_leaving), SET("outgoing"), DO(set_service_mark)}},
	/* ct direction reply iifname . ip6 daddr @outgoing meta mark set meta mark | 0x1000: and what is
	 * answered; a stranger who sends to the container's own address answers nothing
	 */
	{"marking", {DO(match_reply), DO(load_returning), SET("outgoing"), DO(set_service_mark)}},
	/* ct status dnat return */
	{"routed", {DO(match_dnat), DO(return_from_chain)}},
	/* ct direction reply return: its connection was let in elsewhere */
	{"routed", {DO(match_reply), DO(return_from_chain)}},
	/* ip6 daddr ff00::/8 return: a multicast router forwards without this setting */
	{"routed", {DO(match_multicast), DO(return_from_chain)}},
	/* iifname . oifname @bridged return: frames between ports of a bridge, which br_netfilter shows us
	 */
	{"routed", {DO(load_within), SET("bridged"), DO(return_from_chain)}},
	/* reject with icmpv6 addr-unreachable: also a client of a service that has just stopped is told so */
	{"routed", {DO(reject_by_address)}},

	/* ct status dnat accept: a service's packets are none of what is refused or let out below */
	{"forward", {DO(match_dnat), DO(accept_packet)}},
	/* ct state new,established,related oifname . ip6 saddr @outgoing accept: it leaves by its service's
	 * address, by that way and no other. Nothing else is translated
	 */
	{"forward", {DO(match_tracked), DO(load_leaving), SET("outgoing"), DO(accept_packet)}},
	/* ip6 saddr @provided jump assigned: it is no way out to the internet either */
	{"forward", {DO(load_saddr), SET("provided"), JUMP("assigned")}},
	/* iifname @opened jump routed: we had it forward for services, so it does for nothing else */
	{"forward", {DO(load_iifname), SET("opened"), JUMP("routed")}},

	/* ct direction original ip6 daddr @provided jump assigned: the host itself answers, and does
	 * not ask
	 */
	{"outgoing", {DO(match_original), DO(load_daddr), SET("provided"), JUMP("assigned")}},

	/* iifname . ether saddr @senders jump sender */
	{"arriving", {DO(load_sender), SET("senders"), JUMP("sender")}},
	/* ip6 daddr @provided jump assigned: not in "forward", before which the kernel tells a
	 * neighbour to send straight to the container
	 */
	{"arriving", {DO(load_daddr), SET("provided"), JUMP("assigned")}},
	/* ct status dnat ct direction original meta l4proto . ip6 daddr . th dport @traffic: before the address is translated.
	 * The first packet of a connection is no such yet, but counted by its map
	 */
	{"arriving", {DO(match_dnat), DO(match_original), DO(load_claim), SET("traffic")}},

	/* meta mark 0 ct direction reply meta mark set ct original ip6 daddr map @answers: a routing rule
	 * has answers leave as what this host sends from that address. A mark that others set stays
	 */
	{"arriving", {DO(match_unmarked), DO(match_reply), DO(load_original_daddr), MAP("answers"), DO(set_mark)}},

	/* meta mark 0 ct direction original ip6 saddr map @departures: likewise what leaves by a service */
	{"arriving", {DO(match_unmarked), DO(match_original), DO(load_saddr), MAP("departures"), DO(set_mark)}},

	/* meta l4proto udp ip6 daddr @several jump asking-inside: its source is what the container sees */
	{"leaving", {IS(IPPROTO_UDP), DO(load_daddr), SET("several"), JUMP("asking-inside")}},
	/* ct status dnat ct direction reply meta l4proto . ip6 saddr . th sport @traffic: an answer, translated back */
	{"leaving", {DO(match_dnat), DO(match_reply), DO(load_answered), SET("traffic")}},
};
/* clang-format on */

static void put_chain(struct v6_batch *batch, const struct chain *chain)
{
	struct nlmsghdr *message = v6_batch_next(batch, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	struct nlattr *hook;

	if (!message)
		return;
	mnl_attr_put_strz(message, NFTA_CHAIN_TABLE, V6_NAT_TABLE);
	mnl_attr_put_strz(message, NFTA_CHAIN_NAME, chain->name);
	if (chain->type) {
		hook = mnl_attr_nest_start(message, NFTA_CHAIN_HOOK);
		mnl_attr_put_u32(message, NFTA_HOOK_HOOKNUM, htonl(chain->hook));
		mnl_attr_put_u32(message, NFTA_HOOK_PRIORITY, htonl((uint32_t)chain->priority));
		mnl_attr_nest_end(message, hook);
		mnl_attr_put_u32(message, NFTA_CHAIN_POLICY, htonl(NF_ACCEPT));
		mnl_attr_put_strz(message, NFTA_CHAIN_TYPE, chain->type);
	}
	v6_batch_add(batch, message);
}

static void put_rule(struct v6_batch *batch, size_t number)
{
	const struct v6_step *steps = rules[number].steps;
	struct v6_rule_mark mark = {V6_RULE_MARK, sizeof(mark.number), (uint8_t)number};
	struct v6_rule_text t = {
		.message = v6_batch_next(batch, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND),
	};
	struct nlattr *list;

	if (!t.message)
		return;
	mnl_attr_put_strz(t.message, NFTA_RULE_TABLE, V6_NAT_TABLE);
	mnl_attr_put_strz(t.message, NFTA_RULE_CHAIN, rules[number].chain);
	mnl_attr_put(t.message, NFTA_RULE_USERDATA, sizeof(mark), &mark);
	list = mnl_attr_nest_start(t.message, NFTA_RULE_EXPRESSIONS);
	for (t.step = steps; t.step < steps + STEPS_MAX && t.step->write; t.step++)
		t.step->write(&t);
	v6_rule_text_end(&t);
	mnl_attr_nest_end(t.message, list);
	v6_batch_add(batch, t.message);
}

void v6_rules_add(struct v6_batch *batch)
{
	size_t i;

	for (i = 0; i < V6_ARRAY_SIZE(chains); i++)
		put_chain(batch, &chains[i]);
	for (i = 0; i < V6_ARRAY_SIZE(rules); i++)
		put_rule(batch, i);
}

const char *v6_rules_chain(size_t number)
{
	return number < V6_ARRAY_SIZE(rules) ? rules[number].chain : NULL;
}
