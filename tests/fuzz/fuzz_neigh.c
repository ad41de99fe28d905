/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Neighbour advertisements, as machines of the link send them: pieces of an input are what
 * recvmsg() brings. The first byte of a piece: 1 with a hop limit of 255, 2 with another one, 4
 * with the link, 8 with a link that was not asked.
 */
#include <errno.h>
#include <sys/socket.h>

#include "plan/dad.h"
#include "fuzz.h"

static struct fuzz_input input;
static unsigned int received;

static void put_control(struct msghdr *message, struct cmsghdr **part, int type, const void *data,
			size_t size)
{
	struct cmsghdr *at = *part;

	must(at);
	at->cmsg_level = IPPROTO_IPV6;
	at->cmsg_type = type;
	at->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(at), data, size);
	*part = CMSG_NXTHDR(message, at);
}

static void put_controls(struct msghdr *message, uint8_t kind)
{
	struct in6_pktinfo info = {.ipi6_ifindex = kind & 8 ? 3 : 2};
	size_t room = message->msg_controllen, used = 0;
	int hops = kind & 2 ? 64 : 255;
	struct cmsghdr *part;

	memset(message->msg_control, 0, room);
	part = CMSG_FIRSTHDR(message);
	if (kind & 12) {
		put_control(message, &part, IPV6_PKTINFO, &info, sizeof(info));
		used += CMSG_SPACE(sizeof(info));
	}
	if (kind & 3) {
		put_control(message, &part, IPV6_HOPLIMIT, &hops, sizeof(hops));
		used += CMSG_SPACE(sizeof(hops));
	}
	message->msg_controllen = used;
}

/* In place of libc's; see the Makefile */
ssize_t __wrap_recvmsg(int fd, struct msghdr *message, int flags);

ssize_t __wrap_recvmsg(int fd, struct msghdr *message, int flags)
{
	struct fuzz_input piece;
	size_t size;
	uint8_t kind;

	must(fd == 7 && (flags & MSG_DONTWAIT));
	if (input.size == 0) {
		errno = EAGAIN;
		return -1;
	}
	received++;
	piece = fuzz_piece(&input);
	kind = fuzz_byte(&piece);
	put_controls(message, kind);
	size = piece.size < message->msg_iov->iov_len ? piece.size : message->msg_iov->iov_len;
	memcpy(message->msg_iov->iov_base, piece.data, size);
	return (ssize_t)size;
}

static void ask_for(struct v6_host *host, uint8_t last)
{
	struct v6_asked *asked = &host->dad.asked[host->dad.n++];

	*asked = (struct v6_asked){.of = {.link = 2, .mac = {2, 0, 0, 0, 0, 1}}};
	asked->of.address = (struct in6_addr){.s6_addr = {0x20, 0x01, 0x0d, 0xb8, [15] = last}};
	strcpy(asked->link_name, "eth0");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct v6_host *host = fuzz_host();
	struct v6_error err = {0};
	size_t i;

	input = (struct fuzz_input){data, size};
	host->dad.fd = 7;
	host->dad.n = 0;
	ask_for(host, 3);
	ask_for(host, 4);
	for (i = 0; i < host->dad.n; i++)
		fuzz_check(v6_dad_check(host, &host->dad.asked[i].of.address, &err), &err);
	host->dad.fd = -1;
	return 0;
}
