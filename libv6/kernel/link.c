/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network interfaces, looked up by index, name or bridge. */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/text.h"
#include "kernel/link.h"

/* Of the values of IFLA_INET6_CONF: enum in linux/include/uapi/linux/ipv6.h */
#define CONF_NDISC_NOTIFY     29
#define CONF_FORCE_FORWARDING 59 /* 6.17 */

#ifndef RTEXT_FILTER_SKIP_STATS
#define RTEXT_FILTER_SKIP_STATS (1 << 3) /* 4.4 */
#endif

/* read_flag() - find one attribute of a byte among those of a bridge, or of a port */
static void read_flag(const struct nlattr *nest, uint16_t type, bool *ret_flag)
{
	const struct nlattr *attr;
	uint8_t value = 0;

	mnl_attr_for_each_nested (attr, nest)
		if (mnl_attr_get_type(attr) == type)
			V6_NL_VALUE(attr, &value);
	*ret_flag = value != 0;
}

/* read_info() - the kernel writes a kind before its data. A port has a second kind, that of its
 * master; one of a VRF keeps its addresses
 */
static void read_info(const struct nlattr *info, struct v6_link *link)
{
	char master[sizeof(link->kind)] = "";
	const struct nlattr *attr;

	mnl_attr_for_each_nested (attr, info) {
		if (mnl_attr_get_type(attr) == IFLA_INFO_KIND)
			v6_nl_string(attr, link->kind, sizeof(link->kind));
		else if (mnl_attr_get_type(attr) == IFLA_INFO_SLAVE_KIND)
			v6_nl_string(attr, master, sizeof(master));
		else if (mnl_attr_get_type(attr) == IFLA_INFO_DATA &&
			 strcmp(link->kind, "bridge") == 0)
			read_flag(attr, IFLA_BR_NF_CALL_IP6TABLES, &link->filters);
		else if (mnl_attr_get_type(attr) == IFLA_INFO_SLAVE_DATA &&
			 strcmp(master, "bridge") == 0)
			read_flag(attr, IFLA_BRPORT_MODE, &link->hairpin);
	}
	link->in_vrf = strcmp(master, "vrf") == 0;
}

/* Masters of masters: the kernel allows so many, MAX_NEST_DEV in linux/netdevice.h */
#define LEVELS_MAX 8

static void read_mac(const struct nlattr *attr, struct v6_link *link)
{
	uint16_t size = mnl_attr_get_payload_len(attr);

	if (size > sizeof(link->mac))
		return;
	memcpy(link->mac, mnl_attr_get_payload(attr), size);
	link->mac_size = (uint8_t)size;
}

/* is_conf_on() - Return: 1, 0 or, where the kernel has no such setting, -1 */
static int8_t is_conf_on(const struct nlattr *conf, size_t i)
{
	int32_t value;

	if (mnl_attr_get_payload_len(conf) < (i + 1) * sizeof(value))
		return -1;
	memcpy(&value, (const char *)mnl_attr_get_payload(conf) + i * sizeof(value), sizeof(value));
	return value != 0;
}

static void read_conf(const struct nlattr *families, struct v6_link *link)
{
	const struct nlattr *family, *attr;

	mnl_attr_for_each_nested (family, families) {
		if (mnl_attr_get_type(family) != AF_INET6)
			continue;
		mnl_attr_for_each_nested (attr, family) {
			if (mnl_attr_get_type(attr) != IFLA_INET6_CONF)
				continue;
			link->notifies = is_conf_on(attr, CONF_NDISC_NOTIFY);
			link->forwards_by_force = is_conf_on(attr, CONF_FORCE_FORWARDING);
		}
	}
}

