/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Elements of our sets in the kernel's layout, written and read. */
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <string.h>

#include <libnftnl/udata.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "table/element.h"

bool v6_has_counted(const struct v6_counter *counter)
{
	return counter->packets || counter->bytes;
}

static void write_comment(struct nlmsghdr *message, const char *text)
{
	struct {
		uint8_t type, size;
		char text[V6_COMMENT_MAX + 1];
	} comment = {.type = NFTNL_UDATA_SET_ELEM_COMMENT};

	snprintf(comment.text, sizeof(comment.text), "%s", text);
	comment.size = (uint8_t)(strlen(comment.text) + 1);
	mnl_attr_put(message, NFTA_SET_ELEM_USERDATA, 2U + comment.size, &comment);
}

/* write_owner() - "NAME OWNER"; the name is for people and goes where both do not fit */
static void write_owner(struct nlmsghdr *message, const char *name, const char *owner)
{
	char text[V6_NAME_MAX + V6_ID_MAX + 2];

	snprintf(text, sizeof(text), "%s %s", name, owner);
	write_comment(message, strlen(text) > V6_COMMENT_MAX ? owner : text);
}

/* write_interval() - a key, and its end where it has one */
static void write_interval(struct nlmsghdr *message, const void *key, const void *end, size_t size)
{
	v6_sets_put_value(message, NFTA_SET_ELEM_KEY, key, size);
	if (end)
		v6_sets_put_value(message, NFTA_SET_ELEM_KEY_END, end, size);
}

static void write_claim_key(struct nlmsghdr *message, const struct v6_nat_op *op)
{
	struct key_claim key = {
		.protocol = op->claim.protocol,
		.address = op->claim.address,
		.port_be = htons(op->claim.port),
	};

	write_interval(message, &key, NULL, sizeof(key));
}

/* write_slot_key() - by four bits of the client's port, of which Linux chooses even ones */
static void write_slot_key(struct nlmsghdr *message, const struct v6_nat_op *op)
{
	struct key_slot key = {
		.slot_be = htons((uint16_t)(op->claim.slot << 1)),
		.claim = {.protocol = op->claim.protocol,
			  .address = op->claim.address,
			  .port_be = htons(op->claim.port)},
	};

	write_interval(message, &key, NULL, sizeof(key));
}

static void write_range(struct nlmsghdr *message, const struct v6_nat_op *op)
{
	struct key_port key = {op->claim.address, htons(op->claim.port), 0};
	struct key_port end = {op->claim.address, htons(op->claim.port + op->claim.more), 0};

	write_interval(message, &key, &end, sizeof(key));
}

static void write_whole(struct nlmsghdr *message, const struct v6_nat_op *op)
{
	write_interval(message, &op->claim.address, NULL, sizeof(op->claim.address));
}

static struct in6_addr last_address(const struct v6_prefix *prefix)
{
	struct in6_addr last = prefix->address;
	unsigned int i;

	for (i = prefix->length; i < 128; i++)
		last.s6_addr[i / 8] |= (uint8_t)(0x80 >> i % 8);
	return last;
}

/* pair_of() - (prefix . prefix) as an interval from the first to the last address of each field */
static void pair_of(const struct v6_prefix *prefix, struct key_pair *ret_key,
		    struct key_pair *ret_end)
{
	struct in6_addr first = v6_prefix_mask(*prefix).address, last = last_address(prefix);

	*ret_key = (struct key_pair){first, first};
	*ret_end = (struct key_pair){last, last};
}

static void write_pair(struct nlmsghdr *message, const struct v6_nat_op *op)
{
	struct key_pair key, end;

	pair_of(&op->prefix, &key, &end);
	write_interval(message, &key, &end, sizeof(key));
}

/* write_client() - ports of a service address, and a prefix of clients */
static void write_client(struct nlmsghdr *message, const struct v6_nat_op *op)
{
	struct key_client key = {{op->claim.address, htons(op->claim.port), 0},
				 v6_prefix_mask(op->prefix).address};
	struct key_client end = {{op->claim.address, htons(op->claim.port + op->claim.more), 0},
				 last_address(&op->prefix)};

	write_interval(message, &key, &end, sizeof(key));
}

static void write_sender(struct nlmsghdr *message, const struct v6_nat_op *op)
{
	struct key_sender key = {.link = ""};

	snprintf(key.link, sizeof(key.link), "%s", op->link);
	memcpy(key.mac, op->mac, sizeof(key.mac));
	write_interval(message, &key, NULL, sizeof(key));
}

