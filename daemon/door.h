/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The door for users other than root: who may come in, and how many at a time.
 *
 * Nothing that they send is looked at here. Each request is answered by a process of its own, as a
 * hook would be run by an engine, so that none can stop or slow down what else v6d does; and no
 * user can keep others out, however many connections he holds.
 */
#ifndef DAEMON_DOOR_H
#define DAEMON_DOOR_H

#include <stdbool.h>
#include <sys/types.h>

#include <libv6/ipc.h>

/* Connections, in all and of one user; beyond that the oldest of who has most goes. */
#define DOOR_CLIENTS	  128
#define DOOR_CLIENTS_EACH 16

/* Requests that are being answered; the others wait for their turn. */
#define DOOR_WORKERS	  8
#define DOOR_WORKERS_EACH 2

/**
 * struct door_client - A connection that is not being answered yet
 * @uid:	Whom it counts for; see v6_door_visitor()
 * @asked:	Its request is there
 */
struct door_client {
	int fd;
	uid_t uid;
	bool asked;
	int64_t since;
};

/* struct door_worker - a process that answers a request; its pidfd */
struct door_worker {
	pid_t pid;
	int fd;
	uid_t uid;
};

/**
 * struct door
 * @listener:	-1: the door is closed
 * @ours:	The socket was made by us, so that it goes with us
 * @deaf_until:	When to accept connections again, where descriptors are short; 0: now
 * @clients:	@n_clients of them, the oldest first
 * @workers:	@n_workers of them
 */
struct door {
	int listener, epoll;
	bool ours;
	int64_t deaf_until;
	struct door_client clients[DOOR_CLIENTS];
	size_t n_clients;
	struct door_worker workers[DOOR_WORKERS];
	size_t n_workers;
};

/**
 * door_open() - Open the door, by the socket that the service manager holds or by one of our own
 * @door:	Undefined before; release with door_close(), also after a failure
 * @err:	Filled in on failure only
 *
 * A socket of another v6d is taken away: there is no other one by now.
 *
 * Return: 0 or a negative errno
 *
 * Source: sd_listen_fds(3)
 */
int door_open(struct door *door, struct v6_error *err);

/* door_close() - answers that are on their way are given all the same */
void door_close(struct door *door);

/* door_fd() - readable when there is something to do for door_step(); -1: never */
int door_fd(const struct door *door);

/* door_timeout_ms() - how long that may be waited for; -1: for ever */
int door_timeout_ms(const struct door *door);

/* door_step() - do what there is to do; does not wait */
void door_step(struct door *door);

#endif
