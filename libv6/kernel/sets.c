/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <string.h>

#include <libnftnl/expr.h>
#include <libnftnl/udata.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "kernel/sets.h"

#ifndef NFT_SET_CONCAT
#define NFT_SET_CONCAT 0x80 /* 5.6 */
#endif

/* struct set_layout - one set of the skeleton; sizes in bytes, 0 data is a set, else a map */
struct set_layout {
	const char *name;
	uint32_t flags;
	uint32_t key_type, key_size;
	uint32_t data_type, data_size;
	uint8_t fields[2]; /* of an interval concatenation */
};

/* All but the last in the order of enum v6_nat_set. */
static const struct set_layout layouts[] = {
	{"services",
	 NFT_SET_MAP,
	 TYPE_CONCAT3(TYPE_INET_PROTOCOL, TYPE_IPV6_ADDR, TYPE_INET_SERVICE),
	 sizeof(struct key_claim),
	 TYPE_CONCAT2(TYPE_IPV6_ADDR, TYPE_INET_SERVICE),
	 sizeof(struct key_target),
	 {0, 0}},
	{"addresses", 0, TYPE_IPV6_ADDR, sizeof(struct in6_addr), 0, 0, {0, 0}},
	{"hairpin",
	 NFT_SET_INTERVAL | NFT_SET_CONCAT,
	 TYPE_CONCAT2(TYPE_IPV6_ADDR, TYPE_IPV6_ADDR),
	 sizeof(struct key_pair),
	 0,
	 0,
	 {16, 16}},
	{"local",
	 0,
	 TYPE_CONCAT3(TYPE_INET_PROTOCOL, TYPE_IPV6_ADDR, TYPE_INET_SERVICE),
	 sizeof(struct key_claim),
	 0,
	 0,
	 {0, 0}},
	{"provided", NFT_SET_INTERVAL, TYPE_IPV6_ADDR, sizeof(struct in6_addr), 0, 0, {0, 0}},
};

/* In the order of DESIGN's text, which is the order in which nft lists them. */
static const char *const listed[] = {"services", "addresses", "local", "hairpin", "provided"};

const char *v6_sets_name(enum v6_nat_set set)
{
	return layouts[set].name;
}

static struct nftnl_set *set_new(const char *name)
{
	struct nftnl_set *set = nftnl_set_alloc();

	if (!set)
		return NULL;
	nftnl_set_set_u32(set, NFTNL_SET_FAMILY, NFPROTO_IPV6);
	nftnl_set_set_str(set, NFTNL_SET_TABLE, V6_NAT_TABLE);
	nftnl_set_set_str(set, NFTNL_SET_NAME, name);
	return set;
}

static void put(struct v6_batch *batch, uint16_t type, uint16_t flags, struct nftnl_set *set)
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

static const struct set_layout *layout_of(const char *name)
{
	size_t i;

	for (i = 0; i < V6_ARRAY_SIZE(layouts) - 1; i++)
		if (strcmp(layouts[i].name, name) == 0)
			break;
	return &layouts[i];
}

static void add_set(struct v6_batch *batch, const struct set_layout *layout, uint32_t id)
{
	struct nftnl_set *set = set_new(layout->name);
	struct nftnl_expr *counter;

	if (set) {
		nftnl_set_set_u32(set, NFTNL_SET_ID, id);
		nftnl_set_set_u32(set, NFTNL_SET_FLAGS, layout->flags);
		nftnl_set_set_u32(set, NFTNL_SET_KEY_TYPE, layout->key_type);
		nftnl_set_set_u32(set, NFTNL_SET_KEY_LEN, layout->key_size);
	}
	if (set && layout->data_size) {
		nftnl_set_set_u32(set, NFTNL_SET_DATA_TYPE, layout->data_type);
		nftnl_set_set_u32(set, NFTNL_SET_DATA_LEN, layout->data_size);
		counter = nftnl_expr_alloc("counter");
		if (counter)
			nftnl_set_add_expr(set, counter);
		else
			batch->status = -ENOMEM;
	}
	if (set && layout->fields[0])
		nftnl_set_set_data(set, NFTNL_SET_DESC_CONCAT, layout->fields,
				   sizeof(layout->fields));

	put(batch, NFT_MSG_NEWSET, NLM_F_CREATE, set);
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
	struct nftnl_set *set = set_new("provided");

	if (set && (element_add(set, &start, sizeof(start), 0) < 0 ||
		    element_add(set, &end, sizeof(end), NFT_SET_ELEM_INTERVAL_END) < 0))
		batch->status = -ENOMEM;
	put(batch, NFT_MSG_NEWSETELEM, NLM_F_CREATE, set);
	if (set)
		nftnl_set_free(set);
}