static void write_source(struct nlmsghdr *message, const struct v6_nat_op *op)
{
	struct key_source key = {.address = op->claim.address};

	memcpy(key.mac, op->mac, sizeof(key.mac));
	write_interval(message, &key, NULL, sizeof(key));
}

static void write_link(struct nlmsghdr *message, const struct v6_nat_op *op)
{
	char key[IF_NAMESIZE] = "";

	snprintf(key, sizeof(key), "%s", op->link);
	write_interval(message, key, NULL, sizeof(key));
}

static void write_within(struct nlmsghdr *message, const struct v6_nat_op *op)
{
	struct key_within key = {.from = ""};

	snprintf(key.from, sizeof(key.from), "%s", op->link);
	memcpy(key.to, key.from, sizeof(key.to));
	write_interval(message, &key, NULL, sizeof(key));
}

static void write_outgoing(struct nlmsghdr *message, const struct v6_nat_op *op)
{
	struct key_leaving key = {.link = "", .address = op->claim.address};

	snprintf(key.link, sizeof(key.link), "%s", op->link);
	write_interval(message, &key, NULL, sizeof(key));
}

/* target_size() - of a map's data: wide claims keep the port */
static uint32_t target_size(enum v6_nat_set set)
{
	return set == V6_NAT_SERVICES || set == V6_NAT_SHARED ? sizeof(struct key_port)
							      : sizeof(struct in6_addr);
}

/* write_target() - what an element of a map leads to, and whose it is */
static void write_target(struct nlmsghdr *message, const struct v6_nat_op *op)
{
	struct key_port data = {
		.address = op->target.address,
		.port_be = htons(op->target.port),
	};

	v6_sets_put_value(message, NFTA_SET_ELEM_DATA, &data, target_size(op->set));
	if (op->owner)
		write_owner(message, op->name, op->owner);
}

static void write_mark(struct nlmsghdr *message, const struct v6_nat_op *op)
{
	v6_sets_put_value(message, NFTA_SET_ELEM_DATA, &op->mark, sizeof(op->mark));
}

/* write_counter() - what an element has counted before it was made again */
static void write_counter(struct nlmsghdr *message, const struct v6_counter *counter)
{
	struct nlattr *nest = mnl_attr_nest_start(message, NFTA_SET_ELEM_EXPR), *data;

	mnl_attr_put_strz(message, NFTA_EXPR_NAME, "counter");
	data = mnl_attr_nest_start(message, NFTA_EXPR_DATA);
	mnl_attr_put_u64(message, NFTA_COUNTER_BYTES, htobe64(counter->bytes));
	mnl_attr_put_u64(message, NFTA_COUNTER_PACKETS, htobe64(counter->packets));
	mnl_attr_nest_end(message, data);
	mnl_attr_nest_end(message, nest);
}

/*
 * Reading: by attributes, as libnftnl's parser takes for granted that all are there
 */

/* struct element - attributes of an element as the kernel tells of it, by their type */
struct element {
	const struct nlattr *parts[NFTA_SET_ELEM_KEY_END + 1];
};

static void take_apart(const struct nlattr *nest, struct element *element)
{
	const struct nlattr *attr;

	memset(element, 0, sizeof(*element));
	mnl_attr_for_each_nested (attr, nest)
		if (mnl_attr_get_type(attr) < V6_ARRAY_SIZE(element->parts))
			element->parts[mnl_attr_get_type(attr)] = attr;
}

/* read_value() - what a key or data is. Return: whether it is there, and of that size */
static bool read_value(const struct element *element, unsigned int type, void *ret_value,
		       size_t size)
{
	const struct nlattr *attr;

	if (!element->parts[type])
		return false;
	mnl_attr_for_each_nested (attr, element->parts[type]) {
		if (mnl_attr_get_type(attr) == NFTA_DATA_VALUE &&
		    mnl_attr_get_payload_len(attr) == size) {
			v6_nl_value(attr, ret_value, size);
			return true;
		}
	}
	return false;
}

static int read_claim(const struct element *element, struct v6_nat_op *op)
{
	struct key_claim key;

	if (!read_value(element, NFTA_SET_ELEM_KEY, &key, sizeof(key)))
		return -EINVAL;
	op->claim = (struct v6_claim){key.address, ntohs(key.port_be), key.protocol, 0, 0};
	return 0;
}

