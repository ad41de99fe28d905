/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Accept connections of users, and start a process for each request. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "server.h"

/* How long a client may take to say what it wants, and to wait for its turn: it waits for 9 s in
 * all */
#define IDLE_MS 2000
#define TURN_MS 6000
#define DEAF_MS 1000
/* How long its answer may take, names that are slow and a lock that is held included */
#define ANSWER_S 20
/* Connections that are accepted in one step, so that other things are done in between */
#define STEP_MAX 32

#ifndef SYS_close_range
#define SYS_close_range 436 /* 5.9 */
#endif

static int watch_fd(const struct server *server, int op, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.fd = fd};

	return epoll_ctl(server->epoll, op, fd, &event) < 0 ? -errno : 0;
}

/*
 * Connections
 */

static void drop_client(struct server *server, size_t i)
{
	memmove(&server->clients[i], &server->clients[i + 1],
		(--server->n_clients - i) * sizeof(server->clients[0]));
}

static void end_client(struct server *server, size_t i)
{
	close(server->clients[i].fd);
	drop_client(server, i);
}

static size_t count_clients(const struct server *server, uid_t uid)
{
	size_t i, n = 0;

	for (i = 0; i < server->n_clients; i++)
		n += server->clients[i].uid == uid;
	return n;
}

/* find_busiest_user() - Find the user with most connections */
static uid_t find_busiest_user(const struct server *server)
{
	uid_t uid = server->clients[0].uid;
	size_t i;

	for (i = 1; i < server->n_clients; i++)
		if (count_clients(server, server->clients[i].uid) > count_clients(server, uid))
			uid = server->clients[i].uid;
	return uid;
}

/* refuse_client() - Close a connection, and say why if it asked for something */
static void refuse_client(struct server *server, size_t i, const struct v6_error *err)
{
	if (server->clients[i].asked)
		v6_socket_refuse(server->clients[i].fd, err);
	end_client(server, i);
}

/* end_oldest() - Close a user's oldest connection without a request, otherwise their oldest */
static void end_oldest(struct server *server, uid_t uid)
{
	size_t i, oldest = server->n_clients;
	struct v6_error err;

	for (i = server->n_clients; i-- > 0;)
		if (server->clients[i].uid == uid && !server->clients[i].asked)
			oldest = i;
	for (i = 0; oldest == server->n_clients; i++)
		if (server->clients[i].uid == uid)
			oldest = i;
	v6_fail(&err, -EBUSY,
		"v6d has too many requests of user %u, over %d, or of all users, over %d; try again, with fewer at a time",
		uid, CLIENTS_EACH_MAX, CLIENTS_MAX);
	refuse_client(server, oldest, &err);
}

static void add_client(struct server *server, int fd, int64_t now)
{
	uid_t uid = v6_socket_user(fd);

	if (watch_fd(server, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLONESHOT) < 0) {
		close(fd);
		return;
	}
	if (count_clients(server, uid) == CLIENTS_EACH_MAX)
		end_oldest(server, uid);
	else if (server->n_clients == CLIENTS_MAX)
		end_oldest(server, find_busiest_user(server));
	server->clients[server->n_clients++] = (struct client){
		.fd = fd,
		.uid = uid,
		.since = now,
	};
}

/* turn_deaf() - Stop accepting for a while: connections that wait would keep waking v6d up */
static void turn_deaf(struct server *server, int64_t now)
{
	watch_fd(server, EPOLL_CTL_MOD, server->listener, 0);
	server->deaf_until = now + DEAF_MS;
}

static void accept_some(struct server *server, int64_t now)
{
	struct sockaddr_un name;
	socklen_t size;
	int i, fd;

	for (i = 0; i < STEP_MAX; i++) {
		size = sizeof(name);
		fd = accept4(server->listener, (struct sockaddr *)&name, &size,
			     SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0)
			add_client(server, fd, now);
		else if (errno == EAGAIN)
			return;
		else if (errno != EINTR && errno != ECONNABORTED)
			return turn_deaf(server, now);
	}
}

/* hear_client() - Note that a client sent something, or that it went */
static void hear_client(struct server *server, int fd, uint32_t events, int64_t now)
{
	size_t i;

	for (i = 0; i < server->n_clients; i++) {
		if (server->clients[i].fd != fd)
			continue;
		if (!(events & EPOLLIN)) {
			end_client(server, i);
			return;
		}
		server->clients[i].asked = true;
		server->clients[i].releases = v6_socket_is_release(fd);
		server->clients[i].since = server->clients[i].turn = now;
		return;
	}
}

