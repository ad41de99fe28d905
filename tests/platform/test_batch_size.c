/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A batch larger than the socket's send buffer is -EMSGSIZE, and nothing is done; root may enlarge
 * the buffer beyond net.core.wmem_max.
 *
 * v6_batch_commit() in kernel/nl.c does so: a container may claim a thousand ports.
 *
 * Kernel: netlink_sendmsg() in net/netlink/af_netlink.c; SO_SNDBUFFORCE in socket(7).
 */
#include "element.h"

#define MANY 4000

static int add_many(struct v6_nl *nl, bool enlarge)
{
	struct v6_batch auto_call(v6_batch_release) batch;
	uint16_t port;
	int size;

	v6_batch_begin(&batch, nl);
	for (port = 1; port <= MANY; port++)
		batch_put(&batch, NFT_MSG_NEWSETELEM, NLM_F_CREATE | NLM_F_EXCL,
			  service(port, port));
	batch_end(&batch);
	size = (int)batch.size * 2;
	if (enlarge && setsockopt(mnl_socket_get_fd(nl->socket), SOL_SOCKET, SO_SNDBUFFORCE, &size,
				  sizeof(size)) < 0)
		return -errno;
	nl->seq = batch.first_seq + batch.n_messages;
	if (mnl_socket_sendto(nl->socket, batch.buffer, batch.size) < 0)
		return -errno;
	return batch_replies(nl, 0, NULL);
}

int main(void)
{
	struct v6_nl nl;
	int small = 4096;

	plan(4);
	netns_new();
	nl = nl_open(NETLINK_NETFILTER);
	table_new(&nl);
	need(setsockopt(mnl_socket_get_fd(nl.socket), SOL_SOCKET, SO_SNDBUF, &small,
			sizeof(small)) == 0,
	     "send buffer");

	is(add_many(&nl, false), -EMSGSIZE, "larger than the send buffer");
	is(target_port(&nl, 1), -ENOENT, "nothing is done");
	is(add_many(&nl, true), 0, "with a larger send buffer");
	is(target_port(&nl, MANY), MANY, "it is done to the last");
	v6_nl_close(&nl);
	return done();
}