static int read_slot(const struct element *element, struct v6_nat_op *op)
{
	struct key_slot key;

	if (!read_value(element, NFTA_SET_ELEM_KEY, &key, sizeof(key)) ||
	    ntohs(key.slot_be) >= V6_SLOTS << 1)
		return -EINVAL;
	op->claim = (struct v6_claim){.address = key.claim.address,
				      .port = ntohs(key.claim.port_be),
				      .protocol = key.claim.protocol,
				      .slot = (uint8_t)(ntohs(key.slot_be) >> 1)};
	return 0;
}

/* read_ports() - one address, ports from the key to its end */
static int read_ports(const struct key_port *key, const struct key_port *end, struct v6_nat_op *op)
{
	if (ntohs(end->port_be) < ntohs(key->port_be) ||
	    !v6_address_equal(&end->address, &key->address))
		return -EINVAL;
	op->claim.address = key->address;
	op->claim.port = ntohs(key->port_be);
	op->claim.more = (uint16_t)(ntohs(end->port_be) - op->claim.port);
	return 0;
}

/* read_range() - the protocol is the map's */
static int read_range(const struct element *element, struct v6_nat_op *op)
{
	struct key_port key, end;

	if (!read_value(element, NFTA_SET_ELEM_KEY, &key, sizeof(key)) ||
	    !read_value(element, NFTA_SET_ELEM_KEY_END, &end, sizeof(end)))
		return -EINVAL;
	return read_ports(&key, &end, op);
}

static int read_whole(const struct element *element, struct v6_nat_op *op)
{
	return read_value(element, NFTA_SET_ELEM_KEY, &op->claim.address, sizeof(op->claim.address))
		       ? 0
		       : -EINVAL;
}

/* prefix_of() - what two addresses have in common */
static struct v6_prefix prefix_of(const struct in6_addr *first, const struct in6_addr *last)
{
	uint8_t i;

	for (i = 0; i < 128; i++)
		if ((first->s6_addr[i / 8] ^ last->s6_addr[i / 8]) & (0x80 >> i % 8))
			break;
	return (struct v6_prefix){*first, i};
}

/* read_pair() - back to the prefix; only pairs as write_pair() makes them are ours */
static int read_pair(const struct element *element, struct v6_nat_op *op)
{
	struct key_pair key, end, ours, ours_end;

	if (!read_value(element, NFTA_SET_ELEM_KEY, &key, sizeof(key)) ||
	    !read_value(element, NFTA_SET_ELEM_KEY_END, &end, sizeof(end)))
		return -EINVAL;

	op->prefix = prefix_of(&key.from, &end.from);
	pair_of(&op->prefix, &ours, &ours_end);
	return memcmp(&key, &ours, sizeof(ours)) == 0 &&
			       memcmp(&end, &ours_end, sizeof(ours_end)) == 0
		       ? 0
		       : -EINVAL;
}

/* read_client() - back to ports and prefix; the protocol is the set's */
static int read_client(const struct element *element, struct v6_nat_op *op)
{
	struct in6_addr first, last;
	struct key_client key, end;

	if (!read_value(element, NFTA_SET_ELEM_KEY, &key, sizeof(key)) ||
	    !read_value(element, NFTA_SET_ELEM_KEY_END, &end, sizeof(end)) ||
	    read_ports(&key.to, &end.to, op) < 0)
		return -EINVAL;
	op->prefix = prefix_of(&key.from, &end.from);
	first = v6_prefix_mask(op->prefix).address;
	last = last_address(&op->prefix);
	return v6_address_equal(&last, &end.from) && v6_address_equal(&first, &key.from) ? 0
											 : -EINVAL;
}

/* read_comment() - among what user space keeps with an element: type, size, value, and so on */
static void read_comment(const struct element *element, char *ret_comment)
{
	const struct nlattr *attr = element->parts[NFTA_SET_ELEM_USERDATA];
	size_t left = attr ? mnl_attr_get_payload_len(attr) : 0, size;
	const uint8_t *field = attr ? mnl_attr_get_payload(attr) : NULL;

	ret_comment[0] = '\0';
	for (; left >= 2 && left - 2 >= field[1]; left -= 2 + size, field += 2 + size) {
		size = field[1];
		if (field[0] != NFTNL_UDATA_SET_ELEM_COMMENT || size > V6_COMMENT_MAX + 1)
			continue;
		memcpy(ret_comment, field + 2, size);
		ret_comment[size ? size - 1 : 0] = '\0';
	}
}

