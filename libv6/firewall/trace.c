/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walks each packet of a flow through the hooks, and notes what stands in its way.
 *
 * A packet is set up anew for each base chain on its way, as conntrack and address translation have
 * left it there: they sit at hooks with priorities of their own, among those of chains.
 */
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter_ipv6.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "firewall/trace.h"
#include "kernel/neigh.h"
#include "table/nat.h"

/* What clients use as their port; any above the well-known ones would do. */
#define CLIENT_PORT 50000
/* RFC 4861 section 7.1: neighbour discovery. */
#define HOP_LIMIT_ND 255
#define HOP_LIMIT    63

#define HOOK_INGRESS   5 /* NF_INET_INGRESS, 5.10 */
#define NETDEV_INGRESS 0
#define NETDEV_EGRESS  1 /* 5.16 */

#ifndef IPS_DST_NAT_DONE
#define IPS_DST_NAT_DONE (1 << 8)
#endif

/* enum place - hooks in the order in which a packet comes to them */
enum place {
	AT_DEVICE_IN,
	AT_BRIDGE_IN,
	AT_PREROUTING,
	AT_INPUT,
	AT_FORWARD,
	AT_OUTPUT,
	AT_POSTROUTING,
	AT_BRIDGE_OUT,
	AT_DEVICE_OUT,
	N_PLACES,
};

/* struct leg - the places of a leg, as bits */
#define BIT(place) (1U << (place))
#define CAME_IN	   (BIT(AT_DEVICE_IN) | BIT(AT_BRIDGE_IN) | BIT(AT_PREROUTING))
#define GOES_OUT   (BIT(AT_POSTROUTING) | BIT(AT_BRIDGE_OUT) | BIT(AT_DEVICE_OUT))
#define FORWARDED  (CAME_IN | BIT(AT_FORWARD) | GOES_OUT)
#define RECEIVED   (CAME_IN | BIT(AT_INPUT))
#define SENT	   (BIT(AT_OUTPUT) | GOES_OUT)

/**
 * struct walk - One leg being walked
 * @packet:	As it is at the current chain; marks go with it
 * @before:	Its ends before address translation
 * @after:	And behind
 * @translated_at: Where that happens
 * @bridge_in:	It comes by a bridge
 * @bridge_out:	It goes by one
 * @bound:	A rule has translated the destination; others are not asked any more
 */
struct walk {
	const struct v6_ruleset *ruleset;
	const struct v6_flow *flow;
	enum v6_leg leg;
	struct v6_packet packet;
	struct v6_ends before, after;
	enum place translated_at;
	bool bridge_in, bridge_out;
	bool bound;
	struct v6_obstacles *found;
};

static bool is_discovery(enum v6_leg leg)
{
	return leg >= V6_LEG_ASKED;
}

/* is_inwards() - whether it goes to the container */
static bool is_inwards(enum v6_leg leg)
{
	return leg == V6_LEG_REQUEST || leg == V6_LEG_LATER || leg == V6_LEG_RETURNING;
}

/* begins() - whether a leg is the first packet of a connection */
static bool begins(enum v6_leg leg)
{
	return leg == V6_LEG_REQUEST || leg == V6_LEG_LEAVING;
}

/* is_changed() - whether anything is translated: in the host's own network, ports may be the same
 */
static bool is_changed(const struct v6_flow *flow)
{
	return flow->service_port != flow->target_port ||
	       !v6_address_equal(&flow->service, &flow->target);
}

/* is_translated() - whether translation has been, when a chain is asked that does not itself do it
 */
static bool is_translated(const struct walk *walk, enum place place, const struct v6_chain *chain)
{
	int priority = walk->translated_at == AT_PREROUTING ? NF_IP6_PRI_NAT_DST
							    : NF_IP6_PRI_NAT_SRC;

	if (place != walk->translated_at)
		return place > walk->translated_at;
	return !chain->nat && chain->priority >= priority;
}

