/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What somebody removes from the host's network: events of nf_tables and rtnetlink; and what
 * happens to addresses inside the network namespaces of containers.
 */
#ifndef V6_WATCH_EVENTS_H
#define V6_WATCH_EVENTS_H

#include <net/if.h>
#include <stdbool.h>

#include "kernel/nl.h"

/* enum v6_event_kind - what happened; an event tells nothing about who did it: we may have */
enum v6_event_kind {
	V6_EVENT_TABLE,	   /* of our table something was removed that is not @prefix's alone, or a
			      routing rule came or went */
	V6_EVENT_GONE,	   /* an element, an address or a route: of @prefix, mostly one address */
	V6_EVENT_RULES,	   /* another table was changed, in a way that may matter to IPv6 packets */
	V6_EVENT_LINK,	   /* the link @name came, went, or changed; it is @running now, or not */
	V6_EVENT_SETTINGS, /* all links have another setting, as whether they forward */
	V6_EVENT_INTERFACE, /* a link came or went, or has another setting */
	V6_EVENT_PLACE,	    /* of @link a prefix or a default route is gone or, if @came, there is
			       another one; if @changed, in the place of one that may be any link's. Or
			       an address came. Services may belong elsewhere now */
	V6_EVENT_LOST,	    /* there were more events than fit: anything may have happened */
	V6_EVENT_CAME, /* an address or a link is there, or has changed, in another namespace, */
	V6_EVENT_LEFT, /* or is gone there; @netns: which, as v6_netns_id() has it */
};

/* struct v6_event - @link: index of the link that it is about, or that an address was on; else 0.
 * @up, @master: of V6_EVENT_LINK, whether it is switched on, and the index of its bridge, bond or
 * the like, or 0.
 * @changed: of V6_EVENT_CAME, that a link may have another link-layer address now; of
 * V6_EVENT_LINK, that it has @mac
 */
struct v6_event {
	enum v6_event_kind kind;
	int netns;
	struct v6_prefix prefix;
	int link;
	char name[IF_NAMESIZE];
	bool came;
	bool up;
	int master;
	bool running;
	bool changed;
	uint8_t mac[V6_MAC_SIZE];
};

/* struct v6_events - sockets to poll for reading; events of other tables wake them up, too. @inside
 * is open only after v6_events_open_inside()
 */
struct v6_events {
	struct v6_nl netfilter, route, inside;
};

/**
 * v6_events_open() - Listen to this host's network from now on
 * @ret_events:	Set on success; release with v6_events_close()
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0 or a negative errno
 */
int v6_events_open(struct v6_events *ret_events, struct v6_error *err);

/**
 * v6_events_open_inside() - Listen to other network namespaces, too
 *
 * To those that have an id in ours (v6_netns_name()), those owned by other user namespaces
 * included, whatever their links are.
 *
 * Return: 0, -EPERM (no CAP_NET_BROADCAST) or another negative errno
 *
 * Source: do_one_broadcast() in linux/net/netlink/af_netlink.c
 */
int v6_events_open_inside(struct v6_events *events, struct v6_error *err);

/* v6_events_close() - close; a structure of zeroes is fine */
void v6_events_close(struct v6_events *events);

/**
 * v6_events_read() - Read what has happened by now; no wait
 * @visit:	Called with each event
 * @data:	Passed to @visit
 *
 * Where more keeps coming it ends all the same; the sockets then are still readable.
 *
 * Return: 0 or a negative errno
 */
int v6_events_read(struct v6_events *events,
		   void (*visit)(const struct v6_event *event, void *data), void *data);

#endif
