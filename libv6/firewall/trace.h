/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way of a service's packets through the hooks of this host, and what stands in it. */
#ifndef V6_FIREWALL_TRACE_H
#define V6_FIREWALL_TRACE_H

#include "firewall/evaluate.h"

/**
 * struct v6_flow - What a client of a service sends, or what a container sends that leaves by it
 * @client:	Its address
 * @service:	The service address
 * @target:	Where it leads; the service address itself where the host's own network is meant
 * @protocol:	IPPROTO_TCP, IPPROTO_UDP or IPPROTO_SCTP
 * @service_port: Port of @service
 * @target_port: Port of @target
 * @outside:	Link towards the client
 * @inside:	Link towards the target; index 0: it is on this host
 * @asked:	Socket of this host that has @service_port there, whoever the service leads to
 * @answering:	That has @target_port of @target, in this host's own network
 * @leaves:	The container begins it, and leaves by @service: @service_port is of the @client
 *that it connects to, and @target_port does not matter
 * @outside_bridge: @outside is a bridge, so packets pass the hooks of bridges too
 * @inside_bridge: The same
 */
struct v6_flow {
	struct in6_addr client, service, target;
	uint8_t protocol;
	uint16_t service_port, target_port;
	struct v6_side outside, inside;
	struct v6_socket asked, answering;
	bool leaves;
	bool outside_bridge, inside_bridge;
};

/* enum v6_leg - one of the packets that must get through */
enum v6_leg {
	V6_LEG_REQUEST,	  /* the first one of a connection */
	V6_LEG_ANSWER,	  /* its answer */
	V6_LEG_LATER,	  /* those that follow from the client */
	V6_LEG_LEAVING,	  /* the first one of a connection that the container begins */
	V6_LEG_RETURNING, /* its answer */
	V6_LEG_GOING_ON,  /* those that follow from the container */
	V6_LEG_ASKED,  /* neighbour discovery: the router or client asks for the service address */
	V6_LEG_TOLD,   /* we answer */
	V6_LEG_ASKING, /* we ask for the target */
	V6_LEG_BEING_TOLD, /* it answers */
};

enum v6_hindrance {
	V6_HINDRANCE_DROP,
	V6_HINDRANCE_QUEUE,	/* a program decides */
	V6_HINDRANCE_NOTRACK,	/* conntrack is kept off, so there is no address translation */
	V6_HINDRANCE_ELSEWHERE, /* another table leads it elsewhere before ours */
	V6_HINDRANCE_SOURCE,	/* it gets through, but with another source than it is to have */
};

/**
 * struct v6_obstacle - Something in the way
 * @base:	The base chain that does it, whatever it jumps to
 * @chain:	The chain with the rule
 * @handle:	Of the rule; 0: the policy of @base, or a rule that is not known
 * @certain:	It is so for each such packet
 * @tracked:	Conntrack knows the packet there
 * @translated:	There, "ct status dnat" tells packets of services from others
 * @ends:	What the packet's headers say there
 */
struct v6_obstacle {
	enum v6_hindrance what;
	enum v6_leg leg;
	struct v6_ends ends;
	const struct v6_chain *base, *chain;
	uint64_t handle;
	bool certain;
	bool tracked, translated;
};

#define V6_OBSTACLES_MAX 16

/**
 * struct v6_obstacles - Of each base chain one at most for what goes in, for what comes out and for
 * neighbour discovery: the first that is certain, else the first that is possible
 * @request_mark: The mark of the first packet when it is routed
 * @answer_mark: And of its answer
 */
struct v6_obstacles {
	struct v6_obstacle list[V6_OBSTACLES_MAX];
	size_t n;
	struct v6_setting request_mark, answer_mark;
};

/**
 * v6_trace() - Find what stands in the way of a flow
 * @ruleset:	All chains of this host; ours are passed as well
 * @flow:	What to look for
 * @ret_obstacles: Set on success; it points into @ruleset
 *
 * Return: 0 or a negative errno
 */
int v6_trace(const struct v6_ruleset *ruleset, const struct v6_flow *flow,
	     struct v6_obstacles *ret_obstacles);

#endif