static enum v6_tracking tracking_at(const struct walk *walk, enum place place,
				    const struct v6_chain *chain)
{
	bool first = place == AT_PREROUTING || place == AT_OUTPUT;

	if (walk->packet.tracking == V6_TRACKING_NEVER)
		return V6_TRACKING_NEVER;
	if (place == AT_BRIDGE_IN || place == AT_BRIDGE_OUT)
		return V6_TRACKING_UNKNOWN;
	if (place == AT_DEVICE_IN || (first && chain->priority < NF_IP6_PRI_CONNTRACK))
		return V6_TRACKING_NOT_YET;
	return is_discovery(walk->leg) ? V6_TRACKING_NEVER : V6_TRACKING_ON;
}

static uint32_t status_at(const struct walk *walk, bool translated)
{
	uint32_t status = 0;

	if (walk->flow->leaves && begins(walk->leg))
		return translated ? IPS_DST_NAT_DONE | IPS_SRC_NAT_DONE | IPS_SRC_NAT : 0;
	if (walk->flow->leaves)
		return IPS_SEEN_REPLY | IPS_CONFIRMED | IPS_DST_NAT_DONE | IPS_SRC_NAT_DONE |
		       IPS_SRC_NAT;
	if (walk->leg != V6_LEG_REQUEST)
		status = IPS_SEEN_REPLY | IPS_CONFIRMED | IPS_SRC_NAT_DONE;
	if (translated || walk->leg != V6_LEG_REQUEST)
		status |= IPS_DST_NAT_DONE | (is_changed(walk->flow) ? IPS_DST_NAT : 0);
	return status;
}

/* set_sides() - the links that a hook sees */
static void set_sides(struct walk *walk, enum place place)
{
	static const struct v6_side none = {0, ""}, some_port = {-1, ""};
	const struct v6_flow *flow = walk->flow;
	bool inwards = is_inwards(walk->leg);
	bool inner = walk->leg == V6_LEG_ASKING || walk->leg == V6_LEG_BEING_TOLD;
	const struct v6_side *from = inwards || !flow->inside.index ? &flow->outside
								    : &flow->inside;
	const struct v6_side *to = inwards ? &flow->inside : &flow->outside;
	struct v6_packet *packet = &walk->packet;

	if (is_discovery(walk->leg))
		from = to = inner ? &flow->inside : &flow->outside;
	packet->in = place == AT_OUTPUT || place >= AT_BRIDGE_OUT ? none : *from;
	packet->out = place <= AT_INPUT ? none : *to;
	if (place == AT_BRIDGE_IN)
		packet->in = some_port;
	if (place == AT_BRIDGE_OUT)
		packet->out = some_port;
}

/* sender_at() - the socket that a packet bears: of an answer of this host; for what follows from a
 * client, early demultiplexing may have found one
 */
static struct v6_socket sender_at(const struct walk *walk, enum place place)
{
	const struct v6_flow *flow = walk->flow;

	if (flow->inside.index == 0 && walk->leg == V6_LEG_ANSWER)
		return flow->answering;
	return (struct v6_socket){
		.known = flow->inside.index || walk->leg != V6_LEG_LATER || place != AT_INPUT,
	};
}

/* receiver_at() - the socket that a look-up finds: nobody has the client's port here, and none is
 * looked up for neighbour discovery
 */
static struct v6_socket receiver_at(const struct walk *walk, bool translated)
{
	const struct v6_flow *flow = walk->flow;
	const struct v6_socket none = {.known = true};
	bool local = flow->inside.index == 0;

	if (is_discovery(walk->leg) || flow->leaves || flow->protocol == IPPROTO_SCTP ||
	    (walk->leg == V6_LEG_ANSWER && !local))
		return none;
	if (local && walk->leg != V6_LEG_REQUEST && flow->protocol == IPPROTO_TCP)
		return (struct v6_socket){.known = true, .there = true, .half_open = true};
	return translated || walk->leg == V6_LEG_ANSWER ? flow->answering : flow->asked;
}

