/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells conntrack of a connection that is older than it. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>

#include "table/flow_add.h"

/* What the kernel has for a connection with traffic both ways, by default */
#define FLOW_TIMEOUT_S 120

static void put_flow_tuple(struct nlmsghdr *request, uint16_t type, const struct v6_connected *from)
{
	struct nlattr *tuple = mnl_attr_nest_start(request, type);
	struct nlattr *part = mnl_attr_nest_start(request, CTA_TUPLE_IP);

	mnl_attr_put(request, CTA_IP_V6_SRC, sizeof(from->local), &from->local);
	mnl_attr_put(request, CTA_IP_V6_DST, sizeof(from->remote), &from->remote);
	mnl_attr_nest_end(request, part);
	part = mnl_attr_nest_start(request, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(request, CTA_PROTO_NUM, IPPROTO_UDP);
	mnl_attr_put_u16(request, CTA_PROTO_SRC_PORT, htons(from->local_port));
	mnl_attr_put_u16(request, CTA_PROTO_DST_PORT, htons(from->remote_port));
	mnl_attr_nest_end(request, part);
	mnl_attr_nest_end(request, tuple);
}

int v6_flow_add(struct v6_nl *nl, const struct v6_connected *connected)
{
	const struct v6_connected back = {connected->remote, connected->local,
					  connected->remote_port, connected->local_port};
	union v6_nl_message request = {{0}};
	struct nlmsghdr *header = mnl_nlmsg_put_header(request.bytes);
	struct nfgenmsg *info = mnl_nlmsg_put_extra_header(header, sizeof(*info));
	int ret;

	header->nlmsg_type = (NFNL_SUBSYS_CTNETLINK << 8) | IPCTNL_MSG_CT_NEW;
	header->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
	info->nfgen_family = AF_INET6;
	info->version = NFNETLINK_V0;
	put_flow_tuple(header, CTA_TUPLE_ORIG, connected);
	put_flow_tuple(header, CTA_TUPLE_REPLY, &back);
	mnl_attr_put_u32(header, CTA_STATUS, htonl(IPS_CONFIRMED | IPS_SEEN_REPLY | IPS_ASSURED));
	mnl_attr_put_u32(header, CTA_TIMEOUT, htonl(FLOW_TIMEOUT_S));
	ret = v6_nl_talk(nl, header, NULL, NULL);
	return ret == -EEXIST ? 0 : ret;
}
