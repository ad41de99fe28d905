/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proxy neighbours: addresses that the host answers for on a link. */
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <string.h>

#include "kernel/ifaddr.h"
#include "kernel/proxy.h"

#define ATTRIBUTE_PROTOCOL 12 /* NDA_PROTOCOL; not in the headers of older distributions */

static struct ndmsg *request_proxy(union v6_nl_message *request, uint16_t type, uint16_t flags,
				   const struct v6_proxy *proxy)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(request->bytes);
	struct ndmsg *info = mnl_nlmsg_put_extra_header(header, sizeof(*info));

	header->nlmsg_type = type;
	header->nlmsg_flags = flags;
	info->ndm_family = AF_INET6;
	info->ndm_flags = NTF_PROXY;
	if (proxy) {
		info->ndm_ifindex = proxy->link;
		mnl_attr_put(header, NDA_DST, sizeof(proxy->address), &proxy->address);
	}
	return info;
}

int v6_proxy_add(struct v6_nl *nl, const struct v6_proxy *proxy)
{
	union v6_nl_message request = {{0}};

	request_proxy(&request, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, proxy)->ndm_state =
		NUD_PERMANENT;
	mnl_attr_put_u8(&request.header, ATTRIBUTE_PROTOCOL, V6_PROTOCOL_MARK);
	return v6_nl_talk(nl, &request.header, NULL, NULL);
}

int v6_proxy_remove(struct v6_nl *nl, const struct v6_proxy *proxy)
{
	union v6_nl_message request = {{0}};

	request_proxy(&request, RTM_DELNEIGH, 0, proxy);
	return v6_nl_talk(nl, &request.header, NULL, NULL);
}

/* read_proxy() - of a message; whether it bears our mark */
static bool read_proxy(const struct nlmsghdr *message, struct v6_proxy *ret_proxy)
{
	const struct ndmsg *info = v6_nl_header(message, sizeof(*info));
	const struct nlattr *attr;
	uint8_t protocol = 0;

	if (!info)
		return false;
	*ret_proxy = (struct v6_proxy){.link = info->ndm_ifindex};
	mnl_attr_for_each (attr, message, sizeof(*info)) {
		if (mnl_attr_get_type(attr) == NDA_DST)
			V6_NL_VALUE(attr, &ret_proxy->address);
		else if (mnl_attr_get_type(attr) == ATTRIBUTE_PROTOCOL)
			V6_NL_VALUE(attr, &protocol);
	}
	return protocol == V6_PROTOCOL_MARK && info->ndm_flags & NTF_PROXY;
}

static int look_at_mark(const struct nlmsghdr *message, void *data)
{
	struct v6_proxy proxy;

	*(int *)data = read_proxy(message, &proxy) ? 1 : 2;
	return MNL_CB_OK;
}

int v6_proxy_has(struct v6_nl *nl, const struct v6_proxy *proxy)
{
	union v6_nl_message request = {{0}};
	int ret, there = 0;

	request_proxy(&request, RTM_GETNEIGH, 0, proxy);
	ret = v6_nl_talk(nl, &request.header, look_at_mark, &there);
	if (ret == 0)
		return there;
	return ret == -ENOENT || ret == -ENODEV ? 0 : ret;
}

struct visit {
	int (*visit)(const struct v6_proxy *proxy, void *data);
	void *data;
};

static int visit_proxy(const struct nlmsghdr *message, void *data)
{
	const struct visit *visit = data;
	struct v6_proxy proxy;

	if (!read_proxy(message, &proxy))
		return MNL_CB_OK;
	return v6_nl_answer(visit->visit(&proxy, visit->data));
}

int v6_proxy_each(struct v6_nl *nl, int (*visit)(const struct v6_proxy *proxy, void *data),
		  void *data)
{
	union v6_nl_message request = {{0}};
	struct visit all = {visit, data};

	request_proxy(&request, RTM_GETNEIGH, NLM_F_DUMP, NULL);
	return v6_nl_dump(nl, &request.header, visit_proxy, NULL, &all);
}