static void set_packet(struct walk *walk, enum place place, const struct v6_chain *chain)
{
	bool translated = is_translated(walk, place, chain);

	walk->packet.ends = translated ? walk->after : walk->before;
	walk->packet.tracking = tracking_at(walk, place, chain);
	walk->packet.status = status_at(walk, translated);
	walk->packet.sender = sender_at(walk, place);
	walk->packet.receiver = receiver_at(walk, translated);
	set_sides(walk, place);
}

/* is_alike() - whether one remedy will do for two legs */
static bool is_alike(enum v6_leg a, enum v6_leg b)
{
	if (is_discovery(a) || is_discovery(b))
		return is_discovery(a) && is_discovery(b);
	return is_inwards(a) == is_inwards(b);
}

static void add_obstacle(struct walk *walk, const struct v6_obstacle *obstacle)
{
	struct v6_obstacles *found = walk->found;
	size_t i;

	for (i = 0; i < found->n; i++) {
		if (found->list[i].base != obstacle->base ||
		    !is_alike(found->list[i].leg, obstacle->leg))
			continue;
		if (obstacle->certain && !found->list[i].certain)
			found->list[i] = *obstacle;
		return;
	}
	if (found->n < V6_OBSTACLES_MAX)
		found->list[found->n++] = *obstacle;
}

static struct v6_obstacle obstacle_of(const struct walk *walk, enum v6_hindrance what,
				      const struct v6_chain *base)
{
	return (struct v6_obstacle){
		.what = what,
		.leg = walk->leg,
		.base = base,
		.chain = base,
		.certain = true,
		.tracked = walk->packet.tracking == V6_TRACKING_ON,
		.translated = walk->packet.tracking == V6_TRACKING_ON &&
			      (walk->packet.status & IPS_DST_NAT) && base->family != NFPROTO_NETDEV,
		.ends = walk->packet.ends,
	};
}

static bool is_in_our_table(const struct v6_chain *chain)
{
	return chain->family == NFPROTO_IPV6 && strcmp(chain->table, V6_NAT_TABLE) == 0;
}

/* is_rival() - a translation that has our own one's priority: the kernel asks first whichever was
 * registered last, and does not tell which that is
 */
static bool is_rival(const struct walk *walk, const struct v6_chain *base)
{
	const struct v6_ruleset *ruleset = walk->ruleset;
	size_t i;

	for (i = 0; i < ruleset->n; i++)
		if (ruleset->chains[i].base && ruleset->chains[i].nat &&
		    ruleset->chains[i].hook == base->hook && is_in_our_table(&ruleset->chains[i]))
			return base->priority == ruleset->chains[i].priority &&
			       !is_in_our_table(base);
	return false;
}

/* judge_nat() - what comes of a translation: the first one counts, others are not asked any more */
static void judge_nat(struct walk *walk, const struct v6_chain *base,
		      const struct v6_judgement *judgement)
{
	const struct v6_flow *flow = walk->flow;
	struct v6_obstacle obstacle;

	if (judgement->source) {
		obstacle = obstacle_of(walk, V6_HINDRANCE_SOURCE, base);
		obstacle.certain = !flow->leaves || !is_rival(walk, base);
		walk->bound = walk->bound || (flow->leaves && obstacle.certain);
		if (base->hook == NF_INET_POST_ROUTING && !is_in_our_table(base))
			add_obstacle(walk, &obstacle);
		return;
	}
	if (base->hook != NF_INET_PRE_ROUTING)
		return;
	obstacle = obstacle_of(walk, V6_HINDRANCE_ELSEWHERE, base);
	obstacle.certain = !is_rival(walk, base);
	walk->bound = walk->bound || (!flow->leaves && obstacle.certain);
	if (flow->leaves || !v6_address_equal(&judgement->to, &flow->target) ||
	    (judgement->to_port && judgement->to_port != flow->target_port))
		add_obstacle(walk, &obstacle);
}

