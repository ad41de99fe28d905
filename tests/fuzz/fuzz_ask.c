/* SPDX-License-Identifier: GPL-2.0-or-later */
/* v6d's answers to a user's program: pieces of an input, one message each; 255 and another byte
 * are a failed call.
 */
#include <errno.h>
#include <sys/socket.h>

#include <libv6/apply.h>
#include <libv6/ipc.h>

#include "store/host.h"
#include "fuzz.h"

static struct fuzz_input input;
static const int errors[] = {EINTR, EAGAIN, ECONNRESET};

/* In place of libc's: v6d's end */
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags);
ssize_t __wrap_recv(int fd, void *buffer, size_t size, int flags);

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size)
{
	must(fd >= 0 && address->sa_family == AF_UNIX && size > sizeof(sa_family_t));
	errno = ECONNREFUSED;
	return input.size > 0 ? 0 : -1;
}

ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags)
{
	must(fd >= 0 && message->msg_iovlen == 3 && (flags & MSG_NOSIGNAL));
	return 1;
}

ssize_t __wrap_recv(int fd, void *buffer, size_t size, int flags)
{
	struct fuzz_input piece = fuzz_piece(&input);

	must(fd >= 0 && flags == 0);
	if (piece.size == 2 && *piece.data == 0xff) {
		errno = errors[piece.data[1] % V6_ARRAY_SIZE(errors)];
		return -1;
	}
	if (piece.size > size)
		piece.size = size;
	if (piece.size > 0)
		memcpy(buffer, piece.data, piece.size);
	return (ssize_t)piece.size;
}

static void warn(const char *text, void *data)
{
	(void)data;
	must(fuzz_is_harmless(text));
}

static int visit(const struct v6_record *record, bool alive, void *data)
{
	struct v6_host *host = data;
	struct v6_claim_look look;
	size_t i;

	must(record->n_services >= 1 && record->n_maps >= 1);
	must(strnlen(record->id, sizeof(record->id)) < sizeof(record->id));
	for (i = 0; i < record->n_services * record->n_maps && i < host->told.n; i++)
		v6_claim_look(host, record, alive, i / record->n_maps, i % record->n_maps, &look,
			      NULL);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct v6_host *shared = fuzz_host();
	struct v6_host host = *shared;
	struct v6_error err = {0};

	input = (struct fuzz_input){data, size};
	fuzz_check(v6_socket_ask("/run/v6d", V6_SOCKET_BIND, "{}", 2, warn, NULL, &err), &err);

	input = (struct fuzz_input){data, size};
	err = (struct v6_error){0};
	host.dir = -1;
	host.unread = (struct v6_error){.code = -EACCES, .text = "records: not allowed"};
	v6_records_seen_each(&host, visit, &host, &err);
	must(!host.told.looks);
	return 0;
}
