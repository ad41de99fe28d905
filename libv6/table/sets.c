/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sets and maps of our table, as they are made. */
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdbool.h>
#include <string.h>

#include <libnftnl/udata.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "table/sets.h"

#ifndef NFT_SET_CONCAT
#define NFT_SET_CONCAT 0x80 /* 5.6 */
#endif

/* enum byteorder of nftables (expression.h), which keeps one as 32 bits in the host's order */
#define BYTEORDER_HOST_ENDIAN 1

/**
 * struct set_layout - One set of the skeleton
 * @flags:	NFT_SET_*; a map has NFT_SET_MAP, and data
 * @key, @data:	nft's type number and size in bytes
 * @fields:	Sizes of the @n_fields of an interval concatenation
 * @counted:	Each element counts the packets that find it
 * @timeout_s:	Packets fill it, and so long an element stays
 * @host_order:	Its data is a number in the host's byte order
 */
struct set_layout {
	const char *name;
	uint32_t flags;
	struct type {
		uint32_t number, size;
	} key, data;
	uint8_t n_fields;
	uint8_t fields[3];
	bool counted, host_order;
	uint16_t timeout_s;
};

/* clang-format off */
#define ADDRESS	{TYPE_IPV6_ADDR, sizeof(struct in6_addr)}
#define CLAIM	{TYPE_CONCAT3(TYPE_INET_PROTOCOL, TYPE_IPV6_ADDR, TYPE_INET_SERVICE), \
		 sizeof(struct key_claim)}
#define SLOT	{TYPE_CONCAT4(TYPE_INET_SERVICE, TYPE_INET_PROTOCOL, TYPE_IPV6_ADDR, \
			      TYPE_INET_SERVICE), sizeof(struct key_slot)}
#define PORT	{TYPE_CONCAT2(TYPE_IPV6_ADDR, TYPE_INET_SERVICE), sizeof(struct key_port)}
#define PAIR	{TYPE_CONCAT2(TYPE_IPV6_ADDR, TYPE_IPV6_ADDR), sizeof(struct key_pair)}
#define SENDER	{TYPE_CONCAT2(TYPE_IFNAME, TYPE_ETHER_ADDR), sizeof(struct key_sender)}
#define SOURCE	{TYPE_CONCAT2(TYPE_ETHER_ADDR, TYPE_IPV6_ADDR), sizeof(struct key_source)}
#define SERVICE	{TYPE_INET_SERVICE, sizeof(uint16_t)}
#define QUESTION {TYPE_CONCAT4(TYPE_IPV6_ADDR, TYPE_INET_SERVICE, TYPE_IPV6_ADDR, TYPE_INET_SERVICE), \
		 sizeof(struct key_question)}
#define ASKER	{TYPE_CONCAT3(TYPE_IPV6_ADDR, TYPE_INET_SERVICE, TYPE_INET_SERVICE), \
		 sizeof(struct key_asker)}
#define PORTS	{TYPE_CONCAT2(TYPE_INET_SERVICE, TYPE_INET_SERVICE), sizeof(struct key_ports)}
#define FILLED	(NFT_SET_TIMEOUT | NFT_SET_EVAL)
#define LINK	{TYPE_IFNAME, IF_NAMESIZE}
#define WITHIN	{TYPE_CONCAT2(TYPE_IFNAME, TYPE_IFNAME), sizeof(struct key_within)}
#define CLIENT	{TYPE_CONCAT3(TYPE_IPV6_ADDR, TYPE_INET_SERVICE, TYPE_IPV6_ADDR), \
		 sizeof(struct key_client)}
#define PORTS_OF NFT_SET_INTERVAL | NFT_SET_CONCAT, .key = PORT, .n_fields = 2, .fields = {16, 2}
#define FROM	NFT_SET_INTERVAL | NFT_SET_CONCAT, .key = CLIENT, .n_fields = 3, \
		.fields = {16, 2, 16}
#define LEAVING	{TYPE_CONCAT2(TYPE_IFNAME, TYPE_IPV6_ADDR), sizeof(struct key_leaving)}
#define RANGES	NFT_SET_MAP | NFT_SET_INTERVAL | NFT_SET_CONCAT, .key = PORT, .data = ADDRESS, \
		.n_fields = 2, .fields = {16, 2}, .counted = true

/* In the order of enum v6_nat_set, which is the order in which nft lists them, and of
 * v6_sets_protocols; "provided", which nothing is removed from, comes last. Behind it are those that
 * packets fill. What an element leads to is not changed by later packets, and so is not renewed by
 * them either; the two maps are each other's stand-in, and do not forget at once.
 */
