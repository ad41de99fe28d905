/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Conntrack entries of connections to a container: found, and deleted. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "table/flows.h"

/* Bits of CTA_FILTER_ORIG_FLAGS; nf_internals.h in the kernel, in no header of user space */
#define FILTER_PROTO_NUM      (1U << 3)
#define FILTER_PROTO_DST_PORT (1U << 5)

/* The original direction's tuple of IPv6: two addresses, zone, protocol, ports; 92 bytes today */
#define TUPLE_MAX 192

/* struct flow - what names one conntrack entry to the kernel */
struct flow {
	uint32_t id;
	uint16_t tuple_size;
	uint8_t tuple[TUPLE_MAX];
};

struct found {
	const struct v6_claim *claims; /* sorted */
	size_t n_claims;
	const struct in6_addr *target;
	struct flow *flows;
	size_t n, room;
};

static void free_found(struct found *found)
{
	free(found->flows);
}

struct tuple {
	struct in6_addr source, destination;
	uint8_t protocol;
	uint16_t destination_port_be;
};

static void read_leaf(const struct nlattr *attr, bool is_ip, struct tuple *tuple)
{
	uint16_t type = mnl_attr_get_type(attr);

	if (is_ip && type == CTA_IP_V6_SRC)
		V6_NL_VALUE(attr, &tuple->source);
	else if (is_ip && type == CTA_IP_V6_DST)
		V6_NL_VALUE(attr, &tuple->destination);
	else if (!is_ip && type == CTA_PROTO_NUM)
		V6_NL_VALUE(attr, &tuple->protocol);
	else if (!is_ip && type == CTA_PROTO_DST_PORT)
		V6_NL_VALUE(attr, &tuple->destination_port_be);
}

static void read_tuple(const struct nlattr *nest, struct tuple *tuple)
{
	const struct nlattr *part, *leaf;

	mnl_attr_for_each_nested (part, nest) {
		uint16_t type = mnl_attr_get_type(part);

		if (type != CTA_TUPLE_IP && type != CTA_TUPLE_PROTO)
			continue;
		mnl_attr_for_each_nested (leaf, part)
			read_leaf(leaf, type == CTA_TUPLE_IP, tuple);
	}
}

static int compare_claims(const void *left, const void *right)
{
	const struct v6_claim *a = left, *b = right;
	int order = memcmp(&a->address, &b->address, sizeof(a->address));

	if (order == 0)
		order = a->protocol - b->protocol;
	return order ? order : a->port - b->port;
}

/* compare_flow() - where a flow's destination lies to the ports of a claim; claims of one record
 * never overlap
 */
static int compare_flow(const void *key, const void *element)
{
	const struct v6_claim *flow = key, *claim = element;
	int order = memcmp(&flow->address, &claim->address, sizeof(flow->address));

	if (order || claim->protocol == 0)
		return order;
	order = flow->protocol - claim->protocol;
	if (order == 0 && flow->port < claim->port)
		return -1;
	return order ? order : flow->port > claim->port + claim->more;
}

static bool is_wanted(const struct found *found, const struct tuple *original,
		      const struct tuple *reply)
{
	struct v6_claim flow = {
		.address = original->destination,
		.port = ntohs(original->destination_port_be),
		.protocol = original->protocol,
	};
	const struct in6_addr *target =
		IN6_IS_ADDR_UNSPECIFIED(found->target) ? &original->destination : found->target;

	return v6_address_equal(&reply->source, target) &&
	       bsearch(&flow, found->claims, found->n_claims, sizeof(flow), compare_flow);
}

static int keep_flow(struct found *found, const struct nlattr *tuple, uint32_t id)
{
	uint16_t size = mnl_attr_get_payload_len(tuple);
	size_t room = found->room ? 2 * found->room : 64;
	struct flow *larger;

	if (size > TUPLE_MAX) {
		errno = EOVERFLOW;
		return MNL_CB_ERROR;
	}
	if (found->n == found->room) {
		larger = reallocarray(found->flows, room, sizeof(*larger));
		if (!larger)
			return MNL_CB_ERROR;
		found->flows = larger;
		found->room = room;
	}
	found->flows[found->n].id = id;
	found->flows[found->n].tuple_size = size;
	memcpy(found->flows[found->n].tuple, mnl_attr_get_payload(tuple), size);
	found->n++;
	return MNL_CB_OK;
}

static int look_at_flow(const struct nlmsghdr *message, void *data)
{
	const struct nlattr *attr, *original_nest = NULL;
	struct tuple original = {0}, reply = {0};
	struct found *found = data;
	uint32_t id = 0;

	mnl_attr_for_each (attr, message, sizeof(struct nfgenmsg)) {
		switch (mnl_attr_get_type(attr)) {
		case CTA_TUPLE_ORIG:
			original_nest = attr;
			read_tuple(attr, &original);
			break;
		case CTA_TUPLE_REPLY:
			read_tuple(attr, &reply);
			break;
		case CTA_ID:
			V6_NL_VALUE(attr, &id);
			break;
		default:
			break;
		}
	}
	if (!original_nest || !is_wanted(found, &original, &reply))
		return MNL_CB_OK;
	return keep_flow(found, original_nest, id);
}

