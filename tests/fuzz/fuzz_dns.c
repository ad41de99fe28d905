/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers of a DNS server, to a look-up as a whole. The library's sockets are one end of a pair
 * here; what it asks is answered at once with a piece of the input, whose first byte is
 *
 *	0	records behind a header and the question that fit the query; the next four bytes are
 *		flags, and the numbers of answers and of additional records
 *	1	the rest as it is, but for the query's id; 2: as it is
 *	3	nothing
 *	4	datagrams of one byte without end, whatever was asked for first
 *
 * The first one has more bits: 16 for a name that search domains are added to, 32 where nothing
 * listens, 64 where nothing can be sent.
 */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <libv6/names.h>

#include "base/address.h"
#include "fuzz.h"

#define NAME	    "web3.example.test."
#define RELATIVE    "web3"
#define HEADER	    12
#define ANSWER_MAX  65536
#define FDS	    64
#define PATIENCE_MS 3

/* struct line - one of the library's sockets */
struct line {
	struct sockaddr_storage server;
	socklen_t server_size;
	int peer;
	bool stream;
};

static struct line lines[FDS];
static struct fuzz_input input;
static bool flooded;
static uint8_t trouble;

/* In place of libc's; see the Makefile */
int __wrap_socket(int family, int type, int protocol);
int __wrap_close(int fd);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags);
ssize_t __wrap_recvfrom(int fd, void *data, size_t size, int flags, struct sockaddr *from,
			socklen_t *from_size);
int __real_close(int fd);
ssize_t __real_recvfrom(int fd, void *data, size_t size, int flags, struct sockaddr *from,
			socklen_t *from_size);

int __wrap_socket(int family, int type, int protocol)
{
	int ends[2];

	(void)family;
	(void)protocol;
	must(socketpair(AF_UNIX, type, 0, ends) == 0 && ends[0] < FDS);
	lines[ends[0]] = (struct line){.peer = ends[1], .stream = (type & 0xf) == SOCK_STREAM};
	return ends[0];
}

int __wrap_close(int fd)
{
	if (fd < FDS && lines[fd].peer) {
		__real_close(lines[fd].peer);
		lines[fd].peer = 0;
	}
	return __real_close(fd);
}

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size)
{
	memcpy(&lines[fd].server, address, size);
	lines[fd].server_size = size;
	errno = ECONNREFUSED;
	return trouble & 32 ? -1 : 0;
}

/* question_size() - of the one name, type and class behind a query's header */
static size_t question_size(const uint8_t *query, size_t size)
{
	size_t at = HEADER;

	while (at < size && query[at])
		at += query[at] + 1U;
	return at + 5 <= size ? at + 5 - HEADER : 0;
}

static size_t compose(uint8_t *answer, size_t room, struct fuzz_input piece, const uint8_t *query,
		      size_t query_size)
{
	uint8_t kind = fuzz_byte(&piece) & 3;
	size_t size = 0;

	if (kind == 0) {
		memset(answer, 0, HEADER);
		answer[2] = 0x80 | fuzz_byte(&piece);
		answer[3] = fuzz_byte(&piece);
		answer[5] = 1;
		answer[7] = fuzz_byte(&piece);
		answer[11] = fuzz_byte(&piece);
		size = question_size(query, query_size);
		memcpy(answer + HEADER, query + HEADER, size);
		size += HEADER;
	}
	if (piece.size > room - size)
		piece.size = room - size;
	memcpy(answer + size, piece.data, piece.size);
	size += piece.size;
	if (kind < 2 && size >= 2)
		memcpy(answer, query, 2);
	return size;
}

static void answer(const struct line *line, const uint8_t *query, size_t query_size)
{
	static uint8_t text[2 + ANSWER_MAX];
	struct fuzz_input piece = fuzz_piece(&input);
	size_t size, prefix = line->stream ? 2 : 0;

	flooded |= piece.size > 0 && *piece.data == 4;
	if (query_size < prefix + HEADER || piece.size == 0 || (*piece.data & 3) == 3)
		return;
	size = compose(text + prefix, ANSWER_MAX - 1, piece, query + prefix, query_size - prefix);
	text[0] = line->stream ? (uint8_t)(size >> 8) : text[0];
	text[1] = line->stream ? (uint8_t)size : text[1];
	send(line->peer, text, size + prefix, MSG_DONTWAIT | MSG_NOSIGNAL);
}

ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags)
{
	uint8_t query[1024];
	size_t i, size = 0;

	must(flags & MSG_NOSIGNAL);
	for (i = 0; i < message->msg_iovlen; i++) {
		must(message->msg_iov[i].iov_len <= sizeof(query) - size);
		memcpy(query + size, message->msg_iov[i].iov_base, message->msg_iov[i].iov_len);
		size += message->msg_iov[i].iov_len;
	}
	errno = ENETUNREACH;
	if (trouble & 64)
		return -1;
	answer(&lines[fd], query, size);
	return (ssize_t)size;
}

ssize_t __wrap_recvfrom(int fd, void *data, size_t size, int flags, struct sockaddr *from,
			socklen_t *from_size)
{
	if (from) {
		memcpy(from, &lines[fd].server, lines[fd].server_size);
		*from_size = lines[fd].server_size;
	}
	if (flooded && !lines[fd].stream) {
		memset(data, 'x', 1);
		return 1;
	}
	return __real_recvfrom(fd, data, size, flags | MSG_DONTWAIT, NULL, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct in6_addr addresses[V6_NAMES_ADDRESSES_MAX];
	struct v6_names_source source;
	struct v6_error err = {0};
	size_t n = 0, i, j;
	int ret;

	input = (struct fuzz_input){data, size};
	flooded = false;
	trouble = size > 2 ? data[2] : 0;
	ret = v6_names_resolve(trouble & 16 ? RELATIVE : NAME, PATIENCE_MS, 1, addresses, &n,
			       &source, &err);
	fuzz_check(ret, &err);
	if (ret < 0)
		return 0;
	must(n >= 1 && n <= V6_NAMES_ADDRESSES_MAX);
	for (i = 0; i < n; i++)
		for (j = 0; j < i; j++)
			must(!v6_address_equal(&addresses[i], &addresses[j]));
	return 0;
}
