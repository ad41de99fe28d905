/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Listen on a relay's ports. */
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "doors.h"

/* Connections that the kernel takes until we do; it has a limit of its own, net.core.somaxconn */
#define BACKLOG 4096

/* A client that says nothing for so long is asked whether it is still there, and so often */
#define KEEP_IDLE_S  600
#define KEEP_PAUSE_S 60
#define KEEP_TRIES   5

/* How long a relay may take to let go of the port, whose place this one takes: 10 ms, so often */
#define BUSY_MS	   10
#define BUSY_TRIES 50
/* When it is reminded */
#define KNOCK_TRY 5

#ifndef IPV6_FREEBIND
#define IPV6_FREEBIND 78 /* 4.15 */
#endif

size_t door_buffer(const struct relay *relay)
{
	return relay->memory / 8 < DOOR_BUFFER_MAX ? relay->memory / 8 : DOOR_BUFFER_MAX;
}

static void set_option(int fd, int level, int name, int value)
{
	(void)setsockopt(fd, level, name, &value, sizeof(value));
}

/* set_options() - what accept() gives to connections, too, so that it is done once */
static void set_options(const struct relay *relay, int fd)
{
	int buffer = (int)door_buffer(relay);

	set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	set_option(fd, SOL_IPV6, IPV6_V6ONLY, 1);
	/* the address may come a moment later */
	set_option(fd, SOL_IPV6, IPV6_FREEBIND, 1);
	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEP_IDLE_S);
	set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEP_PAUSE_S);
	set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEP_TRIES);
	set_option(fd, SOL_SOCKET, SO_SNDBUFFORCE, buffer);
	set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, buffer);
}

/* knock() - so that a relay whose file was removed by hand, which nobody told, finds out and goes
 */
static void knock(const struct sockaddr_in6 *to)
{
	auto_fd int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	(void)connect(fd, (const struct sockaddr *)to, sizeof(*to));
}

static int bind_door(int fd, const struct sockaddr_in6 *to)
{
	int tries = 0;

	while (bind(fd, (const struct sockaddr *)to, sizeof(*to)) < 0) {
		if (errno != EADDRINUSE || tries++ == BUSY_TRIES)
			return -errno;
		if (tries == KNOCK_TRY)
			knock(to);
		poll(NULL, 0, BUSY_MS);
	}
	return listen(fd, BACKLOG) < 0 ? -errno : 0;
}

static int open_door(const struct relay *relay, struct relay_door *door, struct v6_error *err)
{
	struct sockaddr_in6 to = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(door->port),
		.sin6_addr = relay->target,
	};
	auto_fd int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int ret = fd < 0 ? -errno : 0;

	if (ret == 0) {
		set_options(relay, fd);
		ret = bind_door(fd, &to);
	}
	if (ret < 0)
		return v6_fail(err, ret, "cannot listen on [%s]:%u in the container: %s",
			       V6_TEXT(&relay->target), door->port, v6_strerror(ret));
	door->fd = v6_steal_fd(&fd);
	return 0;
}

int doors_open(struct relay *relay, struct v6_error *err)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < relay->n_doors && ret == 0; i++)
		ret = open_door(relay, &relay->doors[i], err);
	return ret;
}

void doors_close(struct relay *relay)
{
	size_t i;

	for (i = 0; i < relay->n_doors; i++) {
		v6_cleanup_fd(&relay->doors[i].fd);
		relay->doors[i].fd = -1;
	}
}