static void read_link_attribute(const struct nlattr *attr, struct v6_link *link)
{
	switch (mnl_attr_get_type(attr)) {
	case IFLA_IFNAME:
		v6_nl_string(attr, link->name, sizeof(link->name));
		break;
	case IFLA_MTU:
		V6_NL_VALUE(attr, &link->mtu);
		break;
	case IFLA_MASTER:
		V6_NL_VALUE(attr, &link->master);
		break;
	case IFLA_LINK:
		V6_NL_VALUE(attr, &link->peer);
		break;
	case IFLA_LINK_NETNSID:
		V6_NL_VALUE(attr, &link->peer_netns);
		break;
	case IFLA_ADDRESS:
		read_mac(attr, link);
		break;
	case IFLA_LINKINFO:
		read_info(attr, link);
		break;
	case IFLA_AF_SPEC:
		read_conf(attr, link);
		break;
	default:
		break;
	}
}

static void parse_link(const struct nlmsghdr *message, struct v6_link *ret_link)
{
	const struct ifinfomsg *info = v6_nl_header(message, sizeof(*info));
	const struct nlattr *attr;

	memset(ret_link, 0, sizeof(*ret_link));
	ret_link->peer_netns = -1;
	ret_link->forwards_by_force = -1;
	ret_link->notifies = -1;
	if (!info)
		return;
	ret_link->index = info->ifi_index;
	ret_link->loopback = info->ifi_flags & IFF_LOOPBACK;
	ret_link->deaf = info->ifi_flags & IFF_NOARP;
	ret_link->up = info->ifi_flags & IFF_UP;
	ret_link->running = info->ifi_flags & IFF_RUNNING;
	mnl_attr_for_each (attr, message, sizeof(*info))
		read_link_attribute(attr, ret_link);
	ret_link->port = ret_link->master != 0 && !ret_link->in_vrf;
}

static int keep_link(const struct nlmsghdr *message, void *data)
{
	parse_link(message, data);
	return MNL_CB_OK;
}

static struct ifinfomsg *request_link(char *request)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(request);
	struct ifinfomsg *info = mnl_nlmsg_put_extra_header(header, sizeof(*info));

	header->nlmsg_type = RTM_GETLINK;
	return info;
}

