/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inside of a watch: what it hears of is noted in watch.c, and done in watch_mend.c. */
#ifndef V6_CORE_WATCHING_H
#define V6_CORE_WATCHING_H

#include <libv6/watch.h>

#include "core/host.h"
#include "core/lives.h"
#include "core/pace.h"
#include "kernel/events.h"

/* Prefixes of which something is missing; more are as good as all. */
#define GONE_MAX 64

/* Links that services sit on, and bridges of containers */
#define LINKS_MAX 128

/* A link that has just come up has no addresses yet. */
#define LINK_DELAY_MS 100

/* struct watched_link - a link with services on it (@outer) or with containers behind it that we
 * gave addresses, as it was told of last
 */
struct watched_link {
	char name[IF_NAMESIZE];
	bool outer;
	bool running;
};

/**
 * struct v6_watch
 * @gone:	What is to be reconciled: @n @prefixes, or @all, when it is @due
 * @renewing:	Somebody is looking up names
 */
struct v6_watch {
	struct v6_host *host;
	struct v6_events events;
	int epoll, inotify;
	struct v6_lives lives;
	struct v6_pace pace;
	struct watched_link links[LINKS_MAX];
	size_t n_links;
	struct {
		struct v6_prefix prefixes[GONE_MAX];
		size_t n;
		bool all;
		int64_t due;
	} gone;
	bool renewing;
	struct v6_watched counts;
};

/* v6_watch_expect() - what is noted in @gone is not to be done before, and then */
void v6_watch_expect(struct v6_watch *watch, int64_t due);

/* v6_watch_mend() - reconcile what is noted in @gone, where it is due
 * v6_watch_collect() - and containers that have ended, or whose network has changed
 */
void v6_watch_mend(struct v6_watch *watch, int64_t now);
void v6_watch_collect(struct v6_watch *watch, int64_t now);

#endif
