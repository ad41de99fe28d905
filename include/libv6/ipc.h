/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests to v6d, which does for users other than root what they may not do themselves.
 *
 * A connection carries one request, in one message, and its answer. The kernel names the user, not
 * the message; file descriptors in it are ignored.
 */
#ifndef LIBV6_IPC_H
#define LIBV6_IPC_H

#include <libv6/store.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A socket of type SOCK_SEQPACKET, open to all users; beside the state directory, which is not */
#define V6_SOCKET_PATH "/run/oci-v6d.sock"

/* Longest message, in bytes: net.core.wmem_default, a limit of the kernel, is above */
#define V6_SOCKET_SIZE_MAX 65536

/* enum v6_socket_verb - what a request is for: v6_bind(), v6_unbind() or v6_records_each() */
enum v6_socket_verb {
	V6_SOCKET_BIND,
	V6_SOCKET_UNBIND,
	V6_SOCKET_LIST,
};

#define V6_SOCKET_VERBS 3 /* how many there are */

/**
 * v6_socket_ask() - Have v6d bind or unbind a container of ours
 * @path:	V6_SOCKET_PATH, or another socket in tests
 * @verb:	V6_SOCKET_BIND or V6_SOCKET_UNBIND
 * @state:	The container's state, as an engine wrote it
 * @size:	Bytes
 * @warn:	NULL, or called with one line for what went wrong without stopping anything
 * @warn_data:	Passed to @warn
 * @err:	NULL, or filled in on failure only; with v6d's own words where it refused
 *
 * Waits for some seconds at most, less than an engine does for its hook.
 *
 * Return: 0, what v6d's function returned, or
 *	-ECONNREFUSED  v6d does not run
 *	-E2BIG         the state is longer than V6_SOCKET_SIZE_MAX
 *	-ETIMEDOUT     no answer; what was asked for may be done all the same
 *	or another negative errno
 */
int v6_socket_ask(const char *path, enum v6_socket_verb verb, const char *state, size_t size,
		  void (*warn)(const char *text, void *data), void *warn_data,
		  struct v6_error *err);

/**
 * v6_records_seen_each() - Visit all records as v6_records_each() does, or ask v6d for the user's
 * own ones if the user may not read the records
 * @host:	This host, by v6_host_look()
 *
 * While @visit runs, v6_claim_look() returns what v6d says of that record.
 */
int v6_records_seen_each(struct v6_host *host,
			 int (*visit)(const struct v6_record *record, bool alive, void *data),
			 void *data, struct v6_error *err);

/**
 * v6_failures_seen_each() - Visit all failures as v6_failures_each() does, or ask v6d for the
 * user's own ones
 *
 * Return: 0 or a negative errno: they can't be seen, for the reason in @err
 */
int v6_failures_seen_each(struct v6_host *host,
			  int (*visit)(const struct v6_failure *failure, void *data), void *data,
			  struct v6_error *err);

/* The user of connections whose user cannot be found out any more */
#define V6_SOCKET_NOBODY ((uid_t)-1)

/**
 * v6_socket_user() - Find the user that a connection counts for
 * @fd:		The connection
 *
 * That is the user who connected. Subordinate users in a user's own user namespaces, usually 65,536
 * of them, count for that user.
 *
 * Return: the user, or V6_SOCKET_NOBODY
 */
uid_t v6_socket_user(int fd);

/**
 * v6_socket_serve() - Answer the request of one connection
 * @fd:		The connection; a whole message has arrived
 * @run_dir:	V6_RUN_DIR, or another directory in tests
 * @since_ms:	When the message arrived, of CLOCK_MONOTONIC: the client has waited from then on
 *
 * Takes as long as a hook does. For a process of its own, since the message is hostile.
 *
 * Return: 0 (answered, if only by a refusal) or a negative errno
 */
int v6_socket_serve(int fd, const char *run_dir, int64_t since_ms);

/**
 * v6_socket_is_release() - Check whether a connection's request is to unbind
 * @fd:		The connection; its message stays there
 *
 * Looks at no more than the first word.
 */
bool v6_socket_is_release(int fd);

/**
 * v6_socket_refuse() - Answer a connection's request by a failure, unread
 * @fd:		The connection, about to be closed
 * @err:	The failure; with what to do about it
 *
 * Waits for nobody: a client that has left no room for the answer gets none.
 */
void v6_socket_refuse(int fd, const struct v6_error *err);

#ifdef __cplusplus
}
#endif

#endif