static const struct set_layout layouts[] = {
	{"services", NFT_SET_MAP, .key = CLAIM, .data = PORT, .counted = true},
	{"shared", NFT_SET_MAP, .key = SLOT, .data = PORT, .counted = true},
	{"ranges-tcp", RANGES},
	{"ranges-udp", RANGES},
	{"ranges-sctp", RANGES},
	{"whole", NFT_SET_MAP, .key = ADDRESS, .data = ADDRESS, .counted = true},
	{"traffic", .key = CLAIM, .counted = true},
	{"addresses", .key = ADDRESS},
	{"local", .key = CLAIM},
	{"hairpin", NFT_SET_INTERVAL | NFT_SET_CONCAT, .key = PAIR, .n_fields = 2,
	 .fields = {16, 16}},
	{"senders", .key = SENDER},
	{"sources", .key = SOURCE},
	{"udp-ports", .key = SERVICE},
	{"several", .key = ADDRESS},
	{"siblings", NFT_SET_MAP, .key = SENDER, .data = ADDRESS},
	{"opened", .key = LINK},
	{"bridged", .key = WITHIN},
	{"limited", .key = CLAIM},
	{"limited-tcp", PORTS_OF},
	{"limited-udp", PORTS_OF},
	{"limited-sctp", PORTS_OF},
	{"from-tcp", FROM},
	{"from-udp", FROM},
	{"from-sctp", FROM},
	{"answers", NFT_SET_MAP, .key = ADDRESS, .data = {TYPE_MARK, sizeof(uint32_t)},
	 .host_order = true},
	{"egress", NFT_SET_MAP, .key = LEAVING, .data = ADDRESS, .counted = true},
	{"outgoing", .key = LEAVING},
	{"departures", NFT_SET_MAP, .key = ADDRESS, .data = {TYPE_MARK, sizeof(uint32_t)},
	 .host_order = true},
	{"provided", NFT_SET_INTERVAL, .key = ADDRESS},
	{"questions", FILLED, .key = QUESTION, .timeout_s = 120},
	{"askers", FILLED, .key = ASKER, .timeout_s = 120},
	{"askers-inside", FILLED, .key = ASKER, .timeout_s = 120},
	{"asked-ports", FILLED | NFT_SET_MAP, .key = PORTS, .data = ADDRESS, .timeout_s = 120},
	{"asked-clients", FILLED | NFT_SET_MAP, .key = ADDRESS, .data = ADDRESS, .timeout_s = 180},
};
/* clang-format on */

const uint8_t v6_sets_protocols[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP};

bool v6_sets_each_protocol(enum v6_nat_set set)
{
	return set == V6_NAT_RANGES || set == V6_NAT_LIMITED_RANGES || set == V6_NAT_FROM;
}

const char *v6_sets_name(enum v6_nat_set set, uint8_t protocol)
{
	size_t i = 0, last = V6_ARRAY_SIZE(v6_sets_protocols) - 1, layout = set;

	/* those before it are three sets each */
	layout += set > V6_NAT_RANGES ? last : 0;
	layout += set > V6_NAT_LIMITED_RANGES ? last : 0;
	layout += set > V6_NAT_FROM ? last : 0;
	if (!v6_sets_each_protocol(set))
		return layouts[layout].name;
	while (i < last && v6_sets_protocols[i] != protocol)
		i++;
	return layouts[layout + i].name;
}

int v6_sets_find(const char *name, enum v6_nat_set *ret_set)
{
	enum v6_nat_set set;
	size_t i;

	for (set = V6_NAT_SERVICES; set < V6_NAT_PROVIDED; set++)
		for (i = 0; i < V6_ARRAY_SIZE(v6_sets_protocols); i++)
			if (strcmp(v6_sets_name(set, v6_sets_protocols[i]), name) == 0) {
				*ret_set = set;
				return 0;
			}
	return -ENOENT;
}

void v6_sets_put_name(struct nlmsghdr *message, const char *name)
{
	/* the same attributes of a message about elements: NFTA_SET_ELEM_LIST_TABLE and ..._SET */
	mnl_attr_put_strz(message, NFTA_SET_TABLE, V6_NAT_TABLE);
	mnl_attr_put_strz(message, NFTA_SET_NAME, name);
}

void v6_sets_put_value(struct nlmsghdr *message, uint16_t type, const void *value, size_t size)
{
	struct nlattr *nest = mnl_attr_nest_start(message, type);

	mnl_attr_put(message, NFTA_DATA_VALUE, size, value);
	mnl_attr_nest_end(message, nest);
}

static void put_number(struct nlmsghdr *message, uint16_t type, uint32_t value)
{
	mnl_attr_put_u32(message, type, htonl(value));
}

/* put_fields() - the sizes of an interval concatenation's fields, each compared by itself */
static void put_fields(struct nlmsghdr *message, const struct set_layout *layout)
{
	struct nlattr *description = mnl_attr_nest_start(message, NFTA_SET_DESC), *field;
	struct nlattr *list = mnl_attr_nest_start(message, NFTA_SET_DESC_CONCAT);
	uint8_t i;

	for (i = 0; i < layout->n_fields; i++) {
		field = mnl_attr_nest_start(message, NFTA_LIST_ELEM);
		put_number(message, NFTA_SET_FIELD_LEN, layout->fields[i]);
		mnl_attr_nest_end(message, field);
	}
	mnl_attr_nest_end(message, list);
	mnl_attr_nest_end(message, description);
}