void v6_sets_add(struct v6_batch *batch, const struct v6_prefix *provided)
{
	uint32_t i;

	for (i = 0; i < V6_ARRAY_SIZE(listed); i++)
		add_set(batch, layout_of(listed[i]), i + 1);
	v6_sets_add_provided(batch, provided);
}

/* set_comment() - "NAME OWNER"; the name is for people and goes where both do not fit */
static int set_comment(struct nftnl_set_elem *element, const char *name, const char *owner)
{
	char text[V6_NAME_MAX + V6_ID_MAX + 2];
	struct nftnl_udata_buf *data;

	if ((size_t)snprintf(text, sizeof(text), "%s %s", name, owner) > V6_COMMENT_MAX)
		snprintf(text, sizeof(text), "%s", owner);

	data = nftnl_udata_buf_alloc(NFT_USERDATA_MAXLEN);
	if (!data)
		return -ENOMEM;
	nftnl_udata_put_strz(data, NFTNL_UDATA_SET_ELEM_COMMENT, text);
	nftnl_set_elem_set(element, NFTNL_SET_ELEM_USERDATA, nftnl_udata_buf_data(data),
			   nftnl_udata_buf_len(data));
	nftnl_udata_buf_free(data);
	return 0;
}

static void fill_claim(struct nftnl_set_elem *element, const struct v6_claim *claim)
{
	struct key_claim key = {
		.protocol = claim->protocol,
		.address = claim->address,
		.port_be = htons(claim->port),
	};

	nftnl_set_elem_set(element, NFTNL_SET_ELEM_KEY, &key, sizeof(key));
}

static int fill_service(struct nftnl_set_elem *element, const struct v6_nat_op *op)
{
	struct key_target data = {
		.address = op->target.address,
		.port_be = htons(op->target.port),
	};

	fill_claim(element, &op->claim);
	if (op->remove)
		return 0;
	nftnl_set_elem_set(element, NFTNL_SET_ELEM_DATA, &data, sizeof(data));
	return op->owner ? set_comment(element, op->name, op->owner) : 0;
}

/* pair_of() - (prefix . prefix) as an interval from the first to the last address of each field */
static void pair_of(const struct v6_prefix *prefix, struct key_pair *ret_key,
		    struct key_pair *ret_end)
{
	struct in6_addr first = v6_prefix_mask(*prefix).address, last = first;
	unsigned int i;

	for (i = prefix->length; i < 128; i++)
		last.s6_addr[i / 8] |= (uint8_t)(0x80 >> i % 8);
	*ret_key = (struct key_pair){first, first};
	*ret_end = (struct key_pair){last, last};
}

static void fill_pair(struct nftnl_set_elem *element, const struct v6_prefix *prefix)
{
	struct key_pair key, end;

	pair_of(prefix, &key, &end);
	nftnl_set_elem_set(element, NFTNL_SET_ELEM_KEY, &key, sizeof(key));
	nftnl_set_elem_set(element, NFTNL_SET_ELEM_KEY_END, &end, sizeof(end));
}

struct nftnl_set *v6_element_new(const struct v6_nat_op *op)
{
	struct nftnl_set *set = set_new(v6_sets_name(op->set));
	struct nftnl_set_elem *element = nftnl_set_elem_alloc();
	int ret = 0;

	if (!set || !element)
		ret = -ENOMEM;
	else if (op->set == V6_NAT_SERVICES)
		ret = fill_service(element, op);
	else if (op->set == V6_NAT_HAIRPIN)
		fill_pair(element, &op->prefix);
	else if (op->set == V6_NAT_LOCAL)
		fill_claim(element, &op->claim);
	else
		nftnl_set_elem_set(element, NFTNL_SET_ELEM_KEY, &op->claim.address,
				   sizeof(op->claim.address));

	if (ret == 0) {
		nftnl_set_elem_add(set, element);
		return set;
	}
	if (element)
		nftnl_set_elem_free(element);
	if (set)
		nftnl_set_free(set);
	return NULL;
}