static void judge_fate(struct walk *walk, const struct v6_chain *base,
		       const struct v6_judgement *judgement)
{
	struct v6_obstacle obstacle = obstacle_of(walk, V6_HINDRANCE_DROP, base);

	/* link-layer addresses are not known here, by which our own table judges what containers
	 * send; whether it is whole is looked at elsewhere. What conntrack is kept from it can't
	 * know as a service's, which is told of already
	 */
	if (judgement->fate == V6_FATE_PASSES ||
	    (is_in_our_table(base) &&
	     (!judgement->certain || walk->packet.tracking == V6_TRACKING_NEVER)))
		return;
	if (judgement->fate == V6_FATE_TO_QUEUE)
		obstacle.what = V6_HINDRANCE_QUEUE;
	obstacle.chain = judgement->chain;
	obstacle.handle = judgement->handle;
	obstacle.certain = judgement->certain;
	add_obstacle(walk, &obstacle);
}

/* judge_rewriting() - conntrack does not know of it, so that it finds no way back; but our own
 * table does so that it does
 */
static void judge_rewriting(struct walk *walk, const struct v6_chain *base,
			    const struct v6_judgement *judgement)
{
	struct v6_obstacle obstacle = obstacle_of(walk, V6_HINDRANCE_ELSEWHERE, base);

	if (!judgement->rewriter || is_in_our_table(base))
		return;
	obstacle.chain = judgement->rewriter;
	obstacle.handle = judgement->rewrote;
	add_obstacle(walk, &obstacle);
}

/* is_translated_already() - whether a translation is not asked any more, as another one was: of the
 * destination, or of the source of what leaves
 */
static bool is_translated_already(const struct walk *walk, enum place place,
				  const struct v6_chain *base)
{
	return walk->bound && (place == AT_POSTROUTING) == walk->flow->leaves &&
	       !is_rival(walk, base);
}

static int pass_base(struct walk *walk, enum place place, struct v6_chain *base)
{
	struct v6_obstacle obstacle;
	struct v6_judgement judgement;
	bool tracked;
	int ret;

	if (base->nat && (!begins(walk->leg) || is_translated_already(walk, place, base)))
		return 0;
	set_packet(walk, place, base);
	tracked = walk->packet.tracking != V6_TRACKING_NEVER;
	ret = v6_evaluate(walk->ruleset, base, &walk->packet, &judgement);
	if (ret < 0)
		return ret;
	/* conntrack never looks at neighbour discovery */
	if (tracked && walk->packet.tracking == V6_TRACKING_NEVER && !is_discovery(walk->leg)) {
		obstacle = obstacle_of(walk, V6_HINDRANCE_NOTRACK, base);
		add_obstacle(walk, &obstacle);
	}
	judge_fate(walk, base, &judgement);
	judge_rewriting(walk, base, &judgement);
	if (judgement.nat)
		judge_nat(walk, base, &judgement);
	return 0;
}

/* is_ip_hook() - whether a chain of family ip6 or inet is at a hook */
static bool is_ip_hook(const struct v6_chain *chain, uint32_t hook)
{
	return (chain->family == NFPROTO_IPV6 || chain->family == NFPROTO_INET) &&
	       chain->hook == hook;
}

static bool is_bridge_hook(const struct v6_chain *chain, uint32_t first, uint32_t second)
{
	return chain->family == NFPROTO_BRIDGE && (chain->hook == first || chain->hook == second);
}