/* put_counter() - the expression that each element is to have */
static void put_counter(struct nlmsghdr *message)
{
	struct nlattr *nest = mnl_attr_nest_start(message, NFTA_SET_EXPR);

	mnl_attr_put_strz(message, NFTA_EXPR_NAME, "counter");
	mnl_attr_nest_end(message, mnl_attr_nest_start(message, NFTA_EXPR_DATA));
	mnl_attr_nest_end(message, nest);
}

/* put_byte_order() - of a key that is one name: otherwise nft shows none, and does not load what it
 * shows. In nft's layout: type, size, BYTEORDER_HOST_ENDIAN
 */
static void put_byte_order(struct nlmsghdr *message)
{
	struct {
		uint8_t type, size, value[sizeof(uint32_t)];
	} order = {NFTNL_UDATA_SET_KEYBYTEORDER, sizeof(order.value), {0}};
	const uint32_t host_endian = 1;

	memcpy(order.value, &host_endian, sizeof(host_endian));
	mnl_attr_put(message, NFTA_SET_USERDATA, sizeof(order), &order);
}

/* put_host_order() - what nft goes by when it lists the set */
static void put_host_order(struct nlmsghdr *message)
{
	const uint32_t order = BYTEORDER_HOST_ENDIAN;
	struct {
		uint8_t type, size, value[sizeof(order)];
	} data = {.type = NFTNL_UDATA_SET_DATABYTEORDER, .size = sizeof(order)};

	memcpy(data.value, &order, sizeof(order));
	mnl_attr_put(message, NFTA_SET_USERDATA, sizeof(data), &data);
}

static void add_set(struct v6_batch *batch, const struct set_layout *layout, uint32_t id)
{
	struct nlmsghdr *message = v6_batch_next(batch, NFT_MSG_NEWSET, NLM_F_CREATE);

	if (!message)
		return;
	v6_sets_put_name(message, layout->name);
	put_number(message, NFTA_SET_ID, id);
	put_number(message, NFTA_SET_FLAGS, layout->flags);
	put_number(message, NFTA_SET_KEY_TYPE, layout->key.number);
	put_number(message, NFTA_SET_KEY_LEN, layout->key.size);
	if (layout->data.size) {
		put_number(message, NFTA_SET_DATA_TYPE, layout->data.number);
		put_number(message, NFTA_SET_DATA_LEN, layout->data.size);
	}
	if (layout->n_fields)
		put_fields(message, layout);
	if (layout->key.number == TYPE_IFNAME)
		put_byte_order(message);
	if (layout->counted)
		put_counter(message);
	if (layout->timeout_s)
		mnl_attr_put_u64(message, NFTA_SET_TIMEOUT, htobe64(layout->timeout_s * 1000ULL));
	if (layout->host_order)
		put_host_order(message);
	v6_batch_add(batch, message);
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

static void put_bound(struct nlmsghdr *message, struct in6_addr address, uint32_t flags)
{
	struct nlattr *nest = mnl_attr_nest_start(message, NFTA_LIST_ELEM);

	if (flags)
		put_number(message, NFTA_SET_ELEM_FLAGS, flags);
	v6_sets_put_value(message, NFTA_SET_ELEM_KEY, &address, sizeof(address));
	mnl_attr_nest_end(message, nest);
}

void v6_sets_put_prefix(struct nlmsghdr *message, const struct v6_prefix *prefix, bool ends)
{
	put_bound(message, v6_prefix_mask(*prefix).address, 0);
	if (ends)
		put_bound(message, past_prefix(prefix), NFT_SET_ELEM_INTERVAL_END);
}

void v6_sets_add_provided(struct v6_batch *batch, const struct v6_prefix *provided)
{
	struct nlmsghdr *message = v6_batch_next(batch, NFT_MSG_NEWSETELEM, NLM_F_CREATE);
	struct nlattr *list;

	if (!message)
		return;
	v6_sets_put_name(message, "provided");
	list = mnl_attr_nest_start(message, NFTA_SET_ELEM_LIST_ELEMENTS);
	v6_sets_put_prefix(message, provided, true);
	mnl_attr_nest_end(message, list);
	v6_batch_add(batch, message);
}

void v6_sets_add(struct v6_batch *batch, const struct v6_prefix *provided)
{
	uint32_t i;

	for (i = 0; i < V6_ARRAY_SIZE(layouts); i++)
		add_set(batch, &layouts[i], i + 1);
	v6_sets_add_provided(batch, provided);
}

bool v6_sets_is_claims(enum v6_nat_set set)
{
	return set <= V6_NAT_WHOLE;
}

bool v6_sets_is_map(enum v6_nat_set set)
{
	return v6_sets_is_claims(set) || set == V6_NAT_SIBLINGS || set == V6_NAT_EGRESS;
}

bool v6_sets_is_counted(enum v6_nat_set set)
{
	return v6_sets_is_claims(set) || set == V6_NAT_EGRESS;
}

bool v6_sets_has_address(enum v6_nat_set set)
{
	return set != V6_NAT_PORTS && set != V6_NAT_SIBLINGS;
}
