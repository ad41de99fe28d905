/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A dump of conntrack entries with CTA_FILTER by protocol, or protocol and port, of the original
 * direction has those only. By an IPv6 address, kernels up to 6.18 answer with all but those: the
 * comparison is the wrong way round. With IPS_DST_NAT in CTA_STATUS it has those only whose
 * destination is another than the client asked for; kernels that don't know that answer with all.
 *
 * v6_flows_begin() in table/flows.c filters by these, and compares addresses itself.
 *
 * Kernel: ctnetlink_filter_match_tuple() in net/netfilter/nf_conntrack_netlink.c, 5.8, and
 * ctnetlink_filter_parse_status(), 5.15.
 */
#include <linux/netfilter/nf_conntrack_common.h>

#include "flow.h"

/* bits of CTA_FILTER_ORIG_FLAGS; nf_internals.h in the kernel, in no header of user space */
#define BY_DESTINATION (1U << 1)
#define BY_PROTOCOL    (1U << 3)
#define BY_SOURCE_PORT (1U << 4)
#define BY_PORT	       (1U << 5)

static const struct flow flows[] = {
	{"2001:db8::203", 80, "fd42::11", 8080},
	{"2001:db8::203", 81, "fd42::11", 8081},
	{"2001:db8::204", 80, "fd42::12", 8080},
	{"2001:db8::205", 80, "2001:db8::205", 80},
};

/* struct seen - how often each of the flows came, by service and port */
struct seen {
	int n[V6_ARRAY_SIZE(flows)];
	int all;
};

/* is_of() - whether a tuple has the service and the port of a flow */
static bool is_of(const struct nlattr *tuple, const struct flow *flow)
{
	struct in6_addr service = address(flow->service);
	const struct nlattr *part, *leaf;
	int same = 0;

	mnl_attr_for_each_nested (part, tuple)
		mnl_attr_for_each_nested (leaf, part) {
			if (mnl_attr_get_type(part) == CTA_TUPLE_IP &&
			    mnl_attr_get_type(leaf) == CTA_IP_V6_DST)
				same += memcmp(mnl_attr_get_payload(leaf), &service, 16) == 0;
			if (mnl_attr_get_type(part) == CTA_TUPLE_PROTO &&
			    mnl_attr_get_type(leaf) == CTA_PROTO_DST_PORT)
				same += mnl_attr_get_u16(leaf) == htons(flow->service_port);
		}
	return same == 2;
}

static int look(const struct nlmsghdr *message, void *data)
{
	struct seen *seen = data;
	const struct nlattr *attr;
	size_t i;

	mnl_attr_for_each (attr, message, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_type(attr) != CTA_TUPLE_ORIG)
			continue;
		seen->all++;
		for (i = 0; i < V6_ARRAY_SIZE(flows); i++)
			seen->n[i] += is_of(attr, &flows[i]);
	}
	return MNL_CB_OK;
}

static struct seen dump(struct v6_nl *nl, uint32_t filter, uint32_t status)
{
	struct seen seen = {{0}, 0};
	union v6_nl_message message;
	struct nlmsghdr *request = flow_request(&message, IPCTNL_MSG_CT_GET, NLM_F_DUMP);
	struct nlattr *nest;

	if (filter) {
		flow_put_original(request, &flows[0]);
		nest = mnl_attr_nest_start(request, CTA_FILTER);
		mnl_attr_put_u32(request, CTA_FILTER_ORIG_FLAGS, filter);
		mnl_attr_put_u32(request, CTA_FILTER_REPLY_FLAGS, 0);
		mnl_attr_nest_end(request, nest);
	}
	if (status)
		mnl_attr_put_u32(request, CTA_STATUS, htonl(status));
	errno = -v6_nl_dump(nl, request, look, NULL, &seen);
	need(errno == 0, "dump");
	return seen;
}

int main(void)
{
	struct v6_nl nl;
	struct seen seen;
	size_t i;

	plan(7);
	netns_new();
	nl = nl_open(NETLINK_NETFILTER);
	for (i = 0; i < V6_ARRAY_SIZE(flows); i++)
		flow_new(&nl, &flows[i]);

	seen = dump(&nl, 0, 0);
	ok(seen.all == 4 && seen.n[0] == 1 && seen.n[1] == 1 && seen.n[2] == 1, "no filter: all");
	seen = dump(&nl, BY_PROTOCOL, 0);
	is(seen.all, 4, "by protocol: all, as they are of one");
	seen = dump(&nl, BY_PROTOCOL | BY_PORT, 0);
	ok(seen.n[0] == 1 && seen.n[2] == 1, "by protocol and port: those with the port");
	ok_since(5, 8, seen.all == 3, "by protocol and port: no others");
	seen = dump(&nl, BY_PROTOCOL, IPS_DST_NAT);
	ok(seen.n[0] == 1 && seen.n[1] == 1 && seen.n[2] == 1, "by status: those led elsewhere");
	ok_since(5, 15, seen.all == 3, "by status: no others");

	seen = dump(&nl, BY_DESTINATION, 0);
	if (seen.n[0] && seen.n[1] && !seen.n[2])
		printf("# by address: those with the address, as it should be\n");
	else if (!seen.n[0] && !seen.n[1] && seen.n[2])
		printf("# by address: all but those with the address\n");
	else
		printf("# by address: %d of 2 with it, %d of 1 without\n", seen.n[0] + seen.n[1],
		       seen.n[2]);
	seen = dump(&nl, BY_PROTOCOL | BY_PORT | BY_SOURCE_PORT, 0);
	is(seen.n[0] + seen.n[2], 2, "by source port, too: those with both");
	v6_nl_close(&nl);
	return done();
}
