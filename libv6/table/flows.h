/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Flows: conntrack entries, which outlive the map element that made them.
 *
 * Clients make as many as they like. So they are ended in pieces of bounded size, after the lock is
 * released: what ends is noted first, and then one walk through all entries ends what was noted.
 */
#ifndef V6_TABLE_FLOWS_H
#define V6_TABLE_FLOWS_H

#include "kernel/nl.h"
#include "table/claim.h"
#include "table/sets.h"

#include "table/element.h"

/* Claims that are noted at most: four times those of the largest record */
#define V6_ENDED_MAX 65536

/**
 * struct v6_ended - A claim whose flows end
 * @set:	The map that its element was in
 * @claim:	What clients asked for; of V6_NAT_EGRESS the service address by which flows left
 * @target:	Where the element led; flows of the claim that lead elsewhere live on. Of
 *		V6_NAT_EGRESS the container's address, which they came from
 * @link:	Of V6_NAT_EGRESS: of its element
 * @any:	Whatever @target is: flows that lead to the service address itself, or to a target
 *		that no container has any more
 * @found:	What is known of @asked, the claim's port that was looked up last, since @round
 */
struct v6_ended {
	enum v6_nat_set set;
	struct v6_claim claim;
	struct v6_target target;
	char link[IF_NAMESIZE];
	bool any;
	unsigned int round;
	struct v6_claim asked;
	struct v6_target found;
	bool is_led, is_limited;
};

/* v6_ended_of() - what ends with an element */
struct v6_ended v6_ended_of(const struct v6_nat_op *element);

/**
 * struct v6_flows - What ends; begin with zeroes
 * @noted:	@n_noted claims
 * @is_cut:	More were to be noted
 * @walked:	Those that the walk is about which is under way, @n_walked of them, sorted; or NULL
 * @dump:	Its socket, or the one that the walk before has left
 * @round:	Counts its datagrams
 * @n:		Flows that it has ended
 */
struct v6_flows {
	struct v6_ended *noted, *walked;
	size_t n_noted, room, n_walked;
	bool is_cut;
	struct v6_nl dump;
	unsigned int round;
	size_t n;
};

/**
 * struct v6_flows_look - What a walk asks about flows that it is about to end
 * @find:	Tells where a new flow would be led, and of several targets @led if it is one of
 *them: 0, -ENOENT (nowhere) or another negative errno
 * @leaves:	Tells whether a new flow would leave so: 1, 0 or a negative errno
 * @limits:	Tells whether only some clients may be led there: 1, 0 or a negative errno
 * @admits:	And whether a client is one of them: 1, 0 or a negative errno
 * @is_held:	Tells whether a container has a target: 1, 0 or a negative errno
 * @data:	Passed to all; each failure ends the walk
 */
struct v6_flows_look {
	int (*find)(const struct v6_claim *claim, const struct v6_target *led,
		    struct v6_target *ret_target, void *data);
	int (*leaves)(const struct v6_ended *ended, void *data);
	int (*limits)(const struct v6_claim *claim, void *data);
	int (*admits)(const struct v6_claim *claim, const struct in6_addr *client, void *data);
	int (*is_held)(const struct in6_addr *target, void *data);
	void *data;
};

/**
 * v6_flows_note() - Note a claim whose flows are to end, once its element is gone
 * @ended:	Its members up to @any
 *
 * Return: 0, -E2BIG (V6_ENDED_MAX are noted; @is_cut is set) or -ENOMEM
 */
int v6_flows_note(struct v6_flows *flows, const struct v6_ended *ended);
void v6_flows_release(struct v6_flows *flows);

/**
 * v6_flows_begin() - Begin the walk for all that is noted
 * @flows:	With something noted, no walk, and @dump open: a NETLINK_NETFILTER socket
 *
 * Return: 0, or a negative errno with nothing noted any more
 *
 * Source: the kernel's own filter by IPv6 address (CTA_FILTER, 5.8) selects the others, so
 * addresses are compared here: ctnetlink_filter_match_tuple() in
 * linux/net/netfilter/nf_conntrack_netlink.c. It does filter by protocol, port and NAT before, or a
 * table of 100,000 flows would take a quarter of a second.
 */
int v6_flows_begin(struct v6_flows *flows);

/**
 * v6_flows_step() - Read one datagram of the walk, and end those of its flows that were noted
 * @flows:	In a walk
 * @nl:		NETLINK_NETFILTER socket, another one than the walk's
 * @look:	Asked about flows of claims that were noted
 *
 * A flow lives where a new one of its client would be led to the same target: a successor may have
 * come since the lock was released. It is asked for after the flow was listed, so that any that is
 * ended is older than the successor.
 *
 * Without it clients of a stopped container hang, and those of UDP stick to it for good.
 *
 * Return: 1 (there is more), 0 (the walk is over) or a negative errno (the same)
 */
int v6_flows_step(struct v6_flows *flows, struct v6_nl *nl, const struct v6_flows_look *look);

/* v6_flows_usable() - whether this kernel lets us see flows. Return: 0, -EPERM, -EOPNOTSUPP, ... */
int v6_flows_usable(struct v6_nl *nl);

#endif
