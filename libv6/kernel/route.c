/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv6 routes: looked up, added, removed, visited. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "kernel/ifaddr.h"
#include "kernel/route.h"

/* Of 3000::/4, half of 2000::/3; prefixes that anybody has are longer, fc00::/7 being the shortest
 */
#define DEFAULT_LENGTH_MAX 4

/* The first global unicast address: RFC 4291 section 2.4 */
static const struct in6_addr anywhere = {.s6_addr = {0x20}};

/* read_first_hop() - of a route with several, the first */
static void read_first_hop(const struct nlattr *attr, struct v6_route *route)
{
	const struct rtnexthop *hop = mnl_attr_get_payload(attr);
	const struct nlattr *via;
	size_t size;

	if (mnl_attr_get_payload_len(attr) < sizeof(*hop) || hop->rtnh_len < sizeof(*hop) ||
	    hop->rtnh_len > mnl_attr_get_payload_len(attr))
		return;
	route->link = hop->rtnh_ifindex;
	size = hop->rtnh_len - sizeof(*hop);
	for (via = (const void *)(hop + 1); mnl_attr_ok(via, (int)size);
	     size -= MNL_ALIGN(via->nla_len), via = mnl_attr_next(via))
		if (mnl_attr_get_type(via) == RTA_GATEWAY)
			V6_NL_VALUE(via, &route->gateway);
}

void v6_route_read(const struct nlmsghdr *message, struct v6_route *ret_route)
{
	const struct rtmsg *info = v6_nl_header(message, sizeof(*info));
	const struct nlattr *attr;

	memset(ret_route, 0, sizeof(*ret_route));
	if (!info)
		return;
	ret_route->to.length = info->rtm_dst_len;
	ret_route->protocol = info->rtm_protocol;
	ret_route->table = info->rtm_table;
	ret_route->local = info->rtm_type == RTN_LOCAL;
	mnl_attr_for_each (attr, message, sizeof(*info)) {
		switch (mnl_attr_get_type(attr)) {
		case RTA_DST:
			V6_NL_VALUE(attr, &ret_route->to.address);
			break;
		case RTA_GATEWAY:
			V6_NL_VALUE(attr, &ret_route->gateway);
			break;
		case RTA_OIF:
			V6_NL_VALUE(attr, &ret_route->link);
			break;
		case RTA_PRIORITY:
			V6_NL_VALUE(attr, &ret_route->metric);
			break;
		case RTA_TABLE:
			V6_NL_VALUE(attr, &ret_route->table);
			break;
		case RTA_MULTIPATH:
			read_first_hop(attr, ret_route);
			break;
		default:
			break;
		}
	}
}

static struct rtmsg *request_route(char *request, uint16_t type, uint16_t flags, uint8_t family)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(request);
	struct rtmsg *info = mnl_nlmsg_put_extra_header(header, sizeof(*info));

	header->nlmsg_type = type;
	header->nlmsg_flags = flags;
	info->rtm_family = family;
	return info;
}

static int keep_route(const struct nlmsghdr *message, void *data)
{
	v6_route_read(message, data);
	return MNL_CB_OK;
}

/* put_ports() - the kernel takes no other protocols here */
static void put_ports(struct nlmsghdr *request, const struct v6_route_query *query)
{
	if (query->protocol != IPPROTO_TCP && query->protocol != IPPROTO_UDP)
		return;
	mnl_attr_put_u8(request, RTA_IP_PROTO, query->protocol);
	mnl_attr_put_u16(request, RTA_SPORT, htons(query->from_port));
	mnl_attr_put_u16(request, RTA_DPORT, htons(query->to_port));
}

void v6_route_question(struct v6_nl_question *question, const struct v6_route_query *query,
		       struct v6_route *ret_route)
{
	struct nlmsghdr *request = &question->request.header;
	struct rtmsg *info;

	*question = (struct v6_nl_question){.answer = keep_route, .data = ret_route};
	info = request_route(question->request.bytes, RTM_GETROUTE, 0, AF_INET6);
	info->rtm_dst_len = 128;
	info->rtm_flags = RTM_F_FIB_MATCH;
	mnl_attr_put(request, RTA_DST, sizeof(query->to), &query->to);
	if (!IN6_IS_ADDR_UNSPECIFIED(&query->from)) {
		info->rtm_src_len = 128;
		mnl_attr_put(request, RTA_SRC, sizeof(query->from), &query->from);
	}
	if (query->in)
		mnl_attr_put_u32(request, RTA_IIF, (uint32_t)query->in);
	if (query->out)
		mnl_attr_put_u32(request, RTA_OIF, (uint32_t)query->out);
	if (query->mark)
		mnl_attr_put_u32(request, RTA_MARK, query->mark);
	put_ports(request, query);
}

