/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keep DNS equal to what records want, by updates that never wait.
 *
 * A lane is one zone of one server, by one key: there is one update at a time in each, so that one
 * server that is slow or down delays no other, and nothing else.
 */
#ifndef V6_WATCH_PUBLISHING_H
#define V6_WATCH_PUBLISHING_H

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
 * @exchange:	With @asked, while @busy; @stirred: there is something to do for it
 * @is_told_of:	That it fails
 */
struct v6_lane {
	struct v6_lane *next;
	struct v6_dns_place place;
	struct v6_dns_exchange exchange;
	struct v6_dns_entry asked;
	bool busy, stirred, is_told_of;
	struct v6_pause pause;
};

/**
 * struct v6_published - An entry that is wanted in DNS, or may be there by us
 * @id:		A container that wants it, or "": none does
 * @look:	Whether one does is to be looked up
 * @noted:	It may be there by us
 * @is_new:	Before the update that is asked for next it is not, for sure
 * @is_absent:	The server has said that it is not, or not alone
 * @is_doubtful: That is to be asked first
 * @is_there:	It is, by us
 * @is_told_of:	That it can't be
 */
struct v6_published {
	struct v6_lane *lane;
	bool look, noted, is_new, is_absent, is_doubtful, is_there, is_told_of;
	struct v6_pause pause;
	char id[V6_ID_MAX + 1];
	struct v6_dns_entry entry;
};

/**
 * struct v6_publishing - @n entries, in no order, and their lanes
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
	struct v6_published *list;
	size_t n, room;
	int64_t due;
};

/**
 * v6_publishing_open() - Begin with what notes and records say
 * @publishing:	Zeroes
 * @all:	What is noted, and no record wants, is to be removed; not if records are known to be
 *		lost
 */
void v6_publishing_open(struct v6_publishing *publishing, struct v6_host *host, int epoll,
			bool all);
void v6_publishing_release(struct v6_publishing *publishing);

/* v6_publishing_add() - a record came or changed */
void v6_publishing_add(struct v6_publishing *publishing, const struct v6_record *record);

/* v6_publishing_drop() - a record has gone */
void v6_publishing_drop(struct v6_publishing *publishing, const char *id);

/* v6_publishing_look() - it is not known which records came and went */
void v6_publishing_look(struct v6_publishing *publishing);

/* v6_publishing_stir() - a descriptor is ready. Return: whether it is one of a lane */
bool v6_publishing_stir(struct v6_publishing *publishing, int fd);

/* v6_publishing_step() - do what is due */
void v6_publishing_step(struct v6_publishing *publishing, int64_t now);

#endif