static int64_t find_deadline(const struct client *client)
{
	return client->since + (client->asked ? TURN_MS : IDLE_MS);
}

static void end_late(struct server *server, int64_t now)
{
	struct v6_error err;
	size_t i = 0;

	v6_fail(&err, -ETIMEDOUT,
		"v6d did not come to this request within %d s: it answers %d at a time, %d of one user, and names that DNS does not answer take long; try again",
		TURN_MS / 1000, WORKERS_MAX, WORKERS_EACH_MAX);
	while (i < server->n_clients)
		if (find_deadline(&server->clients[i]) <= now)
			refuse_client(server, i, &err);
		else
			i++;
}

/*
 * Processes that answer
 */

/* answer_client() - Answer in a process of its own, which exits in time and holds nothing else: not
 * v6d's lock, for one (before 5.9 it holds that until it exits)
 */
static _Noreturn void answer_client(int fd, int64_t since_ms)
{
	alarm(ANSWER_S);
	if (dup2(fd, STDERR_FILENO + 1) < 0)
		_exit(1);
	syscall(SYS_close_range, STDERR_FILENO + 2, UINT_MAX, 0);
	_exit(v6_socket_serve(STDERR_FILENO + 1, V6_RUN_DIR, since_ms) < 0);
}

/* count_workers() - Count those at one kind of place; @uid: NULL, or of one user alone */
static size_t count_workers(const struct server *server, enum place place, const uid_t *uid)
{
	size_t i, n = 0;

	for (i = 0; i < server->n_workers; i++)
		n += server->workers[i].place == place && (!uid || server->workers[i].uid == *uid);
	return n;
}

static enum place find_place(const struct server *server, const struct client *client)
{
	size_t all = count_workers(server, PLACE_ANY, NULL);
	size_t own = count_workers(server, PLACE_ANY, &client->uid);
	size_t own_max = all < WORKERS_MAX / 2 ? WORKERS_EACH_MAX : 1;

	if (all < WORKERS_MAX && own < own_max)
		return PLACE_ANY;
	if (client->releases && count_workers(server, PLACE_RELEASE, NULL) < RELEASES_MAX &&
	    count_workers(server, PLACE_RELEASE, &client->uid) == 0)
		return PLACE_RELEASE;
	return PLACE_NONE;
}

/* start_worker() - Return: whether there is one */
static bool start_worker(struct server *server, const struct client *client, enum place place)
{
	struct worker *worker = &server->workers[server->n_workers];
	pid_t pid = fork();

	if (pid == 0)
		answer_client(client->fd, client->since);
	if (pid < 0)
		return false;
	*worker = (struct worker){(int)syscall(SYS_pidfd_open, pid, 0), client->uid, place};
	if (worker->fd < 0 || watch_fd(server, EPOLL_CTL_ADD, worker->fd, EPOLLIN) < 0) {
		/* nothing would tell when it exits, so kill it now */
		kill(pid, SIGKILL);
		v6_cleanup_fd(&worker->fd);
		return false;
	}
	server->n_workers++;
	return true;
}

/* is_before() - Compare two requests: the user with fewer requests being answered comes first, and
 * of users with as many, the request with the longer wait
 */
static bool is_before(const struct server *server, const struct client *a, const struct client *b)
{
	size_t n = count_workers(server, PLACE_ANY, &a->uid);
	size_t m = count_workers(server, PLACE_ANY, &b->uid);

	return n != m ? n < m : a->turn < b->turn;
}

/* find_next() - Find the request whose turn it is. Return: whether there is one */
static bool find_next(const struct server *server, size_t *ret_next)
{
	const struct client *client, *next = NULL;

	for (client = server->clients; client < server->clients + server->n_clients; client++)
		if (client->asked && find_place(server, client) != PLACE_NONE &&
		    (!next || is_before(server, client, next)))
			next = client;
	if (next)
		*ret_next = (size_t)(next - server->clients);
	return next;
}

/* requeue_clients() - A user's requests wait anew when one of them has had its turn */
static void requeue_clients(struct server *server, uid_t uid, int64_t now)
{
	size_t i;

	for (i = 0; i < server->n_clients; i++)
		if (server->clients[i].uid == uid)
			server->clients[i].turn = now;
}

/* start_workers() - Start all that there are places for */
static void start_workers(struct server *server, int64_t now)
{
	struct v6_error err;
	size_t next;
	uid_t uid;

	while (find_next(server, &next)) {
		uid = server->clients[next].uid;
		if (start_worker(server, &server->clients[next],
				 find_place(server, &server->clients[next]))) {
			end_client(server, next);
		} else {
			v6_fail(&err, -EAGAIN,
				"v6d cannot start a process for this request; try again");
			refuse_client(server, next, &err);
		}
		requeue_clients(server, uid, now);
	}
}

