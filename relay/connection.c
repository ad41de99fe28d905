/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Make, move and end one connection. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "connection.h"

/* After so many pieces others have their turn */
#define PIECES_MAX 16

/* What is copied, as most requests and answers are; of those who have more to say, the rest goes by
 * pipes
 */
#define COPY_MAX 16384

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24 /* 4.2 */
#endif

/* struct proxy_header - version 2, of TCP over IPv6 */
struct proxy_header {
	uint8_t signature[12];
	uint8_t version_command;
	uint8_t family_protocol;
	uint16_t size_be;
	struct in6_addr from, to;
	uint16_t from_port_be, to_port_be;
} __attribute__((packed));

static void set_number(int fd, int level, int name, int value)
{
	(void)setsockopt(fd, level, name, &value, sizeof(value));
}

static void limit_socket(int fd, int size)
{
	set_number(fd, SOL_SOCKET, SO_SNDBUF, size);
	set_number(fd, SOL_SOCKET, SO_RCVBUF, size);
}

void connection_limit(const struct end *end, int size)
{
	limit_socket(end->fd, size);
}

/* from_own() - from the container's own address also to loopback: who trusts that trusts not us */
static int from_own(int fd, const struct in_addr *own)
{
	struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr = *own};

	set_number(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, 1);
	return bind(fd, (const struct sockaddr *)&from, sizeof(from)) < 0 ? -errno : 0;
}

/* ask() - for the connection, which one in the same network has at once; asked again, it says so.
 * Return: as connection_dial()
 */
static int ask(const struct connection *c, int fd, const struct in_addr *own)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(c->door->program),
		.sin_addr = *own,
	};

	if (c->by_loopback)
		to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0)
		return 1;
	return errno == EINPROGRESS || errno == EALREADY ? 0 : -errno;
}