void v6_element_put(struct v6_batch *batch, struct v6_nat_op *op)
{
	uint16_t type = op->remove ? NFT_MSG_DELSETELEM : NFT_MSG_NEWSETELEM;
	uint16_t flags = op->remove ? 0 : op->exclusive ? NLM_F_CREATE | NLM_F_EXCL : NLM_F_CREATE;
	struct nftnl_set *set = v6_element_new(op);
	struct nlmsghdr *message = set ? v6_batch_next(batch, type, flags) : NULL;

	op->result = 0;
	if (message) {
		nftnl_set_elems_nlmsg_build_payload(message, set);
		v6_batch_add(batch, message);
	} else {
		batch->status = -ENOMEM;
	}
	if (set)
		nftnl_set_free(set);
}

static int read_comment_field(const struct nftnl_udata *field, void *data)
{
	char *comment = data;
	uint8_t size = nftnl_udata_len(field);

	if (nftnl_udata_type(field) == NFTNL_UDATA_SET_ELEM_COMMENT && size <= V6_COMMENT_MAX + 1) {
		memcpy(comment, nftnl_udata_get(field), size);
		comment[size ? size - 1 : 0] = '\0';
	}
	return 0;
}

static void read_comment(struct nftnl_set_elem *element, char *ret_comment)
{
	uint32_t size = 0;
	const void *data = nftnl_set_elem_get(element, NFTNL_SET_ELEM_USERDATA, &size);

	ret_comment[0] = '\0';
	if (data)
		nftnl_udata_parse(data, size, read_comment_field, ret_comment);
}

static int read_claim(struct nftnl_set_elem *element, struct v6_nat_op *op)
{
	uint32_t size = 0;
	const struct key_claim *key = nftnl_set_elem_get(element, NFTNL_SET_ELEM_KEY, &size);

	if (!key || size != sizeof(*key))
		return -EINVAL;
	op->claim = (struct v6_claim){key->address, ntohs(key->port_be), key->protocol};
	return 0;
}

static int read_service(struct nftnl_set_elem *element, struct v6_nat_op *op)
{
	uint32_t size = 0;
	const struct key_target *data = nftnl_set_elem_get(element, NFTNL_SET_ELEM_DATA, &size);

	if (!data || size != sizeof(*data) || read_claim(element, op) < 0)
		return -EINVAL;
	op->target = (struct v6_target){data->address, ntohs(data->port_be)};
	return 0;
}

/* read_pair() - back to the prefix; only pairs as fill_pair() makes them are ours */
static int read_pair(struct nftnl_set_elem *element, struct v6_nat_op *op)
{
	uint32_t size = 0, end_size = 0;
	const struct key_pair *key = nftnl_set_elem_get(element, NFTNL_SET_ELEM_KEY, &size);
	const struct key_pair *end = nftnl_set_elem_get(element, NFTNL_SET_ELEM_KEY_END, &end_size);
	struct key_pair ours, ours_end;
	unsigned int i;

	if (!key || size != sizeof(*key) || !end || end_size != sizeof(*end))
		return -EINVAL;

	for (i = 0; i < 128; i++)
		if ((key->from.s6_addr[i / 8] ^ end->from.s6_addr[i / 8]) & (0x80 >> i % 8))
			break;
	op->prefix = (struct v6_prefix){key->from, (uint8_t)i};
	pair_of(&op->prefix, &ours, &ours_end);
	return memcmp(key, &ours, sizeof(ours)) == 0 &&
			       memcmp(end, &ours_end, sizeof(ours_end)) == 0
		       ? 0
		       : -EINVAL;
}

int v6_element_read(enum v6_nat_set set, struct nftnl_set_elem *element, struct v6_nat_op *ret_op,
		    char *ret_comment)
{
	struct v6_nat_op op = {.set = set};
	const void *key;
	uint32_t size = 0;
	int ret = 0;

	if (set == V6_NAT_SERVICES) {
		ret = read_service(element, &op);
	} else if (set == V6_NAT_HAIRPIN) {
		ret = read_pair(element, &op);
	} else if (set == V6_NAT_LOCAL) {
		ret = read_claim(element, &op);
	} else {
		key = nftnl_set_elem_get(element, NFTNL_SET_ELEM_KEY, &size);
		if (!key || size != sizeof(op.claim.address))
			return -EINVAL;
		memcpy(&op.claim.address, key, size);
	}
	if (ret < 0)
		return ret;

	read_comment(element, ret_comment);
	*ret_op = op;
	return 0;
}
