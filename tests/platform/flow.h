/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Conntrack entries, for the programs about flows. */
#ifndef TESTS_PLATFORM_FLOW_H
#define TESTS_PLATFORM_FLOW_H

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>

#include "netns.h"

/* struct flow - a UDP flow of 2001:db8::10 to a service, with port translation or without */
struct flow {
	const char *service;
	uint16_t service_port;
	const char *target;
	uint16_t target_port;
};

#define CLIENT	    "2001:db8::10"
#define CLIENT_PORT 40000

static inline struct nlmsghdr *flow_request(union v6_nl_message *message, uint16_t type,
					    uint16_t flags)
{
	struct nlmsghdr *request = mnl_nlmsg_put_header(message->bytes);
	struct nfgenmsg *info = mnl_nlmsg_put_extra_header(request, sizeof(*info));

	request->nlmsg_type = (NFNL_SUBSYS_CTNETLINK << 8) | type;
	request->nlmsg_flags = flags;
	info->nfgen_family = AF_INET6;
	return request;
}

static inline void flow_put_tuple(struct nlmsghdr *request, uint16_t type, const char *source,
				  uint16_t source_port, const char *destination, uint16_t port)
{
	struct in6_addr from = address(source), to = address(destination);
	struct nlattr *tuple = mnl_attr_nest_start(request, type), *part;

	part = mnl_attr_nest_start(request, CTA_TUPLE_IP);
	mnl_attr_put(request, CTA_IP_V6_SRC, sizeof(from), &from);
	mnl_attr_put(request, CTA_IP_V6_DST, sizeof(to), &to);
	mnl_attr_nest_end(request, part);
	part = mnl_attr_nest_start(request, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(request, CTA_PROTO_NUM, IPPROTO_UDP);
	mnl_attr_put_u16(request, CTA_PROTO_SRC_PORT, htons(source_port));
	mnl_attr_put_u16(request, CTA_PROTO_DST_PORT, htons(port));
	mnl_attr_nest_end(request, part);
	mnl_attr_nest_end(request, tuple);
}

static inline void flow_put_original(struct nlmsghdr *request, const struct flow *flow)
{
	flow_put_tuple(request, CTA_TUPLE_ORIG, CLIENT, CLIENT_PORT, flow->service,
		       flow->service_port);
}

/* flow_put_target() - where it is led to by NAT; the kernel makes the other direction of it */
static inline void flow_put_target(struct nlmsghdr *request, const struct flow *flow)
{
	struct nlattr *nat = mnl_attr_nest_start(request, CTA_NAT_DST), *part;
	struct in6_addr to = address(flow->target);

	mnl_attr_put(request, CTA_NAT_V6_MINIP, sizeof(to), &to);
	mnl_attr_put(request, CTA_NAT_V6_MAXIP, sizeof(to), &to);
	part = mnl_attr_nest_start(request, CTA_NAT_PROTO);
	mnl_attr_put_u16(request, CTA_PROTONAT_PORT_MIN, htons(flow->target_port));
	mnl_attr_put_u16(request, CTA_PROTONAT_PORT_MAX, htons(flow->target_port));
	mnl_attr_nest_end(request, part);
	mnl_attr_nest_end(request, nat);
}

/* flow_new() - make an entry, as a packet would that the map sends on, or that nobody translates,
 * where service and target are one
 */
static inline void flow_new(struct v6_nl *nl, const struct flow *flow)
{
	union v6_nl_message message;
	struct nlmsghdr *request =
		flow_request(&message, IPCTNL_MSG_CT_NEW, NLM_F_CREATE | NLM_F_EXCL);

	flow_put_original(request, flow);
	flow_put_tuple(request, CTA_TUPLE_REPLY, flow->service, flow->service_port, CLIENT,
		       CLIENT_PORT);
	if (strcmp(flow->service, flow->target) != 0)
		flow_put_target(request, flow);
	mnl_attr_put_u32(request, CTA_TIMEOUT, htonl(600));
	errno = -v6_nl_talk(nl, request, NULL, NULL);
	need(errno == 0, "a flow");
}

#endif