/* stands_at() - whether a base chain is at a place of this walk */
static bool stands_at(const struct walk *walk, const struct v6_chain *chain, enum place place)
{
	switch (place) {
	case AT_DEVICE_IN:
		return ((chain->family == NFPROTO_NETDEV && chain->hook == NETDEV_INGRESS) ||
			(chain->family == NFPROTO_INET && chain->hook == HOOK_INGRESS)) &&
		       v6_chain_on(chain, walk->packet.in.name);
	case AT_BRIDGE_IN:
		return walk->bridge_in &&
		       is_bridge_hook(chain, NF_INET_PRE_ROUTING, NF_INET_LOCAL_IN);
	case AT_PREROUTING:
		return is_ip_hook(chain, NF_INET_PRE_ROUTING);
	case AT_INPUT:
		return is_ip_hook(chain, NF_INET_LOCAL_IN);
	case AT_FORWARD:
		return is_ip_hook(chain, NF_INET_FORWARD);
	case AT_OUTPUT:
		return is_ip_hook(chain, NF_INET_LOCAL_OUT);
	case AT_POSTROUTING:
		return is_ip_hook(chain, NF_INET_POST_ROUTING);
	case AT_BRIDGE_OUT:
		return walk->bridge_out &&
		       is_bridge_hook(chain, NF_INET_LOCAL_OUT, NF_INET_POST_ROUTING);
	default:
		return chain->family == NFPROTO_NETDEV && chain->hook == NETDEV_EGRESS &&
		       v6_chain_on(chain, walk->packet.out.name);
	}
}

static void note_mark(struct walk *walk)
{
	if (walk->leg == V6_LEG_REQUEST)
		walk->found->request_mark = walk->packet.mark;
	else if (walk->leg == V6_LEG_ANSWER)
		walk->found->answer_mark = walk->packet.mark;
}

static int walk_places(struct walk *walk, unsigned int places)
{
	enum place place;
	size_t i;
	int ret = 0;

	for (place = 0; place < N_PLACES; place++) {
		if (!(places & BIT(place)))
			continue;
		set_sides(walk, place);
		for (i = 0; i < walk->ruleset->n && ret == 0; i++)
			if (walk->ruleset->chains[i].base &&
			    stands_at(walk, &walk->ruleset->chains[i], place))
				ret = pass_base(walk, place, &walk->ruleset->chains[i]);
		/* what the host sends is routed again after this */
		if (place == AT_PREROUTING || place == AT_OUTPUT)
			note_mark(walk);
	}
	return ret;
}

static void swap_ends(struct v6_ends *ends)
{
	*ends = (struct v6_ends){ends->daddr, ends->saddr, ends->dport, ends->sport};
}

/* set_connection() - a packet of the connection itself */
static void set_connection(struct walk *walk)
{
	struct v6_packet *packet = &walk->packet;

	walk->before = packet->original;
	walk->after = packet->reply;
	swap_ends(&walk->after);
	walk->translated_at = is_inwards(walk->leg) ? AT_PREROUTING : AT_POSTROUTING;
	packet->protocol = walk->flow->protocol;
	packet->hop_limit = HOP_LIMIT;
	packet->is_reply = walk->leg == V6_LEG_ANSWER || walk->leg == V6_LEG_RETURNING;
	packet->tcp_flags = begins(walk->leg)  ? TH_SYN
			    : packet->is_reply ? TH_SYN | TH_ACK
					       : TH_ACK;
	packet->state = begins(walk->leg) ? V6_STATE_NEW : V6_STATE_ESTABLISHED;
	if (!packet->is_reply)
		return;
	walk->before = packet->reply;
	walk->after = packet->original;
	swap_ends(&walk->after);
}

/* set_discovery() - neighbour discovery: of the service by the outside, of the target by us */
static void set_discovery(struct walk *walk)
{
	/* what the host asks from: the link-local address of the bridge, whichever that is */
	static const struct in6_addr host = {.s6_addr = {0xfe, 0x80, [15] = 0x01}};
	const struct v6_flow *flow = walk->flow;
	bool inner = walk->leg == V6_LEG_ASKING || walk->leg == V6_LEG_BEING_TOLD;
	const struct in6_addr *asker = inner ? &host : &flow->client;
	const struct in6_addr *asked = inner ? &flow->target : &flow->service;
	bool question = walk->leg == V6_LEG_ASKED || walk->leg == V6_LEG_ASKING;

	walk->before = question ? (struct v6_ends){*asker, v6_neigh_solicited_node(asked), 0, 0}
				: (struct v6_ends){*asked, *asker, 0, 0};
	walk->after = walk->before;
	walk->translated_at = N_PLACES;
	walk->packet.protocol = IPPROTO_ICMPV6;
	walk->packet.icmp_type = question ? ND_NEIGHBOR_SOLICIT : ND_NEIGHBOR_ADVERT;
	walk->packet.icmp_target = *asked;
	walk->packet.hop_limit = HOP_LIMIT_ND;
}