static struct nlmsghdr *request_flow(union v6_nl_message *request, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(request->bytes);
	struct nfgenmsg *info = mnl_nlmsg_put_extra_header(header, sizeof(*info));

	header->nlmsg_type = (NFNL_SUBSYS_CTNETLINK << 8) | type;
	header->nlmsg_flags = flags;
	info->nfgen_family = AF_INET6;
	info->version = NFNETLINK_V0;
	return header;
}

static bool have_one_protocol(const struct found *found)
{
	size_t i;

	for (i = 0; i < found->n_claims; i++)
		if (found->claims[i].protocol != found->claims->protocol)
			return false;
	return found->claims->protocol != 0;
}

/* put_protocol() - and port, where it is just one */
static void put_protocol(struct nlmsghdr *request, const struct v6_claim *claim, bool has_port)
{
	uint32_t flags = FILTER_PROTO_NUM | (has_port ? FILTER_PROTO_DST_PORT : 0);
	struct nlattr *nest, *inner;

	nest = mnl_attr_nest_start(request, CTA_TUPLE_ORIG);
	inner = mnl_attr_nest_start(request, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(request, CTA_PROTO_NUM, claim->protocol);
	if (has_port)
		mnl_attr_put_u16(request, CTA_PROTO_DST_PORT, htons(claim->port));
	mnl_attr_nest_end(request, inner);
	mnl_attr_nest_end(request, nest);

	nest = mnl_attr_nest_start(request, CTA_FILTER);
	mnl_attr_put_u32(request, CTA_FILTER_ORIG_FLAGS, flags);
	mnl_attr_put_u32(request, CTA_FILTER_REPLY_FLAGS, 0);
	mnl_attr_nest_end(request, nest);
}

/* put_filter() - let the kernel pass over what is none of the claims'; what an older one does not
 * know it ignores, and answers with more: protocol and port are of 5.8, the status of 5.15
 */
static void put_filter(struct nlmsghdr *request, const struct found *found)
{
	if (have_one_protocol(found))
		put_protocol(request, found->claims,
			     found->n_claims == 1 && found->claims->more == 0);
	/* whoever is answered by another address than he asked, is so by NAT */
	if (!IN6_IS_ADDR_UNSPECIFIED(found->target))
		mnl_attr_put_u32(request, CTA_STATUS, htonl(IPS_DST_NAT));
}

static int list_flows(struct v6_nl *nl, struct found *found)
{
	union v6_nl_message request = {{0}};
	struct nlmsghdr *header = request_flow(&request, IPCTNL_MSG_CT_GET, NLM_F_DUMP);

	put_filter(header, found);
	/* a flow that is listed twice fails to be deleted the second time, which is no error */
	return v6_nl_dump(nl, header, look_at_flow, NULL, found);
}

static int delete_flow(struct v6_nl *nl, const struct flow *flow)
{
	union v6_nl_message request = {{0}};
	struct nlmsghdr *header = request_flow(&request, IPCTNL_MSG_CT_DELETE, 0);
	int ret;

	mnl_attr_put(header, CTA_TUPLE_ORIG | NLA_F_NESTED, flow->tuple_size, flow->tuple);
	mnl_attr_put_u32(header, CTA_ID, flow->id);
	ret = v6_nl_talk(nl, header, NULL, NULL);
	return ret == -ENOENT ? 0 : ret;
}

int v6_flows_end(struct v6_nl *nl, struct v6_claim *claims, size_t n, const struct in6_addr *target,
		 size_t *ret_n, struct v6_error *err)
{
	struct found auto_call(free_found)
		found = {.claims = claims, .n_claims = n, .target = target};
	size_t i;
	int ret;

	qsort(claims, n, sizeof(*claims), compare_claims);
	ret = list_flows(nl, &found);
	if (ret < 0)
		return v6_fail(
			err, ret,
			"conntrack: cannot list flows: %s; load it with modprobe nf_conntrack_netlink",
			v6_strerror(ret));
	for (i = 0; i < found.n; i++) {
		ret = delete_flow(nl, &found.flows[i]);
		if (ret < 0)
			return v6_fail(err, ret, "conntrack: cannot end a flow to %s: %s",
				       V6_TEXT(target), v6_strerror(ret));
	}
	*ret_n = found.n;
	return 0;
}

int v6_flows_usable(struct v6_nl *nl)
{
	union v6_nl_message request = {{0}};

	return v6_nl_talk(nl, request_flow(&request, IPCTNL_MSG_CT_GET_STATS, 0), NULL, NULL);
}
