/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The skeleton of our table: chains and rules, which never change while services come and go.
 *
 * Each rule below stands under its text as nft writes it. libnftnl ends the process on an attribute
 * of the wrong size, so each expression is built in one small function only, and the golden test of
 * the table runs them all.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/icmp6.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include <libnftnl/chain.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/table.h>

#include "base/cleanup.h"
#include "table/nat.h"
#include "table/sets.h"

/* Before -100, where other engines' wildcard published ports hook in; equal would be undefined. */
#define PRIORITY_NAT	(-110)
#define PRIORITY_SRCNAT 100
#define PRIORITY_MANGLE (-150)

/* Offsets into the IPv6 and the transport header (RFC 8200 section 3). */
#define OFFSET_SADDR 8
#define OFFSET_DADDR 24
#define OFFSET_SPORT 0
#define OFFSET_DPORT 2

/* IP_CT_DIR_ORIGINAL, and the state bits of NF_CT_STATE_BIT() in the kernel */
#define DIRECTION_ORIGINAL 0
#define STATE_BIT(state)   (1U << ((state) + 1))

struct text;

struct rule {
	const char *chain;
	void (*write)(struct text *t);
};

struct chain {
	const char *name;
	const char *type; /* NULL: not attached to a hook */
	uint32_t hook;
	int32_t priority;
};

/* struct text - a rule being written; a failed allocation is sticky and comes out at its end */
struct text {
	struct nftnl_rule *rule;
	struct nftnl_expr *last;
	int status;
};

/* begin() - the next expression; the put functions below set its attributes */
static void begin(struct text *t, const char *type)
{
	t->last = t->status == 0 ? nftnl_expr_alloc(type) : NULL;
	if (t->last)
		nftnl_rule_add_expr(t->rule, t->last);
	else
		t->status = -ENOMEM;
}

static void put(struct text *t, uint16_t attribute, const void *data, uint32_t size)
{
	if (t->status == 0 && nftnl_expr_set(t->last, attribute, data, size) < 0)
		t->status = -ENOMEM;
}

static void put_u32(struct text *t, uint16_t attribute, uint32_t value)
{
	put(t, attribute, &value, sizeof(value));
}

static void put_string(struct text *t, uint16_t attribute, const char *value)
{
	put(t, attribute, value, (uint32_t)strlen(value) + 1);
}

static void load_l4proto(struct text *t, uint32_t reg)
{
	begin(t, "meta");
	put_u32(t, NFTNL_EXPR_META_KEY, NFT_META_L4PROTO);
	put_u32(t, NFTNL_EXPR_META_DREG, reg);
}

