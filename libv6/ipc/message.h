/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The messages behind libv6/ipc.h.
 *
 * A request is a verb, a newline, and a container's state, or nothing if all records are meant. The
 * answer is any number of messages and then the end; the first byte of each says which of these it
 * is, and text follows.
 */
#ifndef V6_IPC_MESSAGE_H
#define V6_IPC_MESSAGE_H

#include <libv6/ipc.h>

#define V6_SOCKET_WARNING 'w' /* from v6_host_warn() */
#define V6_SOCKET_RECORD  'r' /* container id, newline, v6_looks_write(), NUL, its record */
#define V6_SOCKET_KEPT	  'k' /* a failure, see v6_socket_kept_parse() */
#define V6_SOCKET_DONE	  'd' /* the end: it is done */
#define V6_SOCKET_FAILED  'e' /* the end: errno as a positive number, newline, why */

/**
 * struct v6_socket_request - A request
 * @verb:	What to do
 * @state:	Zeroes for V6_SOCKET_LIST
 */
struct v6_socket_request {
	enum v6_socket_verb verb;
	struct v6_state state;
};

/* v6_socket_verb_name() - "bind", "unbind" or "list" */
const char *v6_socket_verb_name(enum v6_socket_verb verb);

/**
 * v6_socket_request_parse() - Read a request
 * @message:	Hostile; need not be NUL-terminated
 * @size:	Bytes
 * @ret_request: Set on success; release its state
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0, -EPROTO (an unknown verb), -EINVAL, -E2BIG or -ENOMEM
 */
int v6_socket_request_parse(const char *message, size_t size, struct v6_socket_request *ret_request,
			    struct v6_error *err);

/**
 * v6_socket_failure_parse() - Read what follows V6_SOCKET_FAILED
 * @text:	NUL-terminated
 * @err:	NULL, or filled in
 *
 * Return: the negative errno in it, or -EPROTO
 */
int v6_socket_failure_parse(const char *text, struct v6_error *err);

/**
 * v6_socket_kept_parse() - Read what follows V6_SOCKET_KEPT: the container's id, the time, the
 * names that it asked for, its name, and the text, each with a newline behind it
 * @text:	NUL-terminated
 * @ret_failure: Set on success; there are no control characters in it
 *
 * Return: 0 or -EPROTO
 */
int v6_socket_kept_parse(const char *text, struct v6_failure *ret_failure);

#endif