int v6_route_answered(const struct v6_nl_question *question)
{
	int ret = question->ret;

	return ret == -EHOSTUNREACH || ret == -EACCES || ret == -EINVAL ? -ENETUNREACH : ret;
}

int v6_route_ask(struct v6_nl *nl, const struct v6_route_query *query, struct v6_route *ret_route)
{
	struct v6_nl_question question;

	v6_route_question(&question, query, ret_route);
	question.ret = v6_nl_talk(nl, &question.request.header, question.answer, question.data);
	return v6_route_answered(&question);
}

int v6_route_lookup(struct v6_nl *nl, const struct in6_addr *to, int link,
		    struct v6_route *ret_route)
{
	return v6_route_ask(nl, &(struct v6_route_query){.to = *to, .out = link}, ret_route);
}

bool v6_route_is_default(const struct v6_route *route)
{
	return !route->local && route->to.length <= DEFAULT_LENGTH_MAX;
}

void v6_route_default_question(struct v6_nl_question *question, int link,
			       struct v6_route *ret_route)
{
	v6_route_question(question, &(struct v6_route_query){.to = anywhere, .out = link},
			  ret_route);
}

int v6_route_default(struct v6_nl *nl, int link, struct v6_route *ret_route)
{
	struct v6_route route = {.local = true};
	int ret = v6_route_lookup(nl, &anywhere, link, &route);

	if (ret == -ENETUNREACH || (ret == 0 && !v6_route_is_default(&route)))
		ret = v6_route_lookup(nl, &in6addr_any, link, &route);
	if (ret < 0)
		return ret;
	if (!v6_route_is_default(&route))
		return -ENETUNREACH;
	*ret_route = route;
	return 0;
}

struct default4 {
	int link;
	uint32_t metric;
};

static int keep_default4(const struct nlmsghdr *message, void *data)
{
	const struct rtmsg *info = v6_nl_header(message, sizeof(*info));
	struct default4 *best = data;
	const struct nlattr *attr;
	uint32_t metric = 0;
	int link = 0;

	if (!info || info->rtm_dst_len != 0 || info->rtm_table != RT_TABLE_MAIN)
		return MNL_CB_OK;
	mnl_attr_for_each (attr, message, sizeof(*info)) {
		if (mnl_attr_get_type(attr) == RTA_OIF)
			V6_NL_VALUE(attr, &link);
		else if (mnl_attr_get_type(attr) == RTA_PRIORITY)
			V6_NL_VALUE(attr, &metric);
	}
	if (link && (!best->link || metric < best->metric))
		*best = (struct default4){link, metric};
	return MNL_CB_OK;
}

int v6_route_default4(struct v6_nl *nl, int *ret_link)
{
	union v6_nl_message request = {{0}};
	struct default4 best = {0, 0};
	int ret;

	request_route(request.bytes, RTM_GETROUTE, NLM_F_DUMP, AF_INET)->rtm_table = RT_TABLE_MAIN;
	ret = v6_nl_glimpse(nl, &request.header, keep_default4, &best);
	if (ret < 0 && ret != -ENOENT)
		return ret;
	if (!best.link)
		return -ENETUNREACH;
	*ret_link = best.link;
	return 0;
}

static int change_route(struct v6_nl *nl, uint16_t type, uint16_t flags,
			const struct v6_route *route)
{
	union v6_nl_message request = {{0}};
	struct rtmsg *info = request_route(request.bytes, type, flags, AF_INET6);

	info->rtm_dst_len = route->to.length;
	info->rtm_table = route->local	 ? RT_TABLE_LOCAL
			  : route->table ? RT_TABLE_UNSPEC
					 : RT_TABLE_MAIN;
	info->rtm_protocol = V6_PROTOCOL_MARK;
	info->rtm_scope = type == RTM_NEWROUTE ? RT_SCOPE_UNIVERSE : RT_SCOPE_NOWHERE;
	info->rtm_type = route->local ? RTN_LOCAL : RTN_UNICAST;
	mnl_attr_put(&request.header, RTA_DST, sizeof(route->to.address), &route->to.address);
	mnl_attr_put_u32(&request.header, RTA_OIF, (uint32_t)route->link);
	if (!IN6_IS_ADDR_UNSPECIFIED(&route->gateway))
		mnl_attr_put(&request.header, RTA_GATEWAY, sizeof(route->gateway), &route->gateway);
	if (route->metric)
		mnl_attr_put_u32(&request.header, RTA_PRIORITY, route->metric);
	/* which has no room for numbers above 255 in the header */
	if (!route->local && route->table)
		mnl_attr_put_u32(&request.header, RTA_TABLE, route->table);
	return v6_nl_talk(nl, &request.header, NULL, NULL);
}