static void load_payload(struct text *t, uint32_t base, uint32_t offset, uint32_t size,
			 uint32_t reg)
{
	begin(t, "payload");
	put_u32(t, NFTNL_EXPR_PAYLOAD_BASE, base);
	put_u32(t, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
	put_u32(t, NFTNL_EXPR_PAYLOAD_LEN, size);
	put_u32(t, NFTNL_EXPR_PAYLOAD_DREG, reg);
}

static void load_address(struct text *t, uint32_t offset, uint32_t reg)
{
	load_payload(t, NFT_PAYLOAD_NETWORK_HEADER, offset, sizeof(struct in6_addr), reg);
}

/* load_claim() - meta l4proto . ip6 daddr . th dport, the key of "services" and "local" */
static void load_claim(struct text *t)
{
	load_l4proto(t, NFT_REG_1);
	load_address(t, OFFSET_DADDR, NFT_REG32_01);
	load_payload(t, NFT_PAYLOAD_TRANSPORT_HEADER, OFFSET_DPORT, 2, NFT_REG32_05);
}

static void load_ct(struct text *t, uint32_t key)
{
	begin(t, "ct");
	put_u32(t, NFTNL_EXPR_CT_KEY, key);
	put_u32(t, NFTNL_EXPR_CT_DREG, NFT_REG_1);
}

static void compare(struct text *t, uint32_t op, const void *value, uint32_t size)
{
	begin(t, "cmp");
	put_u32(t, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
	put_u32(t, NFTNL_EXPR_CMP_OP, op);
	put(t, NFTNL_EXPR_CMP_DATA, value, size);
}

/* match_bits() - whether any of some conntrack bits is set (or, with NFT_CMP_EQ, none) */
static void match_bits(struct text *t, uint32_t key, uint32_t bits, uint32_t op)
{
	uint32_t zero = 0;

	load_ct(t, key);
	begin(t, "bitwise");
	put_u32(t, NFTNL_EXPR_BITWISE_SREG, NFT_REG_1);
	put_u32(t, NFTNL_EXPR_BITWISE_DREG, NFT_REG_1);
	put_u32(t, NFTNL_EXPR_BITWISE_LEN, sizeof(bits));
	put(t, NFTNL_EXPR_BITWISE_MASK, &bits, sizeof(bits));
	put(t, NFTNL_EXPR_BITWISE_XOR, &zero, sizeof(zero));
	compare(t, op, &zero, sizeof(zero));
}

static void match_protocol(struct text *t, uint8_t protocol)
{
	load_l4proto(t, NFT_REG_1);
	compare(t, NFT_CMP_EQ, &protocol, sizeof(protocol));
}

static void lookup(struct text *t, const char *set)
{
	begin(t, "lookup");
	put_u32(t, NFTNL_EXPR_LOOKUP_SREG, NFT_REG_1);
	put_string(t, NFTNL_EXPR_LOOKUP_SET, set);
}

static void dnat(struct text *t)
{
	begin(t, "nat");
	put_u32(t, NFTNL_EXPR_NAT_TYPE, NFT_NAT_DNAT);
	put_u32(t, NFTNL_EXPR_NAT_FAMILY, NFPROTO_IPV6);
	put_u32(t, NFTNL_EXPR_NAT_REG_ADDR_MIN, NFT_REG_1);
}

static void verdict(struct text *t, int32_t code, const char *chain)
{
	begin(t, "immediate");
	put_u32(t, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
	put_u32(t, NFTNL_EXPR_IMM_VERDICT, (uint32_t)code);
	if (chain)
		put_string(t, NFTNL_EXPR_IMM_CHAIN, chain);
}

static void reject(struct text *t, uint32_t type, uint8_t code)
{
	begin(t, "reject");
	put_u32(t, NFTNL_EXPR_REJECT_TYPE, type);
	put(t, NFTNL_EXPR_REJECT_CODE, &code, sizeof(code));
}

/* dnat to meta l4proto . ip6 daddr . th dport map @services */
static void to_target(struct text *t)
{
	load_claim(t);
	lookup(t, "services");
	put_u32(t, NFTNL_EXPR_LOOKUP_DREG, NFT_REG_1);
	dnat(t);
	put_u32(t, NFTNL_EXPR_NAT_REG_PROTO_MIN, NFT_REG_2);
}

/* dnat to meta l4proto . ip6 daddr . th dport map @ranges: the port stays */
static void to_range(struct text *t)
{
	load_claim(t);
	lookup(t, "ranges");
	put_u32(t, NFTNL_EXPR_LOOKUP_DREG, NFT_REG_1);
	dnat(t);
}

/* dnat to ip6 daddr map @whole: any protocol, ping too */
static void to_whole(struct text *t)
{
	load_address(t, OFFSET_DADDR, NFT_REG_1);
	lookup(t, "whole");
	put_u32(t, NFTNL_EXPR_LOOKUP_DREG, NFT_REG_1);
	dnat(t);
}

/* ip6 daddr @addresses dnat to ip6 daddr: a binding to itself, after which no other table's NAT
 * rules are asked, so that nobody else's wildcard port catches our addresses
 */
static void to_itself(struct text *t)
{
	load_address(t, OFFSET_DADDR, NFT_REG_1);
	lookup(t, "addresses");
	load_address(t, OFFSET_DADDR, NFT_REG_1);
	dnat(t);
}

/* ct status dnat ip6 saddr . ip6 daddr @hairpin masquerade */
static void hairpin(struct text *t)
{
	match_bits(t, NFT_CT_STATUS, IPS_DST_NAT, NFT_CMP_NEQ);
	load_address(t, OFFSET_SADDR, NFT_REG_1);
	load_address(t, OFFSET_DADDR, NFT_REG_2);
	lookup(t, "hairpin");
	begin(t, "masq");
}

/* ip6 daddr @addresses goto guard */
static void to_guard(struct text *t)
{
	load_address(t, OFFSET_DADDR, NFT_REG_1);
	lookup(t, "addresses");
	verdict(t, NFT_GOTO, "guard");
}

/* ct state established,related accept */
static void accept_known(struct text *t)
{
	match_bits(t, NFT_CT_STATE, STATE_BIT(IP_CT_ESTABLISHED) | STATE_BIT(IP_CT_RELATED),
		   NFT_CMP_NEQ);
	verdict(t, NF_ACCEPT, NULL);
}

/* meta l4proto ipv6-icmp accept: ping, and neighbour discovery, without which nothing answers */
static void accept_icmp(struct text *t)
{
	match_protocol(t, IPPROTO_ICMPV6);
	verdict(t, NF_ACCEPT, NULL);
}

/* ct status dnat accept: a port of the host's own namespace that a claim leads to */
static void accept_dnat(struct text *t)
{
	match_bits(t, NFT_CT_STATUS, IPS_DST_NAT, NFT_CMP_NEQ);
	verdict(t, NF_ACCEPT, NULL);
}

/* meta l4proto . ip6 daddr . th dport @local accept */
static void accept_local(struct text *t)
{
	load_claim(t);
	lookup(t, "local");
	verdict(t, NF_ACCEPT, NULL);
}

/* meta l4proto tcp reject with tcp reset */
static void reject_tcp(struct text *t)
{
	match_protocol(t, IPPROTO_TCP);
	reject(t, NFT_REJECT_TCP_RST, 0);
}

/* reject */
static void reject_rest(struct text *t)
{
	reject(t, NFT_REJECT_ICMP_UNREACH, ICMP6_DST_UNREACH_NOPORT);
}

/* ip6 saddr @provided ct direction original ct status & dnat == 0 reject: the address that we give
 * is there to be reached by a service, it is no way out to the internet
 */
static void keep_in(struct text *t)
{
	uint8_t original = DIRECTION_ORIGINAL;

	load_address(t, OFFSET_SADDR, NFT_REG_1);
	lookup(t, "provided");
	load_ct(t, NFT_CT_DIRECTION);
	compare(t, NFT_CMP_EQ, &original, sizeof(original));
	match_bits(t, NFT_CT_STATUS, IPS_DST_NAT, NFT_CMP_EQ);
	reject(t, NFT_REJECT_ICMP_UNREACH, ICMP6_DST_UNREACH_NOPORT);
}

/* ct status dnat meta l4proto . ip6 daddr . th dport @traffic: before the address is translated.
 * The first packet of a connection is no such yet, but counted by its map
 */
static void count_arriving(struct text *t)
{
	match_bits(t, NFT_CT_STATUS, IPS_DST_NAT, NFT_CMP_NEQ);
	load_claim(t);
	lookup(t, "traffic");
}

/* ct status dnat meta l4proto . ip6 saddr . th sport @traffic: an answer, translated back */
static void count_leaving(struct text *t)
{
	match_bits(t, NFT_CT_STATUS, IPS_DST_NAT, NFT_CMP_NEQ);
	load_l4proto(t, NFT_REG_1);
	load_address(t, OFFSET_SADDR, NFT_REG32_01);
	load_payload(t, NFT_PAYLOAD_TRANSPORT_HEADER, OFFSET_SPORT, 2, NFT_REG32_05);
	lookup(t, "traffic");
}

/* struct elements - operations behind the skeleton, and the index of the first */
struct elements {
	struct v6_nat_op *ops;
	size_t n;
	unsigned int first;
};

static const struct chain chains[] = {
	{"prerouting", "nat", NF_INET_PRE_ROUTING, PRIORITY_NAT},
	{"output", "nat", NF_INET_LOCAL_OUT, PRIORITY_NAT},
	{"postrouting", "nat", NF_INET_POST_ROUTING, PRIORITY_SRCNAT},
	{"input", "filter", NF_INET_LOCAL_IN, 0},
	{"guard", NULL, 0, 0},
	{"forward", "filter", NF_INET_FORWARD, 0},
	{"arriving", "filter", NF_INET_PRE_ROUTING, PRIORITY_MANGLE},
	{"leaving", "filter", NF_INET_POST_ROUTING, PRIORITY_SRCNAT + 10},
};

static const struct rule rules[] = {
	{"prerouting", to_target}, {"prerouting", to_range},	 {"prerouting", to_whole},
	{"prerouting", to_itself}, {"output", to_target},	 {"output", to_range},
	{"output", to_whole},	   {"postrouting", hairpin},	 {"input", to_guard},
	{"guard", accept_known},   {"guard", accept_icmp},	 {"guard", accept_dnat},
	{"guard", accept_local},   {"guard", reject_tcp},	 {"guard", reject_rest},
	{"forward", keep_in},	   {"arriving", count_arriving}, {"leaving", count_leaving},
};

/* new_table() - ours, by its name: to remove one without a name is to remove all tables of IPv6 */
static struct nftnl_table *new_table(void)
{
	struct nftnl_table *table = nftnl_table_alloc();

	if (table && nftnl_table_set_str(table, NFTNL_TABLE_NAME, V6_NAT_TABLE) == 0)
		return table;
	if (table)
		nftnl_table_free(table);
	return NULL;
}

static void put_table(struct v6_batch *batch, uint16_t type, uint16_t flags)
{
	struct nftnl_table *table = new_table();
	struct nlmsghdr *message = table ? v6_batch_next(batch, type, flags) : NULL;

	if (message) {
		nftnl_table_nlmsg_build_payload(message, table);
		v6_batch_add(batch, message);
	} else {
		batch->status = -ENOMEM;
	}
	if (table)
		nftnl_table_free(table);
}

/* fill_chain() - Return: 0, or negative: no memory */
static int fill_chain(struct nftnl_chain *c, const struct chain *chain)
{
	int ret = nftnl_chain_set_str(c, NFTNL_CHAIN_TABLE, V6_NAT_TABLE);

	ret |= nftnl_chain_set_str(c, NFTNL_CHAIN_NAME, chain->name);
	if (!chain->type)
		return ret;
	ret |= nftnl_chain_set_str(c, NFTNL_CHAIN_TYPE, chain->type);
	nftnl_chain_set_u32(c, NFTNL_CHAIN_HOOKNUM, chain->hook);
	nftnl_chain_set_s32(c, NFTNL_CHAIN_PRIO, chain->priority);
	nftnl_chain_set_u32(c, NFTNL_CHAIN_POLICY, NF_ACCEPT);
	return ret;
}

static void put_chain(struct v6_batch *batch, const struct chain *chain)
{
	struct nftnl_chain *c = nftnl_chain_alloc();
	struct nlmsghdr *message = NULL;

	if (c && fill_chain(c, chain) == 0)
		message = v6_batch_next(batch, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	if (message) {
		nftnl_chain_nlmsg_build_payload(message, c);
		v6_batch_add(batch, message);
	} else {
		batch->status = -ENOMEM;
	}
	if (c)
		nftnl_chain_free(c);
}

static void put_rule(struct v6_batch *batch, const struct rule *rule)
{
	struct nftnl_rule *r = nftnl_rule_alloc();
	struct text text = {.rule = r};
	struct nlmsghdr *message =
		r ? v6_batch_next(batch, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND) : NULL;

	if (message) {
		nftnl_rule_set_u32(r, NFTNL_RULE_FAMILY, NFPROTO_IPV6);
		if (nftnl_rule_set_str(r, NFTNL_RULE_TABLE, V6_NAT_TABLE) < 0 ||
		    nftnl_rule_set_str(r, NFTNL_RULE_CHAIN, rule->chain) < 0)
			text.status = -ENOMEM;
		rule->write(&text);
		nftnl_rule_nlmsg_build_payload(message, r);
		v6_batch_add(batch, message);
		if (text.status < 0)
			batch->status = text.status;
	} else {
		batch->status = -ENOMEM;
	}
	if (r)
		nftnl_rule_free(r);
}

static int get_table(struct v6_nl *nl)
{
	struct nftnl_table *table = new_table();
	union v6_nl_message message = {{0}};
	struct nlmsghdr *request;

	if (!table)
		return -ENOMEM;
	request = nftnl_nlmsg_build_hdr(message.bytes, NFT_MSG_GETTABLE, NFPROTO_IPV6, 0, 0);
	nftnl_table_nlmsg_build_payload(request, table);
	nftnl_table_free(table);
	return v6_nl_talk(nl, request, NULL, NULL);
}

int v6_nat_usable(struct v6_nl *nl, struct v6_error *err)
{
	int ret = get_table(nl);

	if (ret < 0 && ret != -ENOENT)
		return v6_fail(err, ret, "nf_tables: %s", v6_nl_explain(ret));
	return 0;
}

static void note_element(unsigned int index, int code, void *data)
{
	struct elements *elements = data;

	if (index >= elements->first && index - elements->first < elements->n)
		elements->ops[index - elements->first].result = code;
}

int v6_nat_create(struct v6_nl *nl, const struct v6_prefix *provided, struct v6_nat_op *ops,
		  size_t n, struct v6_error *err)
{
	struct elements elements = {ops, n, 0};
	struct v6_batch auto_call(v6_batch_release) batch = {0};
	bool remains = get_table(nl) == 0;
	size_t i;
	int ret;

	v6_batch_begin(&batch, nl);
	if (remains)
		put_table(&batch, NFT_MSG_DELTABLE, 0);
	put_table(&batch, NFT_MSG_NEWTABLE, NLM_F_CREATE);
	v6_sets_add(&batch, provided);
	for (i = 0; i < V6_ARRAY_SIZE(chains); i++)
		put_chain(&batch, &chains[i]);
	for (i = 0; i < V6_ARRAY_SIZE(rules); i++)
		put_rule(&batch, &rules[i]);

	elements.first = batch.n_messages;
	for (i = 0; i < n; i++)
		v6_element_put(&batch, &ops[i]);

	ret = v6_batch_commit(&batch, nl, note_element, &elements, err);
	if (ret < 0)
		return v6_context(err, ret, "cannot make table ip6 " V6_NAT_TABLE);
	return 0;
}

int v6_nat_delete(struct v6_nl *nl, struct v6_error *err)
{
	struct v6_batch auto_call(v6_batch_release) batch = {0};
	int ret;

	v6_batch_begin(&batch, nl);
	put_table(&batch, NFT_MSG_DELTABLE, 0);
	ret = v6_batch_commit(&batch, nl, NULL, NULL, err);
	if (ret < 0 && ret != -ENOENT)
		return v6_context(err, ret, "cannot delete table ip6 " V6_NAT_TABLE);
	return 0;
}

int v6_nat_provide(struct v6_nl *nl, const struct v6_prefix *provided, struct v6_error *err)
{
	struct v6_batch auto_call(v6_batch_release) batch = {0};
	int ret;

	v6_batch_begin(&batch, nl);
	v6_sets_add_provided(&batch, provided);
	ret = v6_batch_commit(&batch, nl, NULL, NULL, err);
	if (ret < 0)
		return v6_context(err, ret, "cannot add to set provided");
	return 0;
}

static int count_rule(const struct nlmsghdr *message, void *data)
{
	const struct nlattr *attr;
	char table[sizeof(V6_NAT_TABLE) + 1] = "";

	mnl_attr_for_each (attr, message, sizeof(struct nfgenmsg))
		if (mnl_attr_get_type(attr) == NFTA_RULE_TABLE)
			v6_nl_string(attr, table, sizeof(table));
	*(size_t *)data += strcmp(table, V6_NAT_TABLE) == 0;
	return MNL_CB_OK;
}

static void count_none(void *data)
{
	*(size_t *)data = 0;
}

/* filter_rules() - only our table's, of a set of rules that another program may have made long */
static int filter_rules(struct nlmsghdr *request)
{
	struct nftnl_rule *filter = nftnl_rule_alloc();
	int ret;

	if (!filter)
		return -ENOMEM;
	ret = nftnl_rule_set_str(filter, NFTNL_RULE_TABLE, V6_NAT_TABLE);
	nftnl_rule_set_u32(filter, NFTNL_RULE_FAMILY, NFPROTO_IPV6);
	nftnl_rule_nlmsg_build_payload(request, filter);
	nftnl_rule_free(filter);
	return ret < 0 ? -ENOMEM : 0;
}

int v6_nat_exists(struct v6_nl *nl, struct v6_error *err)
{
	union v6_nl_message message = {{0}};
	struct nlmsghdr *request =
		nftnl_nlmsg_build_hdr(message.bytes, NFT_MSG_GETRULE, NFPROTO_IPV6, NLM_F_DUMP, 0);
	size_t n = 0;
	int ret = filter_rules(request);

	if (ret < 0)
		return v6_fail(err, ret, "nf_tables: %s", v6_strerror(ret));
	ret = v6_nl_dump(nl, request, count_rule, count_none, &n);
	if (ret < 0 && ret != -ENOENT)
		return v6_fail(err, ret, "nf_tables: cannot list rules: %s", v6_strerror(ret));
	return n >= V6_ARRAY_SIZE(rules);
}
