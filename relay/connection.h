/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One client, and the connection to the program that was made for it. */
#ifndef RELAY_CONNECTION_H
#define RELAY_CONNECTION_H

#include "pipes.h"
#include "relay.h"

/* The ends of a connection */
enum {
	CLIENT,
	PROGRAM,
};

/**
 * struct end - One of the two sockets of a connection
 * @fd:		It
 * @is_watched:	Its events are waited for
 * @readable:	There may be something to read; @writable: there may be room
 * @hung:	All that it has to say has come, and may not be read yet
 * @eof:	It has said all that it had to say, and that was read
 * @bulk:	It has much to say
 * @shut:	It was told that no more comes
 * @pipe:	Number of the pipe with @held bytes for it, or -1
 */
struct end {
	int fd;
	bool is_watched;
	bool readable, writable;
	bool hung, eof, shut;
	bool bulk;
	int pipe;
	unsigned int held;
};

/**
 * struct connection
 * @ends:	CLIENT and PROGRAM
 * @from:	The client; @door: by which it came
 * @open:	The program has taken the connection
 * @by_loopback: The program was asked on 127.0.0.1, having refused on the container's address
 * @is_ready:	It is in the list of those with something to do
 * @next:	In that list, or in that of free places
 */
struct connection {
	struct end ends[2];
	struct sockaddr_in6 from;
	const struct relay_door *door;
	bool open, by_loopback, is_ready;
	struct connection *next;
};

/**
 * connection_dial() - Begin a connection to the program, without waiting for it, or see what became
 * of it
 * @c:		Its PROGRAM end is set, anew with each attempt
 * @own:	IPv4 address of the container, from which the program is asked, always
 * @buffer:	As for connection_limit()
 *
 * Return: 1 (it is open), 0 (not yet) or a negative errno: to be reset
 *
 * Source: __inet_stream_connect() in linux/net/ipv4/af_inet.c: what a second connect() returns
 */
int connection_dial(struct connection *c, const struct in_addr *own, int buffer);

/**
 * connection_greet() - Send a PROXY header to the program
 *
 * It fits into any socket that nothing was sent to.
 *
 * Return: 0 or a negative errno
 *
 * Source: https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt, section 2.2
 */
int connection_greet(const struct connection *c, const struct in6_addr *service);

/**
 * connection_move() - Move what there is, both ways, but not endlessly
 *
 * Return: 1 (there may be more), 0, or a negative errno: to be reset
 */
int connection_move(struct connection *c, struct pipes *pipes);

/* connection_is_over() - whether both ends have said all, and been told so */
bool connection_is_over(const struct connection *c);

/* connection_close() - close both ends, so that @reset is what they see, or the end of the stream
 */
void connection_close(struct connection *c, struct pipes *pipes, bool reset);

/* connection_limit() - let its buffers take so many bytes each, from now on */
void connection_limit(const struct end *end, int size);

#endif