int v6_route_add(struct v6_nl *nl, const struct v6_route *route)
{
	return change_route(nl, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, route);
}

int v6_route_remove(struct v6_nl *nl, const struct v6_route *route)
{
	return change_route(nl, RTM_DELROUTE, 0, route);
}

/* The length of ff00::/8 (RFC 4291 section 2.7) */
#define MULTICAST_LENGTH 8

int v6_route_drop_multicast(struct v6_nl *nl, int link)
{
	static const struct in6_addr multicast = {.s6_addr = {0xff}};
	union v6_nl_message request = {{0}};
	struct rtmsg *info = request_route(request.bytes, RTM_DELROUTE, 0, AF_INET6);
	int ret;

	info->rtm_dst_len = MULTICAST_LENGTH;
	info->rtm_table = RT_TABLE_LOCAL;
	info->rtm_scope = RT_SCOPE_NOWHERE;
	mnl_attr_put(&request.header, RTA_DST, sizeof(multicast), &multicast);
	mnl_attr_put_u32(&request.header, RTA_OIF, (uint32_t)link);
	ret = v6_nl_talk(nl, &request.header, NULL, NULL);
	if (ret == -ESRCH)
		return 0;
	return ret < 0 ? ret : 1;
}

int v6_route_has_multicast(struct v6_nl *nl, int link)
{
	static const struct in6_addr all_nodes = {.s6_addr = {0xff, 0x02, [15] = 1}};
	struct v6_route route;
	int ret = v6_route_lookup(nl, &all_nodes, link, &route);

	if (ret < 0)
		return ret == -ENETUNREACH ? 0 : ret;
	return route.to.length == MULTICAST_LENGTH;
}

/* struct visit - of routes; @table: RT_TABLE_UNSPEC is any */
struct visit {
	uint8_t protocol, table, type;
	int (*visit)(const struct v6_route *route, void *data);
	void *data;
};

static int visit_route(const struct nlmsghdr *message, void *data)
{
	const struct rtmsg *info = v6_nl_header(message, sizeof(*info));
	struct visit *visit = data;
	struct v6_route route;

	/* kernels before 4.20 filter nothing */
	if (!info || (visit->table != RT_TABLE_UNSPEC && info->rtm_table != visit->table) ||
	    (visit->type != RTN_UNSPEC && info->rtm_type != visit->type) ||
	    (visit->protocol != RTPROT_UNSPEC && info->rtm_protocol != visit->protocol))
		return MNL_CB_OK;
	v6_route_read(message, &route);
	return v6_nl_answer(visit->visit(&route, visit->data));
}

static int visit_routes(struct v6_nl *nl, struct visit *visit)
{
	union v6_nl_message request = {{0}};
	struct rtmsg *info = request_route(request.bytes, RTM_GETROUTE, NLM_F_DUMP, AF_INET6);

	info->rtm_protocol = visit->protocol;
	info->rtm_table = visit->table;
	info->rtm_type = visit->type;
	return v6_nl_dump(nl, &request.header, visit_route, NULL, visit);
}

int v6_route_each(struct v6_nl *nl, uint8_t protocol, bool local,
		  int (*visit)(const struct v6_route *route, void *data), void *data)
{
	struct visit routes = {protocol, local ? RT_TABLE_LOCAL : RT_TABLE_MAIN, RTN_UNSPEC, visit,
			       data};

	return visit_routes(nl, &routes);
}

int v6_route_each_ours(struct v6_nl *nl, int (*visit)(const struct v6_route *route, void *data),
		       void *data)
{
	struct visit routes = {V6_PROTOCOL_MARK, RT_TABLE_UNSPEC, RTN_UNICAST, visit, data};

	return visit_routes(nl, &routes);
}

int v6_route_each_out(struct v6_nl *nl, int (*visit)(const struct v6_route *route, void *data),
		      void *data)
{
	struct visit routes = {RTPROT_UNSPEC, RT_TABLE_UNSPEC, RTN_UNICAST, visit, data};

	return visit_routes(nl, &routes);
}
