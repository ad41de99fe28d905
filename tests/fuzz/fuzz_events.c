/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events of nf_tables and, behind an empty piece, of rtnetlink, as v6d hears them. */
#include "watch/events.h"
#include "reply.h"

static void visit(const struct v6_event *event, void *data)
{
	size_t *n = data;

	must(event->kind <= V6_EVENT_LEFT);
	must(event->prefix.length <= 128);
	must(strnlen(event->name, sizeof(event->name)) < sizeof(event->name));
	(*n)++;
}

ssize_t __wrap_recv(int fd, void *buffer, size_t size, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *message, int flags);

/* As recv(), of some container's network namespace */
ssize_t __wrap_recvmsg(int fd, struct msghdr *message, int flags)
{
	struct cmsghdr *control = CMSG_FIRSTHDR(message);
	int netns = 7;

	must(message->msg_iovlen == 1 && message->msg_controllen >= CMSG_SPACE(sizeof(netns)));
	*control = (struct cmsghdr){
		.cmsg_level = SOL_NETLINK,
		.cmsg_type = NETLINK_LISTEN_ALL_NSID,
		.cmsg_len = CMSG_LEN(sizeof(netns)),
	};
	memcpy(CMSG_DATA(control), &netns, sizeof(netns));
	message->msg_controllen = CMSG_SPACE(sizeof(netns));
	return __wrap_recv(fd, message->msg_iov->iov_base, message->msg_iov->iov_len, flags);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct v6_nl *nl = reply_begin((struct fuzz_input){data, size});
	struct v6_events events = {*nl, *nl, *nl};
	size_t n = 0;

	must(v6_events_read(&events, visit, &n) == 0);
	reply_end();
	return 0;
}