static void end_worker(struct server *server, size_t i, int64_t now)
{
	requeue_clients(server, server->workers[i].uid, now);
	close(server->workers[i].fd);
	server->workers[i] = server->workers[--server->n_workers];
}

/* hear_worker() - Return: whether the descriptor is one's, which has ended */
static bool hear_worker(struct server *server, int fd, int64_t now)
{
	size_t i;

	for (i = 0; i < server->n_workers; i++) {
		if (server->workers[i].fd != fd)
			continue;
		end_worker(server, i, now);
		return true;
	}
	return false;
}

/*
 * The socket itself
 */

/* is_listening_socket() - Check a descriptor from the service manager */
static bool is_listening_socket(int fd)
{
	int type = 0, listens = 0;
	socklen_t size = sizeof(type);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET &&
	       getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens;
}

/* take_given_socket() - Take the first socket that a service manager passes on; -1: none */
static int take_given_socket(void)
{
	const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");
	const int first = STDERR_FILENO + 1; /* SD_LISTEN_FDS_START */

	if (!pid || !n || strtol(pid, NULL, 10) != getpid() || strtol(n, NULL, 10) < 1 ||
	    !is_listening_socket(first) || fcntl(first, F_SETFD, FD_CLOEXEC) < 0 ||
	    fcntl(first, F_SETFL, O_NONBLOCK) < 0)
		return -1;
	return first;
}

static int make_socket(int *ret_fd)
{
	auto_fd int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = V6_SOCKET_PATH};

	if (fd < 0 || (unlink(V6_SOCKET_PATH) < 0 && errno != ENOENT) ||
	    bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0 ||
	    chmod(V6_SOCKET_PATH, 0666) < 0 || listen(fd, CLIENTS_MAX) < 0)
		return -errno;
	*ret_fd = v6_steal_fd(&fd);
	return 0;
}

int server_open(struct server *server, struct v6_error *err)
{
	int ret = 0;

	memset(server, 0, sizeof(*server));
	server->epoll = epoll_create1(EPOLL_CLOEXEC);
	server->listener = take_given_socket();
	server->ours = server->listener < 0;
	if (server->ours)
		ret = make_socket(&server->listener);
	if (ret == 0)
		ret = watch_fd(server, EPOLL_CTL_ADD, server->listener, EPOLLIN);
	if (ret < 0)
		return v6_fail(err, ret,
			       V6_SOCKET_PATH
			       ": cannot listen there, so users other than root are not served: %s",
			       v6_strerror(ret));
	return 0;
}

void server_close(struct server *server)
{
	if (server->listener >= 0 && server->ours)
		unlink(V6_SOCKET_PATH);
	while (server->n_clients > 0)
		end_client(server, 0);
	while (server->n_workers > 0)
		close(server->workers[--server->n_workers].fd);
	v6_cleanup_fd(&server->listener);
	v6_cleanup_fd(&server->epoll);
	server->listener = server->epoll = -1;
}

int server_fd(const struct server *server)
{
	return server->epoll;
}

int server_timeout_ms(const struct server *server)
{
	int64_t next = server->deaf_until ? server->deaf_until : INT64_MAX, left;
	size_t i;

	for (i = 0; i < server->n_clients; i++)
		if (find_deadline(&server->clients[i]) < next)
			next = find_deadline(&server->clients[i]);
	if (next == INT64_MAX)
		return -1;
	left = next - v6_now_ms();
	return left < 0 ? 0 : (int)left;
}

void server_step(struct server *server)
{
	struct epoll_event events[STEP_MAX];
	int64_t now = v6_now_ms();
	int i, n = server->epoll < 0 ? 0 : epoll_wait(server->epoll, events, STEP_MAX, 0);
	bool knocks = false;

	for (i = 0; i < n; i++) {
		if (events[i].data.fd == server->listener)
			knocks = true;
		else if (!hear_worker(server, events[i].data.fd, now))
			hear_client(server, events[i].data.fd, events[i].events, now);
	}
	/* last, as a new connection may get the number of one that has gone */
	if (knocks)
		accept_some(server, now);
	if (server->deaf_until && server->deaf_until <= now) {
		server->deaf_until = 0;
		watch_fd(server, EPOLL_CTL_MOD, server->listener, EPOLLIN);
	}
	end_late(server, now);
	start_workers(server, now);
}
