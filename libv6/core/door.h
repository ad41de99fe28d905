/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The messages behind libv6/door.h.
 *
 * A request is a verb, a newline, and a container's state, or nothing where all are meant. The
 * answer is any number of messages and then the end; the first byte of each tells what it is, and
 * what is behind that is text.
 */
#ifndef V6_CORE_DOOR_H
#define V6_CORE_DOOR_H

#include <libv6/door.h>

#define V6_DOOR_WARNING 'w' /* what v6_host_warn() says */
#define V6_DOOR_RECORD	'r' /* container id, newline, text of its record */
#define V6_DOOR_DONE	'd' /* the end: it is done */
#define V6_DOOR_FAILED	'e' /* the end: errno as a positive number, newline, why */

/**
 * struct v6_door_request - A request
 * @verb:	See there
 * @state:	Of V6_DOOR_LIST, zeroes
 */
struct v6_door_request {
	enum v6_door_verb verb;
	struct v6_state state;
};

/* v6_door_verb_name() - "bind", "unbind" or "list" */
const char *v6_door_verb_name(enum v6_door_verb verb);

/**
 * v6_door_request_parse() - Read a request
 * @message:	Hostile; need not be NUL-terminated
 * @size:	Bytes
 * @ret_request: Set on success; release its state
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0, -EPROTO (an unknown verb), -EINVAL, -E2BIG or -ENOMEM
 */
int v6_door_request_parse(const char *message, size_t size, struct v6_door_request *ret_request,
			  struct v6_error *err);

/**
 * v6_door_failure_parse() - Read what is behind V6_DOOR_FAILED
 * @text:	NUL-terminated
 * @err:	NULL, or filled in
 *
 * Return: the negative errno in it, or -EPROTO
 */
int v6_door_failure_parse(const char *text, struct v6_error *err);

/**
 * v6_door_records_each() - As v6_records_each(), for those of who asks, from v6d
 * @host:	This host; its state directory can't be read
 */
int v6_door_records_each(struct v6_host *host,
			 int (*visit)(const struct v6_record *record, bool alive, void *data),
			 void *data, struct v6_error *err);

#endif