/* read_sender() - its comment is the address; :: where somebody else wrote it */
static int read_sender(const struct element *element, struct v6_nat_op *op)
{
	char comment[V6_COMMENT_MAX + 1];
	struct key_sender key;

	if (!read_value(element, NFTA_SET_ELEM_KEY, &key, sizeof(key)) ||
	    memchr(key.link, '\0', sizeof(key.link)) == NULL)
		return -EINVAL;
	memcpy(op->link, key.link, sizeof(op->link));
	memcpy(op->mac, key.mac, sizeof(op->mac));
	read_comment(element, comment);
	v6_address_parse(comment, &op->claim.address);
	return 0;
}

static int read_source(const struct element *element, struct v6_nat_op *op)
{
	struct key_source key;

	if (!read_value(element, NFTA_SET_ELEM_KEY, &key, sizeof(key)))
		return -EINVAL;
	op->claim.address = key.address;
	memcpy(op->mac, key.mac, sizeof(op->mac));
	return 0;
}

static void write_port(struct nlmsghdr *message, const struct v6_nat_op *op)
{
	uint16_t port_be = htons(op->claim.port);

	write_interval(message, &port_be, NULL, sizeof(port_be));
}

static int read_port(const struct element *element, struct v6_nat_op *op)
{
	uint16_t port_be;

	if (!read_value(element, NFTA_SET_ELEM_KEY, &port_be, sizeof(port_be)))
		return -EINVAL;
	op->claim.port = ntohs(port_be);
	return 0;
}

static int read_link(const struct element *element, struct v6_nat_op *op)
{
	char key[IF_NAMESIZE];

	if (!read_value(element, NFTA_SET_ELEM_KEY, key, sizeof(key)) ||
	    memchr(key, '\0', sizeof(key)) == NULL)
		return -EINVAL;
	memcpy(op->link, key, sizeof(op->link));
	return 0;
}

/* read_within() - only pairs as write_within() makes them are ours */
static int read_within(const struct element *element, struct v6_nat_op *op)
{
	struct key_within key;

	if (!read_value(element, NFTA_SET_ELEM_KEY, &key, sizeof(key)) ||
	    memchr(key.from, '\0', sizeof(key.from)) == NULL ||
	    memcmp(key.from, key.to, sizeof(key.from)) != 0)
		return -EINVAL;
	memcpy(op->link, key.from, sizeof(op->link));
	return 0;
}

static int read_outgoing(const struct element *element, struct v6_nat_op *op)
{
	struct key_leaving key;

	if (!read_value(element, NFTA_SET_ELEM_KEY, &key, sizeof(key)) ||
	    memchr(key.link, '\0', sizeof(key.link)) == NULL)
		return -EINVAL;
	memcpy(op->link, key.link, sizeof(op->link));
	op->claim.address = key.address;
	return 0;
}

static int read_answer(const struct element *element, struct v6_nat_op *op)
{
	int ret = read_whole(element, op);

	/* of a message that tells of a removal, the key alone */
	read_value(element, NFTA_SET_ELEM_DATA, &op->mark, sizeof(op->mark));
	return ret;
}

/* In the order of enum v6_nat_set. */
static const struct codec {
	void (*write_key)(struct nlmsghdr *message, const struct v6_nat_op *op);
	int (*read_key)(const struct element *element, struct v6_nat_op *op);
} codecs[] = {
	{write_claim_key, read_claim},	 /* services */
	{write_slot_key, read_slot},	 /* shared */
	{write_range, read_range},	 /* ranges */
	{write_whole, read_whole},	 /* whole */
	{write_claim_key, read_claim},	 /* traffic */
	{write_whole, read_whole},	 /* addresses */
	{write_claim_key, read_claim},	 /* local */
	{write_pair, read_pair},	 /* hairpin */
	{write_sender, read_sender},	 /* senders */
	{write_source, read_source},	 /* sources */
	{write_port, read_port},	 /* udp-ports */
	{write_whole, read_whole},	 /* several */
	{write_sender, read_sender},	 /* siblings */
	{write_link, read_link},	 /* opened */
	{write_within, read_within},	 /* bridged */
	{write_claim_key, read_claim},	 /* limited */
	{write_range, read_range},	 /* limited-tcp and the like */
	{write_client, read_client},	 /* from-tcp and the like */
	{write_whole, read_answer},	 /* answers */
	{write_outgoing, read_outgoing}, /* egress */
	{write_outgoing, read_outgoing}, /* outgoing */
	{write_whole, read_answer},	 /* departures */
	{NULL, read_whole},		 /* provided: an element for each of its two ends */
};

