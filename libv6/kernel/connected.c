/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UDP sockets that are connected to one other end, by the kernel's socket monitoring (sock_diag).
 */
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "kernel/connected.h"
#include "kernel/nl.h"

/* enum in linux/include/net/tcp_states.h; UDP has it where connect() was called */
#define STATE_ESTABLISHED 1

struct connected_visit {
	int (*visit)(const struct v6_connected *connected, void *data);
	void *data;
};

static int visit_connected(const struct nlmsghdr *message, void *data)
{
	const struct inet_diag_msg *socket = v6_nl_header(message, sizeof(*socket));
	const struct connected_visit *visit = data;
	struct v6_connected connected;

	if (!socket || socket->idiag_family != AF_INET6)
		return MNL_CB_OK;
	memcpy(&connected.local, socket->id.idiag_src, sizeof(connected.local));
	memcpy(&connected.remote, socket->id.idiag_dst, sizeof(connected.remote));
	connected.local_port = ntohs(socket->id.idiag_sport);
	connected.remote_port = ntohs(socket->id.idiag_dport);
	return v6_nl_answer(visit->visit(&connected, visit->data));
}

int v6_connected_some(int (*visit)(const struct v6_connected *connected, void *data), void *data,
		      struct v6_error *err)
{
	struct v6_nl auto_call(v6_nl_close) nl = {0};
	struct connected_visit all = {visit, data};
	union v6_nl_message request = {{0}};
	struct nlmsghdr *header = mnl_nlmsg_put_header(request.bytes);
	struct inet_diag_req_v2 *filter;
	int ret = v6_nl_open(NETLINK_SOCK_DIAG, &nl, err);

	if (ret < 0)
		return ret;
	header->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	header->nlmsg_flags = NLM_F_DUMP;
	filter = mnl_nlmsg_put_extra_header(header, sizeof(*filter));
	filter->sdiag_family = AF_INET6;
	filter->sdiag_protocol = IPPROTO_UDP;
	filter->idiag_states = 1U << STATE_ESTABLISHED;
	ret = v6_nl_glimpse(&nl, header, visit_connected, &all);
	if (ret < 0)
		return v6_fail(
			err, ret,
			"cannot list connected udp sockets: %s; load it with modprobe udp_diag",
			v6_strerror(ret));
	return ret;
}
