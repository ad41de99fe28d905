/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * v6d's socket for users other than root: how many connections and requests at a time.
 *
 * Of what users send, this file looks at the first word alone. A process of its own answers each
 * request, as an engine would run a hook, so that no request stops or slows down v6d. No user can
 * keep others out, however many connections they hold, and however long their requests take.
 */
#ifndef DAEMON_SERVER_H
#define DAEMON_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

#include <libv6/ipc.h>

/* Connections, in all and of one user; beyond that the oldest of the user with most is closed. */
#define CLIENTS_MAX	 128
#define CLIENTS_EACH_MAX 16

/* Requests being answered, in all and of one user; the others wait for their turn. A user has more
 * than one place only while half of all are free.
 */
#define WORKERS_MAX	 8
#define WORKERS_EACH_MAX 2

/* Further places, for requests to unbind alone; a user has one of them. */
#define RELEASES_MAX 4

/**
 * struct client - A connection that is not being answered yet
 * @uid:	Whom it counts for; see v6_socket_user()
 * @asked:	Its request is there
 * @releases:	It asks to unbind
 * @since:	When it came or, then, when it asked
 * @turn:	Since when it waits for its turn: when it asked, or when another request of the
 *		user's began or ended
 */
struct client {
	int fd;
	uid_t uid;
	bool asked;
	bool releases;
	int64_t since;
	int64_t turn;
};

/* enum place - what a process may be started for */
enum place {
	PLACE_NONE,
	PLACE_ANY,
	PLACE_RELEASE, /* one of RELEASES_MAX */
};

/* struct worker - a process that answers a request; its pidfd */
struct worker {
	int fd;
	uid_t uid;
	enum place place;
};

/**
 * struct server
 * @listener:	-1: no connections are accepted
 * @ours:	The socket was made by us, so that it goes with us
 * @deaf_until:	When to accept connections again, where descriptors are short; 0: now
 * @clients:	@n_clients of them, the oldest first
 * @workers:	@n_workers of them
 */
struct server {
	int listener, epoll;
	bool ours;
	int64_t deaf_until;
	struct client clients[CLIENTS_MAX];
	size_t n_clients;
	struct worker workers[WORKERS_MAX + RELEASES_MAX];
	size_t n_workers;
};

/**
 * server_open() - Take the socket that the service manager holds, or make one
 * @server:	Undefined before; release with server_close(), also after a failure
 * @err:	Filled in on failure only
 *
 * Removes the socket of an earlier v6d: only one runs at a time.
 *
 * Return: 0 or a negative errno
 *
 * Source: sd_listen_fds(3)
 */
int server_open(struct server *server, struct v6_error *err);

/* server_close() - Stop accepting requests; processes that answer one go on */
void server_close(struct server *server);

/* server_fd() - Get what to poll until server_step() has something to do; -1: never */
int server_fd(const struct server *server);

/* server_timeout_ms() - Get how long to poll that at most; -1: for ever */
int server_timeout_ms(const struct server *server);

/* server_step() - Do what there is to do, without waiting */
void server_step(struct server *server);

#endif
