/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All replies to a batch are queued before send() returns, a success has none, and a batch that is
 * refused whole has one. What does not fit the receive buffer is lost: recv() says -ENOBUFS once,
 * and the replies before are still there.
 *
 * v6_batch_commit() in kernel/nl.c reads until there is nothing, without waiting or counting.
 *
 * Kernel: nfnetlink_rcv(), nfnl_err_deliver() in net/netfilter/nfnetlink.c, netlink_overrun() in
 * net/netlink/af_netlink.c.
 */
#include <linux/capability.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "element.h"

#define FEW	   100
#define MANY	   2000
#define REPLY_ROOM 2048 /* in memory, with the socket layer's own */

/* refuse() - send a batch of which each message is refused */
static void refuse(struct v6_nl *nl, int n)
{
	struct v6_batch auto_call(v6_batch_release) batch;
	int i, size = n * 1024;

	need(setsockopt(mnl_socket_get_fd(nl->socket), SOL_SOCKET, SO_SNDBUFFORCE, &size,
			sizeof(size)) == 0,
	     "send buffer");
	v6_batch_begin(&batch, nl);
	for (i = 0; i < n; i++)
		batch_put(&batch, NFT_MSG_NEWSETELEM, NLM_F_CREATE | NLM_F_EXCL, service(80, 1));
	batch_end(&batch);
	batch_send(&batch, nl);
}

static void drop_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};

	if (syscall(SYS_capset, &header, none) < 0)
		_exit(99);
}

/* replies_unprivileged() - how often a batch of somebody without capabilities is answered -EPERM */
static int replies_unprivileged(struct v6_nl *nl)
{
	struct v6_batch auto_call(v6_batch_release) batch;
	pid_t pid = fork();
	int i, status = 0;

	if (pid == 0) {
		drop_capabilities();
		v6_batch_begin(&batch, nl);
		for (i = 0; i < FEW; i++)
			batch_put(&batch, NFT_MSG_NEWSETELEM, NLM_F_CREATE, service(81, 1));
		batch_end(&batch);
		batch_send(&batch, nl);
		_exit(batch_replies(nl, -EPERM, NULL));
	}
	batch.buffer = NULL;
	need(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status), "child");
	return WEXITSTATUS(status);
}

int main(void)
{
	int n, last = 0, room = MANY * REPLY_ROOM;
	struct v6_nl nl;

	plan(8);
	netns_new();
	nl = nl_open(NETLINK_NETFILTER);
	table_new(&nl);
	is(batch_replies(&nl, 0, NULL), 0, "a success has no reply");
	need(commit(&nl, service(80, 1)) == 0, "an element");

	refuse(&nl, FEW);
	is(batch_replies(&nl, -EEXIST, &last), FEW, "all replies are there when send() returns");
	is(last, -EAGAIN, "and then nothing");
	is(replies_unprivileged(&nl), 1, "a batch refused whole has one reply");

	refuse(&nl, MANY);
	n = batch_replies(&nl, -EEXIST, &last);
	ok(n == 0 && last == -ENOBUFS, "too many replies: first comes -ENOBUFS");
	n = batch_replies(&nl, -EEXIST, &last);
	ok(n > FEW && n < MANY && last == -EAGAIN, "then those that had room");

	need(setsockopt(mnl_socket_get_fd(nl.socket), SOL_SOCKET, SO_RCVBUFFORCE, &room,
			sizeof(room)) == 0,
	     "receive buffer");
	refuse(&nl, MANY);
	is(batch_replies(&nl, -EEXIST, &last), MANY, "a larger receive buffer has room for all");
	is(last, -EAGAIN, "and then nothing");
	v6_nl_close(&nl);
	return done();
}
