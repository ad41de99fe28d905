/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <linux/netlink.h>
#include <sanitizer/asan_interface.h>
#include <sys/socket.h>
#include <unistd.h>

#include "reply.h"

static struct fuzz_input replies;

/* What of the last buffer holds nothing */
static char *stale;
static size_t stale_size;

ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *nl, const void *data, size_t size);
ssize_t __wrap_mnl_socket_recvfrom(const struct mnl_socket *nl, void *buffer, size_t size);
ssize_t __wrap_recv(int fd, void *buffer, size_t size, int flags);

struct v6_nl *reply_begin(struct fuzz_input input)
{
	static struct v6_nl nl;
	static int peer = -1;
	int ends[2];

	/* at first, and after the library has closed it */
	if (!nl.socket) {
		close(peer);
		must(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) == 0);
		nl.socket = mnl_socket_fdopen(ends[0]);
		must(nl.socket);
		peer = ends[1];
	}
	replies = input;
	nl.seq = 1;
	return &nl;
}

void reply_end(void)
{
	ASAN_UNPOISON_MEMORY_REGION(stale, stale_size);
	stale_size = 0;
}

ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *nl, const void *data, size_t size)
{
	const struct nlmsghdr *message = data;

	reply_end();
	must(nl && size >= sizeof(*message) && message->nlmsg_len <= size);
	return (ssize_t)size;
}

static size_t fill(void *buffer, size_t room)
{
	struct fuzz_input piece = fuzz_piece(&replies);
	size_t size = piece.size < room ? piece.size : room, padded = MNL_ALIGN(size);

	reply_end();
	memset(buffer, 0, padded);
	memcpy(buffer, piece.data, size);
	/* libmnl goes by lengths that are rounded up, as the kernel's are */
	stale = (char *)buffer + padded;
	stale_size = room - padded;
	ASAN_POISON_MEMORY_REGION(stale, stale_size);
	return size;
}

ssize_t __wrap_mnl_socket_recvfrom(const struct mnl_socket *nl, void *buffer, size_t size)
{
	struct nlmsghdr done = {.nlmsg_len = sizeof(done) + 4, .nlmsg_type = NLMSG_DONE};

	must(nl);
	if (replies.size > 0)
		return (ssize_t)fill(buffer, size);
	reply_end();
	memset(buffer, 0, sizeof(done) + 4);
	memcpy(buffer, &done, sizeof(done));
	return sizeof(done) + 4;
}

/* As the library drains what a transaction brought, what a failed exchange left, and events: an
 * empty piece is the end for now
 */
ssize_t __wrap_recv(int fd, void *buffer, size_t size, int flags)
{
	size_t n = replies.size > 0 ? fill(buffer, size) : 0;

	must(fd >= 0 && (flags & MSG_DONTWAIT));
	errno = EAGAIN;
	return n > 0 ? (ssize_t)n : -1;
}