static int walk_leg(const struct v6_ruleset *ruleset, const struct v6_flow *flow, enum v6_leg leg,
		    unsigned int places, struct v6_setting *ct_mark, struct v6_obstacles *found)
{
	bool inwards = is_inwards(leg);
	bool inner = leg == V6_LEG_ASKING || leg == V6_LEG_BEING_TOLD;
	struct walk walk = {
		.ruleset = ruleset,
		.flow = flow,
		.leg = leg,
		.packet = {.outside = flow->outside,
			   .inside = flow->inside,
			   .service = flow->service,
			   .target = flow->target},
		.bridge_in = inwards || (is_discovery(leg) && !inner) ? flow->outside_bridge
								      : flow->inside_bridge,
		.bridge_out = inwards || inner ? flow->inside_bridge : flow->outside_bridge,
		.found = found,
	};
	int ret;

	walk.packet.original =
		(struct v6_ends){flow->client, flow->service, CLIENT_PORT, flow->service_port};
	walk.packet.reply =
		(struct v6_ends){flow->target, flow->client, flow->target_port, CLIENT_PORT};
	if (flow->leaves) {
		walk.packet.original = (struct v6_ends){flow->target, flow->client, CLIENT_PORT,
							flow->service_port};
		walk.packet.reply = (struct v6_ends){flow->client, flow->service,
						     flow->service_port, CLIENT_PORT};
	}
	walk.packet.mark = (struct v6_setting){0, true};
	walk.packet.ct_mark = *ct_mark;
	if (is_discovery(leg))
		set_discovery(&walk);
	else
		set_connection(&walk);
	ret = walk_places(&walk, places);
	*ct_mark = walk.packet.ct_mark;
	return ret;
}

/* struct leg_places - a packet and its way */
struct leg_places {
	enum v6_leg leg;
	unsigned int places;
};

int v6_trace(const struct v6_ruleset *ruleset, const struct v6_flow *flow,
	     struct v6_obstacles *ret_obstacles)
{
	bool local = flow->inside.index == 0;
	const struct leg_places coming[] = {
		{V6_LEG_REQUEST, local ? RECEIVED : FORWARDED},
		{V6_LEG_ANSWER, local ? SENT : FORWARDED},
		{V6_LEG_LATER, local ? RECEIVED : FORWARDED},
		{V6_LEG_ASKED, RECEIVED},
		{V6_LEG_TOLD, SENT},
		{V6_LEG_ASKING, local ? 0 : SENT},
		{V6_LEG_BEING_TOLD, local ? 0 : RECEIVED},
	};
	/* neighbour discovery is the same as for clients */
	static const struct leg_places leaving[] = {
		{V6_LEG_LEAVING, FORWARDED},
		{V6_LEG_RETURNING, FORWARDED},
		{V6_LEG_GOING_ON, FORWARDED},
	};
	const struct leg_places *legs = flow->leaves ? leaving : coming;
	size_t i, n = flow->leaves ? V6_ARRAY_SIZE(leaving) : V6_ARRAY_SIZE(coming);
	struct v6_obstacles found = {.n = 0};
	struct v6_setting ct_mark = {0, true};
	int ret = 0;

	for (i = 0; i < n && ret == 0; i++)
		ret = walk_leg(ruleset, flow, legs[i].leg, legs[i].places, &ct_mark, &found);
	if (ret == 0)
		*ret_obstacles = found;
	return ret;
}
