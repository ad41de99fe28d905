/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inside of struct v6_watch: watch.c notes what happened, repair.c acts on it. */
#ifndef V6_WATCH_WATCHING_H
#define V6_WATCH_WATCHING_H

#include <libv6/watch.h>

#include "store/host.h"
#include "watch/events.h"
#include "watch/lives.h"
#include "watch/publishing.h"
#include "watch/relays.h"
#include "watch/backoff.h"

/* Prefixes of which something is missing; more are as good as all. */
#define GONE_MAX 64

/* Links that services sit on, and bridges of containers */
#define LINKS_MAX 128

/* A link that has just come up has no addresses yet. */
#define LINK_DELAY_MS 100

/* Duplicates that are told of within the time that each of them is not told of again */
#define DUPLICATES_MAX	     16
#define DUPLICATES_WINDOW_MS (10 * 60 * 1000)

/* struct duplicate - an address that another machine has, too, told of @until then */
struct duplicate {
	struct in6_addr address;
	int64_t until;
};

/* struct watched_link - a link with services on it (@outer), or one with the containers of @subnet
 * behind it, as it was told of last
 */
struct watched_link {
	char name[IF_NAMESIZE];
	int index;
	bool outer;
	bool up;
	bool running;
	int master;
	struct v6_prefix subnet;
	uint8_t mac[V6_MAC_SIZE];
};

/* struct noted - a prefix of which something is missing. @removed: by another program, as far as is
 * known; not by the kernel, as when an interface goes down or has another MAC address
 */
struct noted {
	struct v6_prefix prefix;
	bool removed;
};

/**
 * struct v6_watch
 * @gone:	What is to be reconciled: @n @prefixes, and when @all_due everything (INT64_MAX: not
 *		at all); @due: when there is something to do
 * @links_due:	When to look for interfaces that came, went or changed
 * @rested:	When to reconcile everything again for no better reason than that events were lost
 * @stranded:	Nobody reaches some service: whatever comes may be where it belongs
 * @ending_due:	When to go on with connections that were noted
 * @resume_due:	When to look for connections that others did not end
 * @neighbours:	From v6_neigh_overhear(), or -1; @duplicates: what came by it
 * @rules:	What other tables do to services is looked at when @due, of @left containers, the
 *first of them at @next; it has been due since @since, and not before @rested
 * @renewing:	Somebody is looking up names
 */
struct v6_watch {
	struct v6_host *host;
	struct v6_events events;
	int epoll, inotify, neighbours;
	struct v6_lives lives;
	struct v6_relays relays;
	struct v6_publishing publishing;
	struct v6_backoff backoff;
	struct watched_link links[LINKS_MAX];
	size_t n_links;
	struct {
		struct noted prefixes[GONE_MAX];
		size_t n;
		int64_t all_due;
		int64_t due;
	} gone;
	struct duplicate duplicates[DUPLICATES_MAX];
	struct {
		int64_t due, since, rested;
		size_t next, left;
	} rules;
	int64_t links_due, rested, ending_due, resume_due;
	bool stranded;
	bool renewing;
};

#endif
