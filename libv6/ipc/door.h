/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The messages behind libv6/ipc.h.
 *
 * A request is a verb, a newline, and a container's state, or nothing where all are meant. The
 * answer is any number of messages and then the end; the first byte of each tells what it is, and
 * what is behind that is text.
 */
#ifndef V6_IPC_DOOR_H
#define V6_IPC_DOOR_H

#include <libv6/ipc.h>

#include "base/json.h"

#define V6_DOOR_WARNING 'w' /* what v6_host_warn() says */
#define V6_DOOR_LOOKS	'l' /* of the record that comes next, see v6_door_looks_write() */
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

struct v6_told;

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
 * v6_door_looks_write() - Write how the claims of a record stand in the kernel
 * @w:		Where it goes: {"looks": [{"state", "connections", "bytes", "shared"}, ...]}, by
 *		service and then mapping. The state is a number, as both sides are of one version;
 *		bytes are missing where they are not counted. Whose an address is that somebody else
 *		has is not told
 */
void v6_door_looks_write(struct v6_json_writer *w, struct v6_host *host,
			 const struct v6_record *record);

/**
 * v6_door_looks_parse() - Read that
 * @ret_told:	Set on success; release with v6_told_release()
 *
 * Return: 0, -EINVAL, -ENOENT (something is missing) or -ENOMEM
 */
int v6_door_looks_parse(const char *text, size_t size, struct v6_told *ret_told,
			struct v6_error *err);
void v6_told_release(struct v6_told *told);

#endif
