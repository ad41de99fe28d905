/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One update of DNS and its answer, without waiting: by UDP, and by TCP where that brings none. */
#ifndef V6_NAMES_DNS_EXCHANGE_H
#define V6_NAMES_DNS_EXCHANGE_H

#include "names/dns_answer.h"

/* How long each attempt waits for its answer: two by UDP, the second twice as long, and one by TCP
 */
#define V6_DNS_ATTEMPTS 3
#define V6_DNS_UDP_MS	500
#define V6_DNS_TCP_MS	4000

/**
 * struct v6_dns_place - Where entries are
 * @server:	Its address; of IPv4, mapped into ::ffff:0:0/96
 * @zone:	In small letters, without a dot at its end
 * @key:	Path of the key's file
 */
struct v6_dns_place {
	struct in6_addr server;
	char zone[V6_NAME_MAX + 1];
	char key[V6_DNS_KEY_PATH_MAX + 1];
};

bool v6_dns_place_equal(const struct v6_dns_place *a, const struct v6_dns_place *b);

/**
 * struct v6_dns_exchange - One that goes on; begin with v6_dns_begin()
 * @place:	Borrowed
 * @update:	What is asked
 * @epoll:	Borrowed: has @fd, with @fd as its data
 * @fd:		Socket, or -1
 * @attempt:	Counted from 0
 * @stream:	It is by TCP; the rest is of that
 * @done:	Bytes of the message that were sent and, from its end on, of the answer that came
 * @deadline:	Of this attempt
 * @hint:	The last thing that anybody said, signed or not, if @hinted
 */
struct v6_dns_exchange {
	const struct v6_dns_place *place;
	struct v6_dns_update update;
	struct v6_dns_key key;
	struct v6_dns_message message;
	int epoll, fd;
	unsigned int attempt;
	bool stream;
	size_t done;
	uint8_t answer[2 + V6_DNS_ANSWER_MAX];
	int64_t deadline;
	bool hinted;
	struct v6_dns_answer hint;
};

/**
 * v6_dns_begin() - Send an update
 * @x:		Zeroes, or one that ended
 * @place:	Outlives @x
 * @update:	Its entries outlive @x; its zone is @place's
 * @epoll:	Of the caller; it hears when there is something to do
 * @now:	v6_now_ms()
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0, or a negative errno: there is nothing to wait for
 */
int v6_dns_begin(struct v6_dns_exchange *x, const struct v6_dns_place *place,
		 const struct v6_dns_update *update, int epoll, int64_t now, struct v6_error *err);

/**
 * v6_dns_continue() - Go on when there is something to do, or the deadline is over
 * @ret_code:	Response code, if 1 is returned
 * @err:	NULL, or filled in on failure only: what the server does, and what to do about it
 *
 * Return: 1 (answered), 0 (not yet) or a negative errno (no answer that can be believed); ended,
 * but for 0
 */
int v6_dns_continue(struct v6_dns_exchange *x, int64_t now, unsigned int *ret_code,
		    struct v6_error *err);

/* v6_dns_end() - close it, and forget the key */
void v6_dns_end(struct v6_dns_exchange *x);

/* v6_dns_ask() - All of it, waiting for the end: as v6_dns_continue(), never 0. For who may wait */
int v6_dns_ask(const struct v6_dns_place *place, const struct v6_dns_update *update,
	       unsigned int *ret_code, struct v6_error *err);

#endif
