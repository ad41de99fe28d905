/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A dump of addresses that a change disturbs says so, with NLM_F_DUMP_INTR, and libmnl makes that
 * -EINTR. A dump of set elements does not, on kernels up to 6.18.
 *
 * v6_nl_dump() in kernel/nl.c asks again after -EINTR: without the flag we would take what a dump
 * lacks for gone. v6_orphans_remove() in apply/orphans.c dumps elements to find those to be
 * removed: one that it misses stays until the next time.
 *
 * Kernel: nl_dump_check_consistent() in include/net/netlink.h; inet6_dump_addr() in
 * net/ipv6/addrconf.c; nf_tables_dump_set() in net/netfilter/nf_tables_api.c.
 */
#include <linux/rtnetlink.h>

#include "element.h"
#include "kernel/ifaddr.h"

#define MANY 1000

struct change {
	struct v6_nl *nl;
	struct v6_ifaddr ifaddr;  /* to be removed */
	struct v6_nat_op element; /* to be added */
	bool made;
	int n;
};

static int remove_address(const struct nlmsghdr *message, void *data)
{
	struct change *change = data;

	(void)message;
	change->n++;
	if (!change->made)
		need(v6_ifaddr_remove(change->nl, &change->ifaddr) == 0, "a change");
	change->made = true;
	return MNL_CB_OK;
}

static int add_element(const struct nlmsghdr *message, void *data)
{
	struct change *change = data;

	(void)message;
	if (!change->made)
		need(commit(change->nl, change->element) == 0, "a change");
	change->made = true;
	return MNL_CB_OK;
}

/* dump_addresses() - by one try, with a change to be made at the first address */
static int dump_addresses(struct change *change)
{
	struct v6_nl nl = nl_open(NETLINK_ROUTE);
	union v6_nl_message message;
	struct nlmsghdr *request = mnl_nlmsg_put_header(message.bytes);
	struct ifaddrmsg *info = mnl_nlmsg_put_extra_header(request, sizeof(*info));
	int ret;

	request->nlmsg_type = RTM_GETADDR;
	request->nlmsg_flags = NLM_F_DUMP;
	info->ifa_family = AF_INET6;
	ret = v6_nl_talk(&nl, request, remove_address, change);
	v6_nl_close(&nl);
	return ret;
}

static int dump_elements(struct change *change)
{
	struct v6_nl nl = nl_open(NETLINK_NETFILTER);
	struct nftnl_set *set = nftnl_set_alloc();
	union v6_nl_message message;
	struct nlmsghdr *request = nftnl_nlmsg_build_hdr(message.bytes, NFT_MSG_GETSETELEM,
							 NFPROTO_IPV6, NLM_F_DUMP, 0);
	int ret;

	nftnl_set_set_str(set, NFTNL_SET_TABLE, V6_NAT_TABLE);
	nftnl_set_set_str(set, NFTNL_SET_NAME, v6_sets_name(V6_NAT_SERVICES, 0));
	nftnl_set_elems_nlmsg_build_payload(request, set);
	nftnl_set_free(set);
	ret = v6_nl_talk(&nl, request, add_element, change);
	v6_nl_close(&nl);
	return ret;
}

int main(void)
{
	static struct v6_nat_op ops[MANY];
	struct v6_ifaddr ifaddr = {{address("fd42::"), 128}, .link = 1};
	struct v6_nl route, netfilter;
	struct change change;
	uint16_t i;

	plan(3);
	netns_new();
	route = nl_open(NETLINK_ROUTE);
	netfilter = nl_open(NETLINK_NETFILTER);
	table_new(&netfilter);
	for (i = 0; i < MANY; i++) {
		ops[i] = service(i, i);
		ifaddr.prefix.address.s6_addr[14] = (uint8_t)(i >> 8);
		ifaddr.prefix.address.s6_addr[15] = (uint8_t)i;
		need(v6_ifaddr_add(&route, &ifaddr) == 0, "an address");
	}
	need(v6_nat_commit(&netfilter, ops, MANY, NULL) == 0, "elements");

	change = (struct change){&route, .ifaddr = ifaddr, .made = true};
	is(dump_addresses(&change), 0, "nothing changes meanwhile");
	ok(change.n >= MANY, "all addresses come");
	change.made = false;
	is(dump_addresses(&change), -EINTR, "an address is removed meanwhile");

	change = (struct change){&netfilter, .element = service(MANY, MANY)};
	printf("# a dump of elements: %s\n",
	       dump_elements(&change) == -EINTR ? "says so, too" : "does not say so");
	v6_nl_close(&netfilter);
	v6_nl_close(&route);
	return done();
}
