/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Read what nf_tables and rtnetlink say was removed or changed. */
#include <errno.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "kernel/ifaddr.h"
#include "kernel/route.h"
#include "kernel/routing_rule.h"
#include "table/nat.h"
#include "watch/events.h"

/* NFTA_TABLE_NAME, NFTA_CHAIN_TABLE, NFTA_RULE_TABLE, NFTA_SET_TABLE, NFTA_SET_ELEM_LIST_TABLE */
#define ATTRIBUTE_TABLE 1

/* What one recv() may bring; an event of many elements comes in several messages. */
#define RECEIVE_SIZE 32768

/* How many datagrams of one socket are read in a row: who makes them may be quicker than we are. */
#define READS_MAX 512

/* Bursts, as when a firewall loads its rules, are to fit. */
#define BUFFER_SIZE (1024 * 1024)

static int join_groups(struct v6_nl *nl, const int *groups, size_t n)
{
	int size = BUFFER_SIZE;
	size_t i;

	/* beyond net.core.rmem_max, where we may */
	setsockopt(mnl_socket_get_fd(nl->socket), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	/* without a number of its own, a socket hears nothing of what the kernel tells all */
	if (mnl_socket_bind(nl->socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	for (i = 0; i < n; i++)
		if (mnl_socket_setsockopt(nl->socket, NETLINK_ADD_MEMBERSHIP, (void *)&groups[i],
					  sizeof(groups[i])) < 0)
			return -errno;
	return 0;
}

int v6_events_open(struct v6_events *ret_events, struct v6_error *err)
{
	static const int nftables[] = {NFNLGRP_NFTABLES};
	static const int route[] = {RTNLGRP_LINK, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV6_ROUTE,
				    RTNLGRP_IPV6_NETCONF, RTNLGRP_IPV6_RULE};
	struct v6_events events = {{.socket = NULL}, {.socket = NULL}, {.socket = NULL}};
	int ret = v6_nl_open(NETLINK_NETFILTER, &events.netfilter, err);

	if (ret == 0)
		ret = v6_nl_open(NETLINK_ROUTE, &events.route, err);
	if (ret < 0) {
		v6_events_close(&events);
		return ret;
	}
	ret = join_groups(&events.netfilter, nftables, 1);
	if (ret == 0)
		ret = join_groups(&events.route, route, V6_ARRAY_SIZE(route));
	if (ret < 0) {
		v6_events_close(&events);
		return v6_fail(err, ret, "netlink: cannot listen to events: %s", v6_strerror(ret));
	}
	*ret_events = events;
	return 0;
}

int v6_events_open_inside(struct v6_events *events, struct v6_error *err)
{
	static const int groups[] = {RTNLGRP_LINK, RTNLGRP_IPV6_IFADDR};
	struct v6_nl inside = {.socket = NULL};
	int on = 1, ret = v6_nl_open(NETLINK_ROUTE, &inside, err);

	if (ret < 0)
		return ret;
	if (mnl_socket_setsockopt(inside.socket, NETLINK_LISTEN_ALL_NSID, &on, sizeof(on)) < 0)
		ret = -errno;
	if (ret == 0)
		ret = join_groups(&inside, groups, V6_ARRAY_SIZE(groups));
	if (ret < 0) {
		v6_nl_close(&inside);
		return v6_fail(err, ret, "netlink: cannot listen inside containers: %s%s",
			       v6_strerror(ret),
			       ret == -EPERM ? "; run as root with CAP_NET_BROADCAST" : "");
	}
	events->inside = inside;
	return 0;
}

void v6_events_close(struct v6_events *events)
{
	v6_nl_close(&events->netfilter);
	v6_nl_close(&events->route);
	v6_nl_close(&events->inside);
}

/* struct reading - @netns: where what is read now comes from; -1: from our own namespace */
struct reading {
	void (*visit)(const struct v6_event *event, void *data);
	void *data;
	int netns;
};

static void visit_kind(const struct reading *reading, enum v6_event_kind kind)
{
	struct v6_event event = {.kind = kind};

	reading->visit(&event, reading->data);
}

static void visit_gone(const struct v6_prefix *prefix, void *data)
{
	struct v6_event event = {.kind = V6_EVENT_GONE, .prefix = *prefix};
	const struct reading *reading = data;

	reading->visit(&event, reading->data);
}

static bool is_table_event(const struct nlmsghdr *message)
{
	const struct nfgenmsg *info = v6_nl_header(message, sizeof(*info));
	char table[sizeof(V6_NAT_TABLE) + 1] = "";
	const struct nlattr *attr;

	if (!info || info->nfgen_family != NFPROTO_IPV6)
		return false;
	mnl_attr_for_each (attr, message, sizeof(*info))
		if (mnl_attr_get_type(attr) == ATTRIBUTE_TABLE)
			v6_nl_string(attr, table, sizeof(table));
	return strcmp(table, V6_NAT_TABLE) == 0;
}

/* is_rules_event() - of tables of others; the end of each transaction, ours too, tells of no table
 */
static bool is_rules_event(const struct nlmsghdr *message)
{
	const struct nfgenmsg *info = v6_nl_header(message, sizeof(*info));

	return info && info->nfgen_family != NFPROTO_IPV4 && info->nfgen_family != NFPROTO_ARP &&
	       NFNL_MSG_TYPE(message->nlmsg_type) != NFT_MSG_NEWGEN;
}

static void read_gone_elements(const struct nlmsghdr *message, const struct reading *reading)
{
	int ret = v6_nat_prefixes(message, visit_gone, (void *)reading);

	if (ret < 0)
		visit_kind(reading, ret == -ENODATA ? V6_EVENT_INTERFACE : V6_EVENT_TABLE);
}

static void read_netfilter(const struct nlmsghdr *message, const struct reading *reading)
{
	if (NFNL_SUBSYS_ID(message->nlmsg_type) != NFNL_SUBSYS_NFTABLES)
		return;
	if (!is_table_event(message)) {
		if (is_rules_event(message))
			visit_kind(reading, V6_EVENT_RULES);
		return;
	}
	switch (NFNL_MSG_TYPE(message->nlmsg_type)) {
	case NFT_MSG_DELTABLE:
	case NFT_MSG_DELCHAIN:
	case NFT_MSG_DELRULE:
	case NFT_MSG_DELSET:
		visit_kind(reading, V6_EVENT_TABLE);
		break;
	case NFT_MSG_DELSETELEM:
		read_gone_elements(message, reading);
		break;
	default:
		break;
	}
}

static void read_address_event(const struct nlmsghdr *message, const struct reading *reading)
{
	bool came = message->nlmsg_type == RTM_NEWADDR;
	struct v6_event event = {.kind = came ? V6_EVENT_PLACE : V6_EVENT_GONE, .came = came};
	struct v6_ifaddr ifaddr;

	v6_ifaddr_read(message, &ifaddr);
	/* of which each link of a container brings one; and ours are no news */
	if (came && (ifaddr.ours || !v6_address_is_global(&ifaddr.prefix.address)))
		return;
	event.prefix = (struct v6_prefix){ifaddr.prefix.address, 128};
	event.link = ifaddr.link;
	reading->visit(&event, reading->data);
}

static void read_link_event(const struct nlmsghdr *message, const struct reading *reading)
{
	const struct ifinfomsg *info = v6_nl_header(message, sizeof(*info));
	struct v6_event event = {.kind = V6_EVENT_LINK};
	const struct nlattr *attr;

	/* a bridge tells of its ports once more, and calls one that leaves it deleted */
	if (!info || info->ifi_family != AF_UNSPEC)
		return;
	event.link = info->ifi_index;
	event.up = message->nlmsg_type == RTM_NEWLINK && (info->ifi_flags & IFF_UP);
	event.running = message->nlmsg_type == RTM_NEWLINK && (info->ifi_flags & IFF_RUNNING);
	mnl_attr_for_each (attr, message, sizeof(*info)) {
		if (mnl_attr_get_type(attr) == IFLA_IFNAME)
			v6_nl_string(attr, event.name, sizeof(event.name));
		if (mnl_attr_get_type(attr) == IFLA_MASTER)
			V6_NL_VALUE(attr, &event.master);
		if (mnl_attr_get_type(attr) == IFLA_ADDRESS) {
			V6_NL_VALUE(attr, &event.mac);
			event.changed = message->nlmsg_type == RTM_NEWLINK;
		}
	}
	reading->visit(&event, reading->data);
}

/* read_place_event() - not of routes by routers, of which there may be many, nor of whole addresses
 */
static void read_place_event(const struct nlmsghdr *message, const struct v6_route *route,
			     const struct reading *reading)
{
	struct v6_event event = {
		.kind = V6_EVENT_PLACE,
		.came = message->nlmsg_type == RTM_NEWROUTE,
		.changed = message->nlmsg_flags & NLM_F_REPLACE,
		.link = route->link,
	};
	bool is_prefix = route->to.length < 128 && IN6_IS_ADDR_UNSPECIFIED(&route->gateway) &&
			 v6_address_is_global(&route->to.address);

	if (!route->local && (is_prefix || v6_route_is_default(route)))
		reading->visit(&event, reading->data);
}

static void read_route_event(const struct nlmsghdr *message, const struct reading *reading)
{
	struct v6_route route;

	v6_route_read(message, &route);
	if (route.protocol != V6_PROTOCOL_MARK)
		read_place_event(message, &route, reading);
	else if (route.to.length == 128 && message->nlmsg_type == RTM_DELROUTE)
		visit_gone(&route.to, (void *)reading);
}

/* LOOPBACK - its index in each network namespace; it has what all links were given */
#define LOOPBACK 1

static void read_setting_event(const struct nlmsghdr *message, const struct reading *reading)
{
	const struct netconfmsg *info = v6_nl_header(message, sizeof(*info));
	const struct nlattr *attr;
	int32_t link = NETCONFA_IFINDEX_DEFAULT;

	if (!info)
		return;
	mnl_attr_for_each (attr, message, sizeof(*info))
		if (mnl_attr_get_type(attr) == NETCONFA_IFINDEX)
			V6_NL_VALUE(attr, &link);
	if (link == LOOPBACK || link == NETCONFA_IFINDEX_ALL)
		visit_kind(reading, V6_EVENT_SETTINGS);
	else if (link != NETCONFA_IFINDEX_DEFAULT)
		visit_kind(reading, V6_EVENT_INTERFACE);
}

/* read_rule_event() - with any rule of somebody else, all services may need other ones of ours */
static void read_rule_event(const struct nlmsghdr *message, const struct reading *reading)
{
	bool gone = message->nlmsg_type == RTM_DELRULE;
	struct v6_routing_rule rule;

	v6_routing_rule_read(message, &rule);
	if (rule.protocol != V6_PROTOCOL_MARK)
		visit_kind(reading, V6_EVENT_TABLE);
	else if (gone && rule.to.length)
		visit_gone(&rule.to, (void *)reading);
	else if (gone)
		visit_kind(reading, V6_EVENT_TABLE);
}

static void read_rtnetlink(const struct nlmsghdr *message, const struct reading *reading)
{
	switch (message->nlmsg_type) {
	case RTM_NEWADDR:
	case RTM_DELADDR:
		read_address_event(message, reading);
		break;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		read_route_event(message, reading);
		break;
	case RTM_NEWRULE:
	case RTM_DELRULE:
		read_rule_event(message, reading);
		break;
	case RTM_NEWLINK:
	case RTM_DELLINK:
		read_link_event(message, reading);
		break;
	case RTM_NEWNETCONF:
	case RTM_DELNETCONF:
		read_setting_event(message, reading);
		break;
	default:
		break;
	}
}

static void read_inside(const struct nlmsghdr *message, const struct reading *reading)
{
	struct v6_event event = {.kind = V6_EVENT_CAME, .netns = reading->netns};

	/* or it is there, but may have another link-layer address */
	event.changed = message->nlmsg_type == RTM_NEWLINK;
	if (message->nlmsg_type == RTM_DELADDR || message->nlmsg_type == RTM_DELLINK)
		event.kind = V6_EVENT_LEFT;
	if (reading->netns >= 0)
		reading->visit(&event, reading->data);
}

/* find_netns() - the id that comes beside a message, or -1 */
static int find_netns(struct msghdr *from)
{
	struct cmsghdr *control;
	int id = -1;

	for (control = CMSG_FIRSTHDR(from); control; control = CMSG_NXTHDR(from, control))
		if (control->cmsg_level == SOL_NETLINK &&
		    control->cmsg_type == NETLINK_LISTEN_ALL_NSID &&
		    control->cmsg_len >= CMSG_LEN(sizeof(id)))
			memcpy(&id, CMSG_DATA(control), sizeof(id));
	return id;
}

static ssize_t receive_event(struct v6_nl *nl, char *buffer, size_t size, int *ret_netns)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = {buffer, size};
	struct msghdr from = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(mnl_socket_get_fd(nl->socket), &from, MSG_DONTWAIT);

	*ret_netns = n < 0 ? -1 : find_netns(&from);
	return n;
}

static int drain_events(struct v6_nl *nl,
			void (*read)(const struct nlmsghdr *message, const struct reading *reading),
			struct reading *reading)
{
	char buffer[RECEIVE_SIZE];
	const struct nlmsghdr *message;
	ssize_t n;
	int i, left;

	for (i = 0; i < READS_MAX; i++) {
		n = receive_event(nl, buffer, sizeof(buffer), &reading->netns);
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0 && errno == ENOBUFS)
			visit_kind(reading, V6_EVENT_LOST);
		else if (n < 0 && errno != EINTR)
			return -errno;
		if (n < 0)
			continue;
		if (v6_nl_check(buffer, (size_t)n) < 0) {
			visit_kind(reading, V6_EVENT_LOST);
			continue;
		}
		left = (int)n;
		for (message = (const void *)buffer; mnl_nlmsg_ok(message, left);
		     message = mnl_nlmsg_next(message, &left))
			read(message, reading);
	}
	return 0;
}

int v6_events_read(struct v6_events *events,
		   void (*visit)(const struct v6_event *event, void *data), void *data)
{
	struct reading reading = {visit, data, -1};
	int ret = drain_events(&events->netfilter, read_netfilter, &reading);

	if (ret == 0)
		ret = drain_events(&events->route, read_rtnetlink, &reading);
	if (ret == 0 && events->inside.socket)
		ret = drain_events(&events->inside, read_inside, &reading);
	return ret;
}
