/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is in DNS by us or is to be there, and by which ways it comes there.
 *
 * A lane is one zone of one server, by one key: there is one update at a time in each, so that one
 * server that is slow or down delays no other, and nothing else. It has as many entries as are due
 * and fit; the server takes all of them or none, and those that it refuses are asked for one by
 * one.
 */
#ifndef V6_WATCH_PUBLISHED_H
#define V6_WATCH_PUBLISHED_H

#include "store/dns_notes.h"
#include "store/host.h"

/* After what failed there is a pause, which doubles from the first to the second of these */
#define V6_PUBLISHING_PAUSE_MS	   500
#define V6_PUBLISHING_PAUSE_MAX_MS 60000

/* struct v6_pause - when something may be tried again, and how long the last pause was; 0: none */
struct v6_pause {
	int64_t due;
	int ms;
};

/**
 * struct v6_lane
 * @next:	Another one, or NULL
 * @exchange:	Of @update, while @busy; @stirred: there is something to do for it
 * @update:	What is asked, or to be asked next, about @entries
 * @asked:	Those of the list that have them
 * @is_told_of:	That it fails
 */
struct v6_lane {
	struct v6_lane *next;
	struct v6_dns_place place;
	struct v6_dns_exchange exchange;
	struct v6_dns_update update;
	struct v6_dns_entry entries[V6_DNS_ENTRIES_MAX];
	struct v6_published *asked[V6_DNS_ENTRIES_MAX];
	bool busy, stirred, is_told_of;
	struct v6_pause pause;
};

/**
 * struct v6_published - An entry that is wanted in DNS, or may be there by us
 * @next:	Another one of its address's list, or NULL
 * @id:		A container that wants it, or "": none does
 * @look:	Whether one does is to be looked up
 * @noted:	It may be there by us
 * @is_new:	Before the update that is asked for next it is not, for sure
 * @is_absent:	The server has said that it is not, or not alone
 * @is_doubtful: That is to be asked first
 * @is_there:	It is, by us
 * @is_told_of:	That it can't be
 * @is_asked:	It is among those of its lane
 * @is_alone:	It shares no message: one of several that it was in was refused, or not answered
 */
struct v6_published {
	struct v6_published *next;
	struct v6_lane *lane;
	bool look, noted, is_new, is_absent, is_doubtful, is_there, is_told_of, is_asked, is_alone;
	struct v6_pause pause;
	char id[V6_ID_MAX + 1];
	struct v6_dns_entry entry;
};

/* Lists of entries, by their addresses: an AAAA record and its PTR record are in one */
#define V6_PUBLISHED_LISTS 1024

/**
 * struct v6_publishing - Entries, in no order, and their lanes
 * @host, @epoll: Borrowed
 * @configured:	The configuration was read once at least; nothing is done before
 * @all:	Entries count that earlier processes have noted
 * @due:	When there is something to do; INT64_MAX: not before something happens
 */
struct v6_publishing {
	struct v6_host *host;
	int epoll;
	bool configured, all;
	struct v6_lane *lanes;
	struct v6_published *lists[V6_PUBLISHED_LISTS];
	int64_t due;
};

/* v6_lane_get() - the lane of a place, made where there is none. Return: it, or NULL: out of memory
 */
struct v6_lane *v6_lane_get(struct v6_publishing *publishing, const struct v6_dns_place *place);

/* v6_published_list() - the list of an address */
struct v6_published **v6_published_list(struct v6_publishing *publishing,
					const struct in6_addr *address);

/* v6_published_next() - after @p, or the first one if that is NULL. Return: it, or NULL */
struct v6_published *v6_published_next(struct v6_publishing *publishing,
				       const struct v6_published *p);

/* v6_published_find() - Return: the entry in that lane, or NULL */
struct v6_published *v6_published_find(struct v6_publishing *publishing, const struct v6_lane *lane,
				       const struct v6_dns_entry *entry);

/* v6_published_other() - of an AAAA record and its PTR record, the other one. Return: it, or NULL
 */
struct v6_published *v6_published_other(struct v6_publishing *publishing,
					const struct v6_published *p);

#endif
