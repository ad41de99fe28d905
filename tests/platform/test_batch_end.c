/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A batch without its end mark is acknowledged, message by message, and then undone.
 *
 * So v6_batch_next() in kernel/nl.c keeps room for the mark from the start: the replies would never
 * tell.
 *
 * Kernel: nfnetlink_rcv_batch() in net/netfilter/nfnetlink.c.
 */
#include "element.h"

static void send_element(struct v6_nl *nl, bool with_end)
{
	struct v6_batch auto_call(v6_batch_release) batch;

	v6_batch_begin(&batch, nl);
	batch_put(&batch, NFT_MSG_NEWSETELEM, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK,
		  service(80, 8080));
	if (with_end)
		batch_end(&batch);
	batch_send(&batch, nl);
}

int main(void)
{
	struct v6_nl nl;

	plan(4);
	netns_new();
	nl = nl_open(NETLINK_NETFILTER);
	table_new(&nl);

	send_element(&nl, false);
	is(batch_replies(&nl, 0, NULL), 1, "no end mark: acknowledged");
	is(target_port(&nl, 80), -ENOENT, "no end mark: not done");
	send_element(&nl, true);
	is(batch_replies(&nl, 0, NULL), 1, "end mark: acknowledged");
	is(target_port(&nl, 80), 8080, "end mark: done");
	v6_nl_close(&nl);
	return done();
}
