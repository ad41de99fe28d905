/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv6 addresses of interfaces: read, added, removed, visited. */
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/address.h"
#include "kernel/ifaddr.h"

#define ATTRIBUTE_PROTO	 11 /* IFA_PROTO; not in the headers of older distributions */
#define LIFETIME_FOREVER 0xffffffffU

static void read_ifaddr_attribute(const struct nlattr *attr, struct v6_ifaddr *ifaddr)
{
	struct ifa_cacheinfo cache = {.ifa_prefered = 0};
	uint8_t protocol = 0;

	switch (mnl_attr_get_type(attr)) {
	case IFA_ADDRESS:
		V6_NL_VALUE(attr, &ifaddr->prefix.address);
		break;
	case IFA_FLAGS:
		V6_NL_VALUE(attr, &ifaddr->flags);
		break;
	case IFA_CACHEINFO:
		V6_NL_VALUE(attr, &cache);
		ifaddr->preferred = cache.ifa_prefered != 0;
		break;
	case ATTRIBUTE_PROTO:
		V6_NL_VALUE(attr, &protocol);
		ifaddr->ours = protocol == V6_PROTOCOL_MARK;
		break;
	default:
		break;
	}
}

void v6_ifaddr_read(const struct nlmsghdr *message, struct v6_ifaddr *ret_ifaddr)
{
	const struct ifaddrmsg *info = v6_nl_header(message, sizeof(*info));
	const struct nlattr *attr;

	memset(ret_ifaddr, 0, sizeof(*ret_ifaddr));
	if (!info)
		return;
	ret_ifaddr->prefix.length = info->ifa_prefixlen;
	ret_ifaddr->link = (int)info->ifa_index;
	ret_ifaddr->flags = info->ifa_flags;
	mnl_attr_for_each (attr, message, sizeof(*info))
		read_ifaddr_attribute(attr, ret_ifaddr);
}

static int keep_ifaddr(const struct nlmsghdr *message, void *data)
{
	v6_ifaddr_read(message, data);
	return MNL_CB_OK;
}

static void request_ifaddr(char *request, uint16_t type, uint16_t flags,
			   const struct v6_ifaddr *ifaddr)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(request);
	struct ifaddrmsg *info = mnl_nlmsg_put_extra_header(header, sizeof(*info));

	header->nlmsg_type = type;
	header->nlmsg_flags = flags;
	info->ifa_family = AF_INET6;
	info->ifa_prefixlen = ifaddr->prefix.length;
	info->ifa_index = (unsigned int)ifaddr->link;
	if ((flags & NLM_F_DUMP) != NLM_F_DUMP)
		mnl_attr_put(header, IFA_LOCAL, sizeof(ifaddr->prefix.address),
			     &ifaddr->prefix.address);
}

/* write_question() - on one link, or on any where @link is 0. Strict checking wants the other
 * members of a look-up to be zero
 */
static void write_question(struct v6_nl_question *question, const struct in6_addr *address,
			   int link, struct v6_ifaddr *ret_ifaddr)
{
	struct v6_ifaddr key = {.prefix = {*address, 0}, .link = link};

	*question = (struct v6_nl_question){.answer = keep_ifaddr, .data = ret_ifaddr};
	request_ifaddr(question->request.bytes, RTM_GETADDR, 0, &key);
}

static int look_ifaddr_up(struct v6_nl *nl, const struct in6_addr *address, int link,
			  struct v6_ifaddr *ret_ifaddr)
{
	struct v6_nl_question question;

	write_question(&question, address, link, ret_ifaddr);
	return v6_nl_talk(nl, &question.request.header, question.answer, question.data);
}

void v6_ifaddr_question(struct v6_nl_question *question, const struct in6_addr *address,
			struct v6_ifaddr *ret_ifaddr)
{
	write_question(question, address, 0, ret_ifaddr);
}

int v6_ifaddr_get(struct v6_nl *nl, const struct in6_addr *address, struct v6_ifaddr *ret_ifaddr)
{
	return look_ifaddr_up(nl, address, 0, ret_ifaddr);
}

int v6_ifaddr_add(struct v6_nl *nl, const struct v6_ifaddr *ifaddr)
{
	struct ifa_cacheinfo cache = {
		.ifa_prefered = ifaddr->preferred ? LIFETIME_FOREVER : 0,
		.ifa_valid = LIFETIME_FOREVER,
	};
	union v6_nl_message request = {{0}};

	request_ifaddr(request.bytes, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, ifaddr);
	mnl_attr_put_u32(&request.header, IFA_FLAGS,
			 IFA_F_NODAD | (ifaddr->prefix.length == 128 ? IFA_F_NOPREFIXROUTE : 0));
	mnl_attr_put(&request.header, IFA_CACHEINFO, sizeof(cache), &cache);
	mnl_attr_put_u8(&request.header, ATTRIBUTE_PROTO, V6_PROTOCOL_MARK);
	return v6_nl_talk(nl, &request.header, NULL, NULL);
}

int v6_ifaddr_remove(struct v6_nl *nl, const struct v6_ifaddr *ifaddr)
{
	union v6_nl_message request = {{0}};

	request_ifaddr(request.bytes, RTM_DELADDR, 0, ifaddr);
	return v6_nl_talk(nl, &request.header, NULL, NULL);
}

struct visit {
	int link;
	int (*visit)(const struct v6_ifaddr *ifaddr, void *data);
	void *data;
};

static int visit_ifaddr(const struct nlmsghdr *message, void *data)
{
	struct visit *visit = data;
	struct v6_ifaddr ifaddr;

	v6_ifaddr_read(message, &ifaddr);
	/* kernels before 4.20 do not filter by link */
	if (visit->link && visit->link != ifaddr.link)
		return MNL_CB_OK;
	return v6_nl_answer(visit->visit(&ifaddr, visit->data));
}

int v6_ifaddr_each(struct v6_nl *nl, int link,
		   int (*visit)(const struct v6_ifaddr *ifaddr, void *data), void *data)
{
	struct visit all = {link, visit, data};
	struct v6_ifaddr key = {.link = link};
	union v6_nl_message request = {{0}};

	request_ifaddr(request.bytes, RTM_GETADDR, NLM_F_DUMP, &key);
	return v6_nl_dump(nl, &request.header, visit_ifaddr, NULL, &all);
}

int v6_ifaddr_some(struct v6_nl *nl, int link,
		   int (*visit)(const struct v6_ifaddr *ifaddr, void *data), void *data)
{
	struct visit all = {link, visit, data};
	struct v6_ifaddr key = {.link = link};
	union v6_nl_message request = {{0}};

	request_ifaddr(request.bytes, RTM_GETADDR, NLM_F_DUMP, &key);
	return v6_nl_glimpse(nl, &request.header, visit_ifaddr, &all);
}

int v6_ifaddr_has(struct v6_nl *nl, const struct v6_ifaddr *ifaddr)
{
	struct v6_ifaddr there = {.link = 0};
	int ret = look_ifaddr_up(nl, &ifaddr->prefix.address, ifaddr->link, &there);

	if (ret == -EADDRNOTAVAIL || ret == -ENODEV)
		return 0;
	return ret < 0 ? ret : there.link == ifaddr->link;
}
