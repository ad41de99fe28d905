/* SPDX-License-Identifier: GPL-2.0-or-later */
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
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "door.h"

/* How long a client may take to say what it wants, and to wait for its turn */
#define IDLE_MS 2000
#define TURN_MS 10000
#define DEAF_MS 1000
/* How long its answer may take, names that are slow and a lock that is held included */
#define ANSWER_S 20
/* Connections that are accepted in one step, so that other things are done in between */
#define STEP_MAX 32

#ifndef SYS_close_range
#define SYS_close_range 436 /* 5.9 */
#endif

static int watch_fd(const struct door *door, int op, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.fd = fd};

	return epoll_ctl(door->epoll, op, fd, &event) < 0 ? -errno : 0;
}

/*
 * Connections
 */

static void drop_client(struct door *door, size_t i)
{
	memmove(&door->clients[i], &door->clients[i + 1],
		(--door->n_clients - i) * sizeof(door->clients[0]));
}

static void end_client(struct door *door, size_t i)
{
	close(door->clients[i].fd);
	drop_client(door, i);
}

static size_t count_clients(const struct door *door, uid_t uid)
{
	size_t i, n = 0;

	for (i = 0; i < door->n_clients; i++)
		n += door->clients[i].uid == uid;
	return n;
}

/* most_of() - the user with most connections */
static uid_t most_of(const struct door *door)
{
	uid_t uid = door->clients[0].uid;
	size_t i;

	for (i = 1; i < door->n_clients; i++)
		if (count_clients(door, door->clients[i].uid) > count_clients(door, uid))
			uid = door->clients[i].uid;
	return uid;
}

/* end_oldest() - of a user's connections, the oldest that asks for nothing, or else the oldest */
static void end_oldest(struct door *door, uid_t uid)
{
	size_t i, oldest = door->n_clients;

	for (i = door->n_clients; i-- > 0;)
		if (door->clients[i].uid == uid && !door->clients[i].asked)
			oldest = i;
	for (i = 0; oldest == door->n_clients; i++)
		if (door->clients[i].uid == uid)
			oldest = i;
	end_client(door, oldest);
}

static void add_client(struct door *door, int fd, int64_t now)
{
	uid_t uid = v6_door_visitor(fd);

	if (watch_fd(door, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLONESHOT) < 0) {
		close(fd);
		return;
	}
	if (count_clients(door, uid) == DOOR_CLIENTS_EACH)
		end_oldest(door, uid);
	else if (door->n_clients == DOOR_CLIENTS)
		end_oldest(door, most_of(door));
	door->clients[door->n_clients++] = (struct door_client){
		.fd = fd,
		.uid = uid,
		.since = now,
	};
}

/* turn_deaf() - where nobody can be let in now, who waits outside would wake us for ever */
static void turn_deaf(struct door *door, int64_t now)
{
	watch_fd(door, EPOLL_CTL_MOD, door->listener, 0);
	door->deaf_until = now + DEAF_MS;
}

static void accept_some(struct door *door, int64_t now)
{
	struct sockaddr_un name;
	socklen_t size;
	int i, fd;

	for (i = 0; i < STEP_MAX; i++) {
		size = sizeof(name);
		fd = accept4(door->listener, (struct sockaddr *)&name, &size,
			     SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0)
			add_client(door, fd, now);
		else if (errno == EAGAIN)
			return;
		else if (errno != EINTR && errno != ECONNABORTED)
			return turn_deaf(door, now);
	}
}

/* hear_client() - it has sent something, or gone */
static void hear_client(struct door *door, int fd, uint32_t events, int64_t now)
{
	size_t i;

	for (i = 0; i < door->n_clients; i++) {
		if (door->clients[i].fd != fd)
			continue;
		if (!(events & EPOLLIN)) {
			end_client(door, i);
			return;
		}
		door->clients[i].asked = true;
		door->clients[i].since = now;
		return;
	}
}

static int64_t due(const struct door_client *client)
{
	return client->since + (client->asked ? TURN_MS : IDLE_MS);
}

static void end_late(struct door *door, int64_t now)
{
	size_t i = 0;

	while (i < door->n_clients)
		if (due(&door->clients[i]) <= now)
			end_client(door, i);
		else
			i++;
}

/*
 * Processes that answer
 */

/* work() - in a process of its own, which ends whatever happens; it has only what it needs: not
 * v6d's lock, for one (before 5.9 it has that, until it ends)
 */
static void __attribute__((noreturn)) work(int fd)
{
	alarm(ANSWER_S);
	if (dup2(fd, STDERR_FILENO + 1) < 0)
		_exit(1);
	syscall(SYS_close_range, STDERR_FILENO + 2, UINT_MAX, 0);
	_exit(v6_door_serve(STDERR_FILENO + 1, V6_RUN_DIR) < 0);
}

static size_t count_workers(const struct door *door, uid_t uid)
{
	size_t i, n = 0;

	for (i = 0; i < door->n_workers; i++)
		n += door->workers[i].uid == uid;
	return n;
}

