/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keep DNS equal to what records want, by updates that never wait. */
#ifndef V6_WATCH_PUBLISHING_H
#define V6_WATCH_PUBLISHING_H

#include "watch/published.h"

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