static void write_one(struct nlmsghdr *message, const struct v6_nat_op *op)
{
	struct nlattr *nest = mnl_attr_nest_start(message, NFTA_LIST_ELEM);

	codecs[op->set].write_key(message, op);
	if (v6_sets_is_map(op->set) && !op->remove)
		write_target(message, op);
	if (v6_sets_is_counted(op->set) && !op->remove && v6_has_counted(&op->counter))
		write_counter(message, &op->counter);
	if ((op->set == V6_NAT_ANSWERS || op->set == V6_NAT_DEPARTURES) && !op->remove)
		write_mark(message, op);
	if (op->set == V6_NAT_SENDERS && !op->remove)
		write_comment(message, V6_TEXT(&op->claim.address));
	mnl_attr_nest_end(message, nest);
}

void v6_element_write(struct nlmsghdr *message, const struct v6_nat_op *op)
{
	struct nlattr *list;

	v6_sets_put_name(message, v6_sets_name(op->set, op->claim.protocol));
	list = mnl_attr_nest_start(message, NFTA_SET_ELEM_LIST_ELEMENTS);
	if (op->set == V6_NAT_PROVIDED)
		v6_sets_put_prefix(message, &op->prefix, !op->remove);
	else
		write_one(message, op);
	mnl_attr_nest_end(message, list);
}

void v6_element_put(struct v6_batch *batch, struct v6_nat_op *op)
{
	uint16_t type = op->remove ? NFT_MSG_DELSETELEM : NFT_MSG_NEWSETELEM;
	uint16_t flags = op->remove ? 0 : op->exclusive ? NLM_F_CREATE | NLM_F_EXCL : NLM_F_CREATE;
	struct nlmsghdr *message = v6_batch_next(batch, type, flags);

	op->result = 0;
	batch->removes |= op->remove;
	if (message)
		v6_element_write(message, op);
	v6_batch_add(batch, message);
}

static void read_counts(const struct nlattr *nest, struct v6_counter *counter)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested (attr, nest) {
		if (mnl_attr_get_type(attr) == NFTA_COUNTER_PACKETS)
			V6_NL_VALUE(attr, &counter->packets);
		else if (mnl_attr_get_type(attr) == NFTA_COUNTER_BYTES)
			V6_NL_VALUE(attr, &counter->bytes);
	}
}

/* read_counter() - of an element whose expression is one */
static struct v6_counter read_counter(const struct element *element)
{
	const struct nlattr *attr, *expression = element->parts[NFTA_SET_ELEM_EXPR], *data = NULL;
	struct v6_counter counter = {0, 0};
	char name[sizeof("counter")] = "";

	if (!expression)
		return counter;
	mnl_attr_for_each_nested (attr, expression) {
		if (mnl_attr_get_type(attr) == NFTA_EXPR_NAME)
			v6_nl_string(attr, name, sizeof(name));
		else if (mnl_attr_get_type(attr) == NFTA_EXPR_DATA)
			data = attr;
	}
	if (data && strcmp(name, "counter") == 0)
		read_counts(data, &counter);
	return (struct v6_counter){be64toh(counter.packets), be64toh(counter.bytes)};
}

static int read_target(const struct element *element, struct v6_nat_op *op)
{
	struct key_port target = {.port_be = 0};

	if (!read_value(element, NFTA_SET_ELEM_DATA, &target, target_size(op->set)))
		return -EINVAL;
	op->target = (struct v6_target){target.address, ntohs(target.port_be)};
	return 0;
}

int v6_element_read(enum v6_nat_set set, uint8_t protocol, const struct nlattr *nest,
		    struct v6_nat_op *ret_op, char *ret_comment)
{
	struct v6_nat_op op = {.set = set, .claim.protocol = protocol};
	struct element element;
	int ret;

	take_apart(nest, &element);
	ret = codecs[set].read_key(&element, &op);
	if (ret == 0 && v6_sets_is_map(set))
		ret = read_target(&element, &op);
	if (ret < 0)
		return ret;

	op.counter = read_counter(&element);
	read_comment(&element, ret_comment);
	*ret_op = op;
	return 0;
}

int v6_element_prefix(enum v6_nat_set set, const struct nlattr *nest, struct v6_prefix *ret_prefix)
{
	struct v6_nat_op op = {.set = set};
	struct element element;
	int ret;

	take_apart(nest, &element);
	ret = v6_sets_has_address(set) ? codecs[set].read_key(&element, &op) : -EINVAL;
	if (ret < 0)
		return ret;
	*ret_prefix = set == V6_NAT_HAIRPIN ? op.prefix : (struct v6_prefix){op.claim.address, 128};
	return 0;
}
