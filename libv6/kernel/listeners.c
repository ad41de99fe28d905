/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets that wait for clients, by the kernel's socket monitoring (sock_diag). */
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/socket.h>

#include <libv6/kernel.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "kernel/netns.h"
#include "kernel/nl.h"

/* Socket states, enum in linux/include/net/tcp_states.h; UDP has CLOSE where it is not connected,
 * and SCTP's LISTENING is TCP's
 */
#define STATE_CLOSE  7
#define STATE_LISTEN 10

struct visit {
	uint8_t protocol;
	uint16_t port;
	int (*visit)(const struct v6_listener *listener, void *data);
	void *data;
};

static struct in6_addr address_of(const struct inet_diag_msg *socket)
{
	struct in6_addr address = {.s6_addr = {[10] = 0xff, 0xff}};

	if (socket->idiag_family == AF_INET)
		memcpy(&address.s6_addr[12], socket->id.idiag_src, 4);
	else
		memcpy(&address, socket->id.idiag_src, sizeof(address));
	return address;
}

static int visit_socket(const struct nlmsghdr *message, void *data)
{
	const struct inet_diag_msg *socket = v6_nl_header(message, sizeof(*socket));
	const struct visit *visit = data;
	const struct nlattr *attr;
	struct v6_listener listener;
	uint8_t v6only = 0;
	int ret;

	if (!socket)
		return MNL_CB_OK;
	listener = (struct v6_listener){
		.protocol = visit->protocol,
		.family = socket->idiag_family,
		.address = address_of(socket),
		.port = ntohs(socket->id.idiag_sport),
		.link = (int)socket->id.idiag_if,
		.uid = socket->idiag_uid,
		.inode = socket->idiag_inode,
	};
	if (listener.port == 0)
		return MNL_CB_OK;
	mnl_attr_for_each (attr, message, sizeof(*socket))
		if (mnl_attr_get_type(attr) == INET_DIAG_SKV6ONLY)
			V6_NL_VALUE(attr, &v6only);
	listener.v6only = v6only;

	ret = visit->visit(&listener, visit->data);
	if (ret < 0)
		errno = -ret;
	return ret < 0 ? MNL_CB_ERROR : MNL_CB_OK;
}

static int visit_family(struct v6_nl *nl, uint8_t family, struct visit *visit)
{
	union v6_nl_message request = {{0}};
	struct nlmsghdr *header = mnl_nlmsg_put_header(request.bytes);
	struct inet_diag_req_v2 *filter;

	header->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	header->nlmsg_flags = NLM_F_DUMP;
	filter = mnl_nlmsg_put_extra_header(header, sizeof(*filter));
	filter->sdiag_family = family;
	filter->sdiag_protocol = visit->protocol;
	filter->idiag_states = 1U << (visit->protocol == IPPROTO_UDP ? STATE_CLOSE : STATE_LISTEN);
	filter->id.idiag_sport = htons(visit->port);
	return v6_nl_dump(nl, header, visit_socket, NULL, visit);
}

static int open_socket(void *data, struct v6_error *err)
{
	return v6_nl_open(NETLINK_SOCK_DIAG, data, err);
}

int v6_listeners_each(int netns, uint8_t protocol, uint16_t port,
		      int (*visit)(const struct v6_listener *listener, void *data), void *data,
		      struct v6_error *err)
{
	struct v6_nl auto_call(v6_nl_close) nl = {0};
	struct visit all = {protocol, port, visit, data};
	int ret = v6_netns_call(netns, open_socket, &nl, err);

	if (ret < 0)
		return ret;
	ret = visit_family(&nl, AF_INET6, &all);
	if (ret == 0)
		ret = visit_family(&nl, AF_INET, &all);
	if (ret == -ENOENT)
		return v6_fail(err, ret,
			       "this kernel can't list %s sockets; load it with modprobe %s_diag",
			       v6_protocol_name(protocol), v6_protocol_name(protocol));
	if (ret < 0)
		return v6_fail(err, ret, "cannot list %s sockets: %s", v6_protocol_name(protocol),
			       v6_strerror(ret));
	return 0;
}

bool v6_listener_hears(const struct v6_listener *listener, const struct in6_addr *address,
		       uint16_t port)
{
	return listener->family == AF_INET6 && listener->port == port &&
	       (IN6_IS_ADDR_UNSPECIFIED(&listener->address) ||
		v6_address_equal(&listener->address, address));
}