static int dial_one(struct connection *c, const struct in_addr *own, int buffer)
{
	auto_fd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int ret = fd < 0 ? -errno : 0;

	if (ret == 0 && c->by_loopback)
		ret = from_own(fd, own);
	if (ret < 0)
		return ret;
	set_number(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	limit_socket(fd, buffer);
	ret = ask(c, fd, own);
	if (ret == 0)
		ret = ask(c, fd, own);
	if (ret >= 0)
		c->ends[PROGRAM] = (struct end){.fd = v6_steal_fd(&fd), .pipe = -1};
	return ret;
}

static int dial_by_loopback(struct connection *c, const struct in_addr *own, int buffer)
{
	v6_cleanup_fd(&c->ends[PROGRAM].fd);
	c->ends[PROGRAM].fd = -1;
	c->by_loopback = true;
	return dial_one(c, own, buffer);
}

int connection_dial(struct connection *c, const struct in_addr *own, int buffer)
{
	int fd = c->ends[PROGRAM].fd;
	int ret = fd < 0 ? dial_one(c, own, buffer) : ask(c, fd, own);

	if (ret == -ECONNREFUSED && !c->by_loopback)
		ret = dial_by_loopback(c, own, buffer);
	c->open = ret > 0;
	c->ends[PROGRAM].writable = c->open;
	return ret;
}

int connection_greet(const struct connection *c, const struct in6_addr *service)
{
	struct proxy_header header = {
		.signature = "\r\n\r\n\0\r\nQUIT\n",
		.version_command = 0x21,
		.family_protocol = 0x21,
		.size_be = htons(sizeof(header) - offsetof(struct proxy_header, from)),
		.from = c->from.sin6_addr,
		.to = *service,
		.from_port_be = c->from.sin6_port,
		.to_port_be = htons(c->door->service),
	};
	ssize_t n = send(c->ends[PROGRAM].fd, &header, sizeof(header), MSG_NOSIGNAL);

	if (n < 0)
		return -errno;
	return n == sizeof(header) ? 0 : -EIO;
}

/*
 * Moving
 */

/* note_nothing() - that nothing was read, for now or for good. Return: 0 or a negative errno */
static int note_nothing(struct end *in, ssize_t n)
{
	if (n == 0)
		in->eof = true;
	else if (errno == EAGAIN)
		in->readable = false;
	else
		return -errno;
	return 0;
}

/* peek() - as a move without a pipe, of which there are none: what the other end does not take
 * stays where it is. Return: as move_piece()
 */
static int peek(struct end *in, struct end *out)
{
	static char buffer[PIPE_SIZE];
	ssize_t n = recv(in->fd, buffer, sizeof(buffer), MSG_PEEK | MSG_DONTWAIT);

	if (n <= 0)
		return note_nothing(in, n);
	n = send(out->fd, buffer, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0 && errno == EAGAIN)
		out->writable = false;
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	/* it is thrown away in the kernel: tcp(7) */
	return recv(in->fd, NULL, (size_t)n, MSG_TRUNC | MSG_DONTWAIT) < 0 ? -errno : 0;
}

/* keep() - what an end did not take, in a pipe. Return: 0 or a negative errno */
static int keep(struct end *out, const char *bytes, size_t n, int pipe, struct pipes *pipes)
{
	if (write(pipes->list[pipe].fd[1], bytes, n) != (ssize_t)n)
		return -EIO;
	out->held = (unsigned int)n;
	return 0;
}

/* copy() - a small piece, for which a pipe is at hand, if not all of it is taken. If the last has
 * been said, too, it is sent along with the end
 */
static int copy(struct end *in, struct end *out, int pipe, struct pipes *pipes)
{
	static char buffer[COPY_MAX];
	size_t room = pipes->list[pipe].size;
	size_t most = room < sizeof(buffer) ? room : sizeof(buffer);
	ssize_t sent, n = recv(in->fd, buffer, most, MSG_DONTWAIT);
	bool is_all = n < (ssize_t)most;

	if (n <= 0)
		return note_nothing(in, n);
	in->bulk = !is_all;
	in->readable = !is_all || in->hung;
	sent = send(out->fd, buffer, (size_t)n,
		    MSG_NOSIGNAL | MSG_DONTWAIT | (is_all && in->hung ? MSG_MORE : 0));
	if (sent < 0 && errno != EAGAIN)
		return -errno;
	if (sent < 0)
		sent = 0;
	out->writable = sent == n;
	return sent == n ? 0 : keep(out, buffer + sent, (size_t)(n - sent), pipe, pipes);
}

/* drain() - write what is held for an end. Return: 0 or a negative errno */
static int drain(struct end *out, struct pipes *pipes)
{
	ssize_t n = splice(pipes->list[out->pipe].fd[0], NULL, out->fd, NULL, out->held,
			   SPLICE_F_NONBLOCK | SPLICE_F_MOVE);

	if (n < 0 && errno == EAGAIN)
		out->writable = false;
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	out->held -= (unsigned int)n;
	if (out->held == 0) {
		pipes_give(pipes, out->pipe);
		out->pipe = -1;
	}
	return 0;
}

/* fill() - read into a pipe, which goes to the other end if there is anything in it */
static int fill(struct end *in, struct end *out, int pipe, const struct pipes *pipes)
{
	ssize_t n = splice(in->fd, NULL, pipes->list[pipe].fd[1], NULL, pipes->list[pipe].size,
			   SPLICE_F_NONBLOCK | SPLICE_F_MOVE);

	if (n <= 0)
		return note_nothing(in, n);
	in->bulk = n >= COPY_MAX;
	out->held = (unsigned int)n;
	return 0;
}

/* move_piece() - Return: 0 or a negative errno */
static int move_piece(struct end *in, struct end *out, struct pipes *pipes)
{
	int pipe = pipes_take(pipes);
	int ret;

	if (pipe < 0)
		return peek(in, out);
	ret = in->bulk ? fill(in, out, pipe, pipes) : copy(in, out, pipe, pipes);
	if (out->held == 0) {
		pipes_give(pipes, pipe);
		return ret;
	}
	out->pipe = pipe;
	return out->writable ? drain(out, pipes) : ret;
}

/* move_one_way() - Return: as connection_move() */
static int move_one_way(struct end *in, struct end *out, struct pipes *pipes)
{
	int i, ret = 0;

	for (i = 0; i < PIECES_MAX && ret == 0; i++) {
		if (out->held > 0) {
			if (!out->writable)
				return 0;
			ret = drain(out, pipes);
		} else if (in->eof) {
			/* after the other way has ended, too, closing says so */
			if (!out->shut && !in->shut)
				shutdown(out->fd, SHUT_WR);
			out->shut = true;
			return 0;
		} else if (!in->readable || !out->writable) {
			return 0;
		} else {
			ret = move_piece(in, out, pipes);
		}
	}
	return ret < 0 ? ret : 1;
}

int connection_move(struct connection *c, struct pipes *pipes)
{
	int to = move_one_way(&c->ends[CLIENT], &c->ends[PROGRAM], pipes);
	int from = to < 0 ? to : move_one_way(&c->ends[PROGRAM], &c->ends[CLIENT], pipes);

	return from < 0 ? from : to | from;
}

bool connection_is_over(const struct connection *c)
{
	return c->ends[CLIENT].shut && c->ends[PROGRAM].shut;
}

static void close_end(struct end *end, struct pipes *pipes, bool reset)
{
	const struct linger at_once = {.l_onoff = 1};

	if (end->pipe >= 0)
		pipes_replace(pipes, end->pipe);
	end->pipe = -1;
	if (end->fd >= 0 && reset)
		(void)setsockopt(end->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	v6_cleanup_fd(&end->fd);
	end->fd = -1;
}

void connection_close(struct connection *c, struct pipes *pipes, bool reset)
{
	close_end(&c->ends[CLIENT], pipes, reset);
	close_end(&c->ends[PROGRAM], pipes, reset);
}