int v6_link_get(struct v6_nl *nl, int index, const char *name, struct v6_link *ret_link)
{
	union v6_nl_message request = {{0}};

	request_link(request.bytes)->ifi_index = index;
	if (index == 0 && name)
		/* the kernel finds other names by either, but reads 15 characters of the first */
		mnl_attr_put_strz(&request.header,
				  strlen(name) < IF_NAMESIZE ? IFLA_IFNAME : IFLA_ALT_IFNAME, name);
	mnl_attr_put_u32(&request.header, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return v6_nl_talk(nl, &request.header, keep_link, ret_link);
}

void v6_link_question(struct v6_nl_question *question, int index, struct v6_link *ret_link)
{
	*question = (struct v6_nl_question){.answer = keep_link, .data = ret_link};
	request_link(question->request.bytes)->ifi_index = index;
	mnl_attr_put_u32(&question->request.header, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
}

int v6_link_get_outer(struct v6_nl *nl, const char *name, struct v6_link *ret_link)
{
	int level, ret = v6_link_get(nl, 0, name, ret_link);

	for (level = 0; level < LEVELS_MAX && ret == 0 && ret_link->port; level++)
		ret = v6_link_get(nl, ret_link->master, NULL, ret_link);
	return ret;
}

/* copy_printable() - Returns whether the name is printable as it is */
static bool copy_printable(const struct v6_link *link, char printable[IF_NAMESIZE])
{
	memcpy(printable, link->name, IF_NAMESIZE);
	v6_text_printable(printable);
	return strcmp(printable, link->name) == 0;
}

int v6_link_check_name(const struct v6_link *link, const char *owner, struct v6_error *err)
{
	char printable[IF_NAMESIZE];

	if (copy_printable(link, printable))
		return 0;
	return v6_fail(
		err, -EINVAL,
		"%sinterface %d has a name that is not printable text (\"%s\"); rename it: ip link set dev if%d name NEW",
		owner, link->index, printable, link->index);
}

enum v6_link_change v6_link_follow(struct v6_nl *nl, int *index, char *name)
{
	char printable[IF_NAMESIZE];
	struct v6_link link;
	int ret = *index > 0 ? v6_link_get(nl, *index, NULL, &link) : -ENODEV;

	/* a record can't have a name that is not printable: it keeps the one that it knows */
	if (ret == 0 && strcmp(link.name, name) != 0 && copy_printable(&link, printable)) {
		memcpy(name, printable, sizeof(printable));
		return V6_LINK_RENAMED;
	}
	if (ret != -ENODEV || v6_link_get(nl, 0, name, &link) < 0)
		return V6_LINK_SAME;
	*index = link.index;
	return V6_LINK_REMADE;
}

struct only {
	struct v6_link link;
	int n;
};

static int count_link(const struct nlmsghdr *message, void *data)
{
	struct only *only = data;
	struct v6_link link;

	parse_link(message, &link);
	if (link.loopback)
		return MNL_CB_OK;
	only->link = link;
	only->n++;
	return MNL_CB_OK;
}

int v6_link_only(struct v6_nl *nl, struct v6_link *ret_link)
{
	union v6_nl_message request = {{0}};
	struct only only = {.n = 0};
	int ret;

	request_link(request.bytes);
	request.header.nlmsg_flags = NLM_F_DUMP;
	mnl_attr_put_u32(&request.header, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	ret = v6_nl_glimpse(nl, &request.header, count_link, &only);
	if (ret < 0)
		return ret;
	if (only.n != 1 || ret > 0)
		return only.n ? -ENOTUNIQ : -ENODEV;
	*ret_link = only.link;
	return 0;
}

/* struct link_visit - one call of v6_link_each() */
struct link_visit {
	int (*visit)(const struct v6_link *link, void *data);
	void *data;
	int ret;
};

static int visit_link(const struct nlmsghdr *message, void *data)
{
	struct link_visit *visit = data;
	struct v6_link link;

	parse_link(message, &link);
	if (visit->ret == 0)
		visit->ret = visit->visit(&link, visit->data);
	return MNL_CB_OK;
}

int v6_link_each(struct v6_nl *nl, int (*visit)(const struct v6_link *link, void *data), void *data)
{
	struct link_visit each = {.visit = visit, .data = data};
	union v6_nl_message request = {{0}};
	int ret;

	request_link(request.bytes);
	request.header.nlmsg_flags = NLM_F_DUMP;
	mnl_attr_put_u32(&request.header, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	ret = v6_nl_dump(nl, &request.header, visit_link, NULL, &each);
	return ret < 0 ? ret : each.ret;
}

struct ports {
	int bridge;
	bool (*fits)(const struct v6_link *port, void *data);
	void *data;
	bool found;
};

static int look_at_port(const struct nlmsghdr *message, void *data)
{
	struct ports *ports = data;
	struct v6_link link;

	parse_link(message, &link);
	/* kernels before 4.20 do not filter by master */
	if (link.master == ports->bridge && ports->fits(&link, ports->data))
		ports->found = true;
	return MNL_CB_OK;
}

int v6_link_has_port(struct v6_nl *nl, int bridge,
		     bool (*fits)(const struct v6_link *port, void *data), void *data)
{
	struct ports ports = {.bridge = bridge, .fits = fits, .data = data};
	union v6_nl_message request = {{0}};
	int ret;

	request_link(request.bytes);
	request.header.nlmsg_flags = NLM_F_DUMP;
	mnl_attr_put_u32(&request.header, IFLA_MASTER, (uint32_t)bridge);
	mnl_attr_put_u32(&request.header, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	ret = v6_nl_dump(nl, &request.header, look_at_port, NULL, &ports);
	return ret < 0 ? ret : ports.found;
}