static void start_worker(struct door *door, const struct door_client *client)
{
	struct door_worker *worker = &door->workers[door->n_workers];
	pid_t pid = fork();

	if (pid == 0)
		work(client->fd);
	if (pid < 0)
		return;
	*worker = (struct door_worker){pid, (int)syscall(SYS_pidfd_open, pid, 0), client->uid};
	if (worker->fd < 0 || watch_fd(door, EPOLL_CTL_ADD, worker->fd, EPOLLIN) < 0) {
		/* nobody would tell us when it ends: it does at once */
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		v6_cleanup_fd(&worker->fd);
		return;
	}
	door->n_workers++;
}

/* start_workers() - for who has waited longest, but not for one user alone */
static void start_workers(struct door *door)
{
	size_t i = 0;

	while (i < door->n_clients && door->n_workers < DOOR_WORKERS) {
		if (!door->clients[i].asked ||
		    count_workers(door, door->clients[i].uid) == DOOR_WORKERS_EACH) {
			i++;
			continue;
		}
		start_worker(door, &door->clients[i]);
		end_client(door, i);
	}
}

static void end_worker(struct door *door, size_t i)
{
	waitpid(door->workers[i].pid, NULL, 0);
	close(door->workers[i].fd);
	door->workers[i] = door->workers[--door->n_workers];
}

/* hear_worker() - Return: whether the descriptor is one's, which has ended */
static bool hear_worker(struct door *door, int fd)
{
	size_t i;

	for (i = 0; i < door->n_workers; i++) {
		if (door->workers[i].fd != fd)
			continue;
		end_worker(door, i);
		return true;
	}
	return false;
}

/*
 * The door itself
 */

/* is_door() - whether a descriptor that we were given is what it has to be */
static bool is_door(int fd)
{
	int type = 0, listens = 0;
	socklen_t size = sizeof(type);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET &&
	       getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens;
}

/* take_given() - the first of those that a service manager passes on; -1: there is none */
static int take_given(void)
{
	const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");
	const int first = STDERR_FILENO + 1; /* SD_LISTEN_FDS_START */

	if (!pid || !n || strtol(pid, NULL, 10) != getpid() || strtol(n, NULL, 10) < 1 ||
	    !is_door(first) || fcntl(first, F_SETFD, FD_CLOEXEC) < 0 ||
	    fcntl(first, F_SETFL, O_NONBLOCK) < 0)
		return -1;
	return first;
}

static int make_own(int *ret_fd)
{
	auto_fd int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = V6_DOOR_SOCKET};

	if (fd < 0 || (unlink(V6_DOOR_SOCKET) < 0 && errno != ENOENT) ||
	    bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0 ||
	    chmod(V6_DOOR_SOCKET, 0666) < 0 || listen(fd, DOOR_CLIENTS) < 0)
		return -errno;
	*ret_fd = v6_steal_fd(&fd);
	return 0;
}

int door_open(struct door *door, struct v6_error *err)
{
	int ret = 0;

	memset(door, 0, sizeof(*door));
	door->epoll = epoll_create1(EPOLL_CLOEXEC);
	door->listener = take_given();
	door->ours = door->listener < 0;
	if (door->ours)
		ret = make_own(&door->listener);
	if (ret == 0)
		ret = watch_fd(door, EPOLL_CTL_ADD, door->listener, EPOLLIN);
	if (ret < 0)
		return v6_fail(err, ret,
			       V6_DOOR_SOCKET
			       ": cannot listen there, so users other than root are not served: %s",
			       v6_strerror(ret));
	return 0;
}

void door_close(struct door *door)
{
	if (door->listener >= 0 && door->ours)
		unlink(V6_DOOR_SOCKET);
	while (door->n_clients > 0)
		end_client(door, 0);
	while (door->n_workers > 0)
		close(door->workers[--door->n_workers].fd);
	v6_cleanup_fd(&door->listener);
	v6_cleanup_fd(&door->epoll);
	door->listener = door->epoll = -1;
}

int door_fd(const struct door *door)
{
	return door->epoll;
}

int door_timeout_ms(const struct door *door)
{
	int64_t next = door->deaf_until ? door->deaf_until : INT64_MAX, left;
	size_t i;

	for (i = 0; i < door->n_clients; i++)
		if (due(&door->clients[i]) < next)
			next = due(&door->clients[i]);
	if (next == INT64_MAX)
		return -1;
	left = next - v6_now_ms();
	return left < 0 ? 0 : (int)left;
}

void door_step(struct door *door)
{
	struct epoll_event events[STEP_MAX];
	int64_t now = v6_now_ms();
	int i, n = door->epoll < 0 ? 0 : epoll_wait(door->epoll, events, STEP_MAX, 0);
	bool knocks = false;

	for (i = 0; i < n; i++) {
		if (events[i].data.fd == door->listener)
			knocks = true;
		else if (!hear_worker(door, events[i].data.fd))
			hear_client(door, events[i].data.fd, events[i].events, now);
	}
	/* last, as a new connection may get the number of one that is gone */
	if (knocks)
		accept_some(door, now);
	if (door->deaf_until && door->deaf_until <= now) {
		door->deaf_until = 0;
		watch_fd(door, EPOLL_CTL_MOD, door->listener, EPOLLIN);
	}
	end_late(door, now);
	start_workers(door);
}
