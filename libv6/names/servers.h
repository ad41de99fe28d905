/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each DNS server did during one look-up, told by what passed through its socket. */
#ifndef V6_NAMES_SERVERS_H
#define V6_NAMES_SERVERS_H

#include <stdbool.h>

#include <netinet/in.h>

#include <libv6/base.h>

/* Servers that are told apart; glibc reads three (MAXNS), c-ares any number. */
#define V6_SERVERS_MAX 8

/* What a server did last. FAILED: any response code but NOERROR, NXDOMAIN and REFUSED. */
enum v6_verdict {
	V6_SERVER_UNASKED,
	V6_SERVER_SILENT,
	V6_SERVER_ANSWERED,
	V6_SERVER_REFUSED,
	V6_SERVER_FAILED,
	V6_SERVER_CLOSED,
	V6_SERVER_UNREACHABLE,
};

union v6_server_address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/**
 * struct v6_server - One DNS server
 * @address:	With its port
 * @fd:		Socket that it was last asked through, -1 when closed; borrowed
 * @stream:	@fd is TCP
 * @verdict:	What it did last
 * @rcode:	Of its last answer
 */
struct v6_server {
	union v6_server_address address;
	int fd;
	bool stream;
	enum v6_verdict verdict;
	unsigned int rcode;
};

/**
 * struct v6_servers - All that were asked; start with all zero
 * @n:		Of @list; more servers than there is room for are not noted
 * @opened:	Sockets asked for; 0 where DNS took no part
 * @answered:	Index + 1 of the last that gave an answer of use, 0 for none
 */
struct v6_servers {
	struct v6_server list[V6_SERVERS_MAX];
	size_t n, opened, answered;
};

/* v6_server_by_fd() - The server behind a socket; NULL where that is not noted */
struct v6_server *v6_server_by_fd(struct v6_servers *servers, int fd);

/**
 * v6_server_connecting() - Note that a server is about to be connected to
 * @address:	Of @len bytes, AF_INET or AF_INET6
 * @fd:		The socket
 * @stream:	It is TCP, which may never get as far as sending: silent from now on
 *
 * Return: the server, NULL where there is no room for it
 */
struct v6_server *v6_server_connecting(struct v6_servers *servers, const struct sockaddr *address,
				       socklen_t len, int fd, bool stream);

/* v6_server_error() - Note what errno says about @server, which may be NULL; errno is kept */
void v6_server_error(struct v6_server *server);

/**
 * v6_server_answer() - Note what a server sent
 * @server:	One of @servers
 * @data:	@len bytes, untrusted. Only UDP is looked into: a stream may come in pieces.
 */
void v6_server_answer(struct v6_servers *servers, struct v6_server *server, const uint8_t *data,
		      size_t len);

/* v6_server_is_outdone() - Whether it was silent when it was asked last, and another one answered
 */
bool v6_server_is_outdone(const struct v6_servers *servers, const struct v6_server *server);

/**
 * v6_servers_source() - Who gave the answer that a look-up ended with
 * @ret_name:	The server's address; room for INET6_ADDRSTRLEN; set where true is returned
 *
 * Return: whether it can have been a server: one has answered, and not that there is no such name
 */
bool v6_servers_source(const struct v6_servers *servers, char *ret_name);

/* v6_servers_count() - How many did that last */
size_t v6_servers_count(const struct v6_servers *servers, enum v6_verdict verdict);

/* struct v6_servers_text - Text for a message, by value, so that it can be an argument of printf()
 */
struct v6_servers_text {
	char s[sizeof(((struct v6_error *)NULL)->text)];
};

/**
 * v6_servers_describe() - Say who was asked and what came of it
 *
 * Return: ": ADDRESS does not answer, nothing listens on ADDRESS", cut where it is too long; empty
 * where nobody was asked
 */
struct v6_servers_text v6_servers_describe(const struct v6_servers *servers);

#endif
