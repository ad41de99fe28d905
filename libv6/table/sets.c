/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sets and maps of our table, as they are made. */
#include <errno.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <libnftnl/expr.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "table/sets.h"

#ifndef NFT_SET_CONCAT
#define NFT_SET_CONCAT 0x80 /* 5.6 */
#endif

/**
 * struct set_layout - One set of the skeleton
 * @flags:	NFT_SET_*; a map has NFT_SET_MAP, and data
 * @key, @data:	nft's type number and size in bytes
 * @fields:	Sizes of the @n_fields of an interval concatenation
 * @counted:	Each element counts the packets that find it
 */
struct set_layout {
	const char *name;
	uint32_t flags;
	struct type {
		uint32_t number, size;
	} key, data;
	uint8_t n_fields;
	uint8_t fields[2];
	bool counted;
};

/* clang-format off */
#define ADDRESS	{TYPE_IPV6_ADDR, sizeof(struct in6_addr)}
#define CLAIM	{TYPE_CONCAT3(TYPE_INET_PROTOCOL, TYPE_IPV6_ADDR, TYPE_INET_SERVICE), \
		 sizeof(struct key_claim)}
#define PORT	{TYPE_CONCAT2(TYPE_IPV6_ADDR, TYPE_INET_SERVICE), sizeof(struct key_port)}
#define PAIR	{TYPE_CONCAT2(TYPE_IPV6_ADDR, TYPE_IPV6_ADDR), sizeof(struct key_pair)}
#define RANGES	NFT_SET_MAP | NFT_SET_INTERVAL | NFT_SET_CONCAT, .key = PORT, .data = ADDRESS, \
		.n_fields = 2, .fields = {16, 2}, .counted = true

/* In the order of enum v6_nat_set, which is the order in which nft lists them, and of
 * v6_sets_protocols; "provided", which holds one prefix for ever, comes last.
 */
static const struct set_layout layouts[] = {
	{"services", NFT_SET_MAP, .key = CLAIM, .data = PORT, .counted = true},
	{"ranges-tcp", RANGES},
	{"ranges-udp", RANGES},
	{"ranges-sctp", RANGES},
	{"whole", NFT_SET_MAP, .key = ADDRESS, .data = ADDRESS, .counted = true},
	{"traffic", .key = CLAIM, .counted = true},
	{"addresses", .key = ADDRESS},
	{"local", .key = CLAIM},
	{"hairpin", NFT_SET_INTERVAL | NFT_SET_CONCAT, .key = PAIR, .n_fields = 2,
	 .fields = {16, 16}},
	{"provided", NFT_SET_INTERVAL, .key = ADDRESS},
};
/* clang-format on */

const uint8_t v6_sets_protocols[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP};

const char *v6_sets_name(enum v6_nat_set set, uint8_t protocol)
{
	size_t i = 0, last = V6_ARRAY_SIZE(v6_sets_protocols) - 1;

	while (i < last && v6_sets_protocols[i] != protocol)
		i++;
	if (set == V6_NAT_RANGES)
		return layouts[set + i].name;
	return layouts[set < V6_NAT_RANGES ? set : set + last].name;
}

struct nftnl_set *v6_set_new(const char *name)
{
	struct nftnl_set *set = nftnl_set_alloc();

	if (!set)
		return NULL;
	nftnl_set_set_u32(set, NFTNL_SET_FAMILY, NFPROTO_IPV6);
	if (nftnl_set_set_str(set, NFTNL_SET_TABLE, V6_NAT_TABLE) == 0 &&
	    nftnl_set_set_str(set, NFTNL_SET_NAME, name) == 0)
		return set;
	nftnl_set_free(set);
	return NULL;
}

static void put_set(struct v6_batch *batch, uint16_t type, uint16_t flags, struct nftnl_set *set)
{
	struct nlmsghdr *message = set ? v6_batch_next(batch, type, flags) : NULL;

	if (!message) {
		batch->status = batch->status < 0 ? batch->status : -ENOMEM;
		return;
	}
	if (type == NFT_MSG_NEWSET)
		nftnl_set_nlmsg_build_payload(message, set);
	else
		nftnl_set_elems_nlmsg_build_payload(message, set);
	v6_batch_add(batch, message);
}

static void fill_set(struct nftnl_set *set, const struct set_layout *layout, uint32_t id)
{
	nftnl_set_set_u32(set, NFTNL_SET_ID, id);
	nftnl_set_set_u32(set, NFTNL_SET_FLAGS, layout->flags);
	nftnl_set_set_u32(set, NFTNL_SET_KEY_TYPE, layout->key.number);
	nftnl_set_set_u32(set, NFTNL_SET_KEY_LEN, layout->key.size);
	if (layout->data.size) {
		nftnl_set_set_u32(set, NFTNL_SET_DATA_TYPE, layout->data.number);
		nftnl_set_set_u32(set, NFTNL_SET_DATA_LEN, layout->data.size);
	}
	if (layout->n_fields)
		nftnl_set_set_data(set, NFTNL_SET_DESC_CONCAT, layout->fields, layout->n_fields);
}

static void add_set(struct v6_batch *batch, const struct set_layout *layout, uint32_t id)
{
	struct nftnl_set *set = v6_set_new(layout->name);
	struct nftnl_expr *counter = set && layout->counted ? nftnl_expr_alloc("counter") : NULL;

	if (set)
		fill_set(set, layout, id);
	if (counter)
		nftnl_set_add_expr(set, counter);
	else if (layout->counted)
		batch->status = -ENOMEM;
	put_set(batch, NFT_MSG_NEWSET, NLM_F_CREATE, set);
	if (set)
		nftnl_set_free(set);
}

static int element_add(struct nftnl_set *set, const void *key, uint32_t size, uint32_t flags)
{
	struct nftnl_set_elem *element = nftnl_set_elem_alloc();

	if (!element)
		return -ENOMEM;
	nftnl_set_elem_set(element, NFTNL_SET_ELEM_KEY, key, size);
	if (flags)
		nftnl_set_elem_set_u32(element, NFTNL_SET_ELEM_FLAGS, flags);
	nftnl_set_elem_add(set, element);
	return 0;
}

/* past_prefix() - the first address after a prefix, where a one-field interval ends */
static struct in6_addr past_prefix(const struct v6_prefix *prefix)
{
	struct in6_addr end = v6_prefix_mask(*prefix).address;
	unsigned int carry = 1U << ((8 - prefix->length % 8) % 8);
	int i;

	for (i = (prefix->length + 7) / 8 - 1; i >= 0 && carry; i--) {
		carry += end.s6_addr[i];
		end.s6_addr[i] = (uint8_t)carry;
		carry >>= 8;
	}
	return end;
}

void v6_sets_add_provided(struct v6_batch *batch, const struct v6_prefix *provided)
{
	struct in6_addr start = v6_prefix_mask(*provided).address, end = past_prefix(provided);
	struct nftnl_set *set = v6_set_new("provided");

	if (set && (element_add(set, &start, sizeof(start), 0) < 0 ||
		    element_add(set, &end, sizeof(end), NFT_SET_ELEM_INTERVAL_END) < 0))
		batch->status = -ENOMEM;
	put_set(batch, NFT_MSG_NEWSETELEM, NLM_F_CREATE, set);
	if (set)
		nftnl_set_free(set);
}

void v6_sets_add(struct v6_batch *batch, const struct v6_prefix *provided)
{
	uint32_t i;

	for (i = 0; i < V6_ARRAY_SIZE(layouts); i++)
		add_set(batch, &layouts[i], i + 1);
	v6_sets_add_provided(batch, provided);
}
