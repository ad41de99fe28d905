/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The chains and rules of our table, as messages to the kernel.
 *
 * Each rule below stands under its text as nft writes it, and is a list of steps: functions that
 * append an expression or two.
 */
#include <arpa/inet.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include <libnftnl/common.h>

#include "base/cleanup.h"
#include "table/rules.h"
#include "table/sets.h"

/* Before -100, where other engines' wildcard published ports hook in; equal would be undefined. */
#define PRIORITY_DSTNAT (-110)
/* nft 1.1 writes one that is within 10 of it as "dstnat", which older ones do not load in "output"
 */
#define PRIORITY_OUTPUT (-111)
#define PRIORITY_SRCNAT 100
#define PRIORITY_MANGLE (-150)
/* Before conntrack (-200), which is to know an answer by its source */
#define PRIORITY_RAW (-300)
/* And after -290, where firewalld drops what comes by another link than its source's route
 */
#define PRIORITY_RETURNING (-250)

/* Offsets into the Ethernet, the IPv6 (RFC 8200 section 3) and the transport header. */
#define OFFSET_MAC   6
#define OFFSET_SADDR 8
#define OFFSET_DADDR 24
#define OFFSET_SPORT 0
#define OFFSET_DPORT 2

/* TCP's flags (RFC 9293 section 3.1): a client's first packet has SYN alone of these */
#define OFFSET_TCP_FLAGS 13
#define TCP_FIN		 0x01
#define TCP_SYN		 0x02
#define TCP_RST		 0x04
#define TCP_ACK		 0x10

/* IP_CT_DIR_ORIGINAL and IP_CT_DIR_REPLY, and the state bits of NF_CT_STATE_BIT() in the kernel */
#define DIRECTION_ORIGINAL 0
#define DIRECTION_REPLY	   1
#define STATE_BIT(state)   (1U << ((state) + 1))

#define STEPS_MAX 6

struct text;

/* struct step - part of a rule, and what it is about: a set, a chain or a protocol */
struct step {
	void (*write)(struct text *t);
	const char *name;
	uint8_t protocol;
};

struct rule {
	const char *chain;
	struct step steps[STEPS_MAX];
};

struct chain {
	const char *name;
	const char *type; /* NULL: not attached to a hook */
	uint32_t hook;
	int32_t priority;
};

/* struct text - a rule being written, and the nests of its last expression, which are open */
struct text {
	struct nlmsghdr *message;
	const struct step *step;
	struct nlattr *expression, *data;
};

static void end_expression(struct text *t)
{
	if (!t->expression)
		return;
	mnl_attr_nest_end(t->message, t->data);
	mnl_attr_nest_end(t->message, t->expression);
}

/* begin_expression() - the next one; the put functions below append its attributes */
static void begin_expression(struct text *t, const char *type)
{
	end_expression(t);
	t->expression = mnl_attr_nest_start(t->message, NFTA_LIST_ELEM);
	mnl_attr_put_strz(t->message, NFTA_EXPR_NAME, type);
	t->data = mnl_attr_nest_start(t->message, NFTA_EXPR_DATA);
}

static void put_u32(struct text *t, uint16_t attribute, uint32_t value)
{
	mnl_attr_put_u32(t->message, attribute, htonl(value));
}

static void put_name(struct text *t, uint16_t attribute)
{
	mnl_attr_put_strz(t->message, attribute, t->step->name);
}

static void load_l4proto(struct text *t)
{
	begin_expression(t, "meta");
	put_u32(t, NFTA_META_KEY, NFT_META_L4PROTO);
	put_u32(t, NFTA_META_DREG, NFT_REG_1);
}

static void load_payload(struct text *t, uint32_t base, uint32_t offset, uint32_t size,
			 uint32_t reg)
{
	begin_expression(t, "payload");
	put_u32(t, NFTA_PAYLOAD_BASE, base);
	put_u32(t, NFTA_PAYLOAD_OFFSET, offset);
	put_u32(t, NFTA_PAYLOAD_LEN, size);
	put_u32(t, NFTA_PAYLOAD_DREG, reg);
}

static void load_address(struct text *t, uint32_t offset, uint32_t reg)
{
	load_payload(t, NFT_PAYLOAD_NETWORK_HEADER, offset, sizeof(struct in6_addr), reg);
}

static void load_port(struct text *t, uint32_t offset, uint32_t reg)
{
	load_payload(t, NFT_PAYLOAD_TRANSPORT_HEADER, offset, 2, reg);
}

static void match_value(struct text *t, uint32_t op, const void *value, uint32_t size)
{
	begin_expression(t, "cmp");
	put_u32(t, NFTA_CMP_SREG, NFT_REG_1);
	put_u32(t, NFTA_CMP_OP, op);
	v6_sets_put_value(t->message, NFTA_CMP_DATA, value, size);
}

/* match_ethernet() - nft writes it before "ether saddr", and does not show it */
static void match_ethernet(struct text *t)
{
	uint16_t type = ARPHRD_ETHER;

	begin_expression(t, "meta");
	put_u32(t, NFTA_META_KEY, NFT_META_IIFTYPE);
	put_u32(t, NFTA_META_DREG, NFT_REG_1);
	match_value(t, NFT_CMP_EQ, &type, sizeof(type));
}

static void load_mac(struct text *t, uint32_t reg)
{
	load_payload(t, NFT_PAYLOAD_LL_HEADER, OFFSET_MAC, V6_MAC_SIZE, reg);
}

static void load_iifname(struct text *t)
{
	begin_expression(t, "meta");
	put_u32(t, NFTA_META_KEY, NFT_META_IIFNAME);
	put_u32(t, NFTA_META_DREG, NFT_REG_1);
}

/* load_sender() - iifname . ether saddr, the key of "senders" */
static void load_sender(struct text *t)
{
	match_ethernet(t);
	load_iifname(t);
	load_mac(t, NFT_REG_2);
}

/* load_within() - iifname . oifname, the key of "bridged" */
static void load_within(struct text *t)
{
	load_iifname(t);
	begin_expression(t, "meta");
	put_u32(t, NFTA_META_KEY, NFT_META_OIFNAME);
	put_u32(t, NFTA_META_DREG, NFT_REG_2);
}

/* load_source() - ether saddr . ip6 saddr, the key of "sources" */
static void load_source(struct text *t)
{
	match_ethernet(t);
	load_mac(t, NFT_REG_1);
	load_address(t, OFFSET_SADDR, NFT_REG32_02);
}

static void load_daddr(struct text *t)
{
	load_address(t, OFFSET_DADDR, NFT_REG_1);
}

static void load_saddr(struct text *t)
{
	load_address(t, OFFSET_SADDR, NFT_REG_1);
}

static void load_pair(struct text *t)
{
	load_address(t, OFFSET_SADDR, NFT_REG_1);
	load_address(t, OFFSET_DADDR, NFT_REG_2);
}

/* load_claim() - meta l4proto . ip6 daddr . th dport, the key of "services" and "local" */
static void load_claim(struct text *t)
{
	load_l4proto(t);
	load_address(t, OFFSET_DADDR, NFT_REG32_01);
	load_port(t, OFFSET_DPORT, NFT_REG32_05);
}

/* load_port_key() - ip6 daddr . th dport, the key of "ranges-tcp" and the like */
static void load_port_key(struct text *t)
{
	load_address(t, OFFSET_DADDR, NFT_REG_1);
	load_port(t, OFFSET_DPORT, NFT_REG_2);
}

/* load_answered() - the same claim, from a packet that comes back, translated already */
static void load_answered(struct text *t)
{
	load_l4proto(t);
	load_address(t, OFFSET_SADDR, NFT_REG32_01);
	load_port(t, OFFSET_SPORT, NFT_REG32_05);
}

/* load_question() - ip6 saddr . th sport . ip6 daddr . th dport, the key of "questions" */
static void load_question(struct text *t)
{
	load_address(t, OFFSET_SADDR, NFT_REG_1);
	load_port(t, OFFSET_SPORT, NFT_REG_2);
	load_address(t, OFFSET_DADDR, NFT_REG32_05);
	load_port(t, OFFSET_DPORT, NFT_REG32_09);
}

/* load_answered_question() - the same of the question that a packet answers */
static void load_answered_question(struct text *t)
{
	load_address(t, OFFSET_DADDR, NFT_REG_1);
	load_port(t, OFFSET_DPORT, NFT_REG_2);
	load_address(t, OFFSET_SADDR, NFT_REG32_05);
	load_port(t, OFFSET_SPORT, NFT_REG32_09);
}

/* load_asker() - ip6 saddr . th sport . th dport, the key of "askers" */
static void load_asker(struct text *t)
{
	load_address(t, OFFSET_SADDR, NFT_REG_1);
	load_port(t, OFFSET_SPORT, NFT_REG_2);
	load_port(t, OFFSET_DPORT, NFT_REG32_05);
}

/* load_answered_asker() - the same of whom a packet answers */
static void load_answered_asker(struct text *t)
{
	load_address(t, OFFSET_DADDR, NFT_REG_1);
	load_port(t, OFFSET_DPORT, NFT_REG_2);
	load_port(t, OFFSET_SPORT, NFT_REG32_05);
}

/* load_ports() - th sport . th dport, the key of "asked-ports", of a question, and of an answer */
static void load_ports(struct text *t)
{
	load_port(t, OFFSET_SPORT, NFT_REG_1);
	load_port(t, OFFSET_DPORT, NFT_REG32_01);
}

static void load_answered_ports(struct text *t)
{
	load_port(t, OFFSET_DPORT, NFT_REG_1);
	load_port(t, OFFSET_SPORT, NFT_REG32_01);
}

static void load_dport(struct text *t)
{
	load_port(t, OFFSET_DPORT, NFT_REG_1);
}

static void load_sport(struct text *t)
{
	load_port(t, OFFSET_SPORT, NFT_REG_1);
}

static void load_ct(struct text *t, uint32_t key)
{
	begin_expression(t, "ct");
	put_u32(t, NFTA_CT_KEY, key);
	put_u32(t, NFTA_CT_DREG, NFT_REG_1);
}

/* change_bits() - keep those of @mask, then flip those of @flip */
static void change_bits(struct text *t, const void *mask, const void *flip, uint32_t size)
{
	begin_expression(t, "bitwise");
	put_u32(t, NFTA_BITWISE_SREG, NFT_REG_1);
	put_u32(t, NFTA_BITWISE_DREG, NFT_REG_1);
	put_u32(t, NFTA_BITWISE_LEN, size);
	v6_sets_put_value(t->message, NFTA_BITWISE_MASK, mask, size);
	v6_sets_put_value(t->message, NFTA_BITWISE_XOR, flip, size);
}

static void mask_value(struct text *t, const void *mask, uint32_t size)
{
	uint32_t zero = 0;

	change_bits(t, mask, &zero, size);
}

/* match_bits() - whether any of some conntrack bits is set */
static void match_bits(struct text *t, uint32_t key, uint32_t bits)
{
	uint32_t zero = 0;

	load_ct(t, key);
	mask_value(t, &bits, sizeof(bits));
	match_value(t, NFT_CMP_NEQ, &zero, sizeof(zero));
}

static void match_known(struct text *t)
{
	match_bits(t, NFT_CT_STATE, STATE_BIT(IP_CT_ESTABLISHED) | STATE_BIT(IP_CT_RELATED));
}

static void match_dnat(struct text *t)
{
	match_bits(t, NFT_CT_STATUS, IPS_DST_NAT);
}

static void match_original(struct text *t)
{
	uint8_t original = DIRECTION_ORIGINAL;

	load_ct(t, NFT_CT_DIRECTION);
	match_value(t, NFT_CMP_EQ, &original, sizeof(original));
}

static void match_unmarked(struct text *t)
{
	uint32_t none = 0;

	begin_expression(t, "meta");
	put_u32(t, NFTA_META_KEY, NFT_META_MARK);
	put_u32(t, NFTA_META_DREG, NFT_REG_1);
	match_value(t, NFT_CMP_EQ, &none, sizeof(none));
}

/* load_original_daddr() - where the client sent it, whichever way the packet goes */
static void load_original_daddr(struct text *t)
{
	load_ct(t, NFT_CT_DST_IP6);
	mnl_attr_put_u8(t->message, NFTA_CT_DIRECTION, DIRECTION_ORIGINAL);
}

static void set_mark(struct text *t)
{
	begin_expression(t, "meta");
	put_u32(t, NFTA_META_KEY, NFT_META_MARK);
	put_u32(t, NFTA_META_SREG, NFT_REG_1);
}

static void match_protocol(struct text *t)
{
	load_l4proto(t);
	match_value(t, NFT_CMP_EQ, &t->step->protocol, sizeof(t->step->protocol));
}

static void match_later(struct text *t)
{
	uint8_t flags = TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK, first = TCP_SYN;

	load_payload(t, NFT_PAYLOAD_TRANSPORT_HEADER, OFFSET_TCP_FLAGS, sizeof(flags), NFT_REG_1);
	mask_value(t, &flags, sizeof(flags));
	match_value(t, NFT_CMP_NEQ, &first, sizeof(first));
}

static void match_set(struct text *t)
{
	begin_expression(t, "lookup");
	put_u32(t, NFTA_LOOKUP_SREG, NFT_REG_1);
	put_name(t, NFTA_LOOKUP_SET);
}

static void match_no_set(struct text *t)
{
	match_set(t);
	put_u32(t, NFTA_LOOKUP_FLAGS, NFT_LOOKUP_F_INV);
}

static void match_map(struct text *t)
{
	match_set(t);
	put_u32(t, NFTA_LOOKUP_DREG, NFT_REG_1);
}

static void fill_set(struct text *t, uint32_t op)
{
	begin_expression(t, "dynset");
	put_name(t, NFTA_DYNSET_SET_NAME);
	put_u32(t, NFTA_DYNSET_OP, op);
	put_u32(t, NFTA_DYNSET_SREG_KEY, NFT_REG_1);
}

static void update_set(struct text *t)
{
	fill_set(t, NFT_DYNSET_OP_UPDATE);
}

/* add_to_map() - what the key leads to is an address of the packet */
static void add_to_map(struct text *t, uint32_t offset)
{
	load_address(t, offset, NFT_REG_2);
	fill_set(t, NFT_DYNSET_OP_ADD);
	put_u32(t, NFTA_DYNSET_SREG_DATA, NFT_REG_2);
}

static void add_daddr(struct text *t)
{
	add_to_map(t, OFFSET_DADDR);
}

static void add_saddr(struct text *t)
{
	add_to_map(t, OFFSET_SADDR);
}

/* set_source() - ip6 saddr set, with the checksum of what it carries */
static void set_source(struct text *t)
{
	begin_expression(t, "payload");
	put_u32(t, NFTA_PAYLOAD_SREG, NFT_REG_1);
	put_u32(t, NFTA_PAYLOAD_BASE, NFT_PAYLOAD_NETWORK_HEADER);
	put_u32(t, NFTA_PAYLOAD_OFFSET, OFFSET_SADDR);
	put_u32(t, NFTA_PAYLOAD_LEN, sizeof(struct in6_addr));
	put_u32(t, NFTA_PAYLOAD_CSUM_TYPE, NFT_PAYLOAD_CSUM_NONE);
	put_u32(t, NFTA_PAYLOAD_CSUM_OFFSET, 0);
	put_u32(t, NFTA_PAYLOAD_CSUM_FLAGS, NFT_PAYLOAD_L4CSUM_PSEUDOHDR);
}

static void dnat_address(struct text *t)
{
	begin_expression(t, "nat");
	put_u32(t, NFTA_NAT_TYPE, NFT_NAT_DNAT);
	put_u32(t, NFTA_NAT_FAMILY, NFPROTO_IPV6);
	put_u32(t, NFTA_NAT_REG_ADDR_MIN, NFT_REG_1);
}

static void dnat_port(struct text *t)
{
	dnat_address(t);
	put_u32(t, NFTA_NAT_REG_PROTO_MIN, NFT_REG_2);
}

static void masquerade_source(struct text *t)
{
	begin_expression(t, "masq");
}

static void match_link_local(struct text *t)
{
	static const uint8_t prefix[8] = {0xfe, 0x80};

	load_payload(t, NFT_PAYLOAD_NETWORK_HEADER, OFFSET_SADDR, sizeof(prefix), NFT_REG_1);
	match_value(t, NFT_CMP_EQ, prefix, sizeof(prefix));
}

static void match_reply(struct text *t)
{
	uint8_t reply = DIRECTION_REPLY;

	load_ct(t, NFT_CT_DIRECTION);
	match_value(t, NFT_CMP_EQ, &reply, sizeof(reply));
}

static void match_multicast(struct text *t)
{
	uint8_t first = 0xff;

	load_payload(t, NFT_PAYLOAD_NETWORK_HEADER, OFFSET_DADDR, sizeof(first), NFT_REG_1);
	match_value(t, NFT_CMP_EQ, &first, sizeof(first));
}

static void match_no_source(struct text *t)
{
	match_value(t, NFT_CMP_EQ, &in6addr_any, sizeof(in6addr_any));
}

/* set_service_mark() - beside the bits that others have set */
static void set_service_mark(struct text *t)
{
	uint32_t mark = V6_SERVICE_MARK, others = ~mark;

	begin_expression(t, "meta");
	put_u32(t, NFTA_META_KEY, NFT_META_MARK);
	put_u32(t, NFTA_META_DREG, NFT_REG_1);
	change_bits(t, &others, &mark, sizeof(mark));
	begin_expression(t, "meta");
	put_u32(t, NFTA_META_KEY, NFT_META_MARK);
	put_u32(t, NFTA_META_SREG, NFT_REG_1);
}

/* put_verdict() - the step has the chain of one that goes to another */
static void put_verdict(struct text *t, int32_t code)
{
	struct nlattr *value, *nest;

	begin_expression(t, "immediate");
	put_u32(t, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	value = mnl_attr_nest_start(t->message, NFTA_IMMEDIATE_DATA);
	nest = mnl_attr_nest_start(t->message, NFTA_DATA_VERDICT);
	put_u32(t, NFTA_VERDICT_CODE, (uint32_t)code);
	if (t->step->name)
		put_name(t, NFTA_VERDICT_CHAIN);
	mnl_attr_nest_end(t->message, nest);
	mnl_attr_nest_end(t->message, value);
}

static void goto_chain(struct text *t)
{
	put_verdict(t, NFT_GOTO);
}

static void jump_to_chain(struct text *t)
{
	put_verdict(t, NFT_JUMP);
}

static void return_from_chain(struct text *t)
{
	put_verdict(t, NFT_RETURN);
}

static void drop_packet(struct text *t)
{
	put_verdict(t, NF_DROP);
}

static void accept_packet(struct text *t)
{
	put_verdict(t, NF_ACCEPT);
}

static void put_reject(struct text *t, uint32_t type, uint8_t code)
{
	begin_expression(t, "reject");
	put_u32(t, NFTA_REJECT_TYPE, type);
	mnl_attr_put_u8(t->message, NFTA_REJECT_ICMP_CODE, code);
}

static void reject_by_reset(struct text *t)
{
	put_reject(t, NFT_REJECT_TCP_RST, 0);
}

static void reject_by_icmp(struct text *t)
{
	put_reject(t, NFT_REJECT_ICMP_UNREACH, ICMP6_DST_UNREACH_NOPORT);
}

static const struct chain chains[] = {
	{"prerouting", "nat", NF_INET_PRE_ROUTING, PRIORITY_DSTNAT},
	{"output", "nat", NF_INET_LOCAL_OUT, PRIORITY_OUTPUT},
	{"postrouting", "nat", NF_INET_POST_ROUTING, PRIORITY_SRCNAT},
	{"input", "filter", NF_INET_LOCAL_IN, 0},
	{"guard", NULL, 0, 0},
	{"asking", NULL, 0, 0},
	{"asked", NULL, 0, 0},
	{"answers", "route", NF_INET_LOCAL_OUT, PRIORITY_RAW},
	{"answering", NULL, 0, 0},
	{"answered", NULL, 0, 0},
	{"returning", "filter", NF_INET_PRE_ROUTING, PRIORITY_RETURNING},
	{"returned", NULL, 0, 0},
	{"asking-inside", NULL, 0, 0},
	{"assigned", NULL, 0, 0},
	{"sender", NULL, 0, 0},
	{"marking", "filter", NF_INET_FORWARD, -10},
	{"routed", NULL, 0, 0},
	{"forward", "filter", NF_INET_FORWARD, 0},
	{"outgoing", "filter", NF_INET_LOCAL_OUT, 0},
	{"arriving", "filter", NF_INET_PRE_ROUTING, PRIORITY_MANGLE},
	{"leaving", "filter", NF_INET_POST_ROUTING, PRIORITY_SRCNAT + 10},
};

/* clang-format off */
#define DO(step)    {step, NULL, 0}
#define SET(name)   {match_set, name, 0}
#define MAP(name)   {match_map, name, 0}
#define NO_SET(name) {match_no_set, name, 0}
#define IS(number)  {match_protocol, NULL, number}
#define JUMP(name)  {jump_to_chain, name, 0}
#define GOTO(name)  {goto_chain, name, 0}
#define UPDATE(name) {update_set, name, 0}

static const struct rule rules[] = {
	/* tcp flags & (fin | syn | rst | ack) != syn ip6 daddr != @addresses accept: conntrack does not
	 * know this connection, and on an address that the host had before it may be the host's own, to
	 * a server whose answers come to a claimed port
	 */
	{"prerouting", {IS(IPPROTO_TCP), DO(match_later), DO(load_daddr), NO_SET("addresses"),
			DO(accept_packet)}},
	/* dnat to meta l4proto . ip6 daddr . th dport map @services */
	{"prerouting", {DO(load_claim), MAP("services"), DO(dnat_port)}},
	/* meta l4proto tcp dnat to ip6 daddr . th dport map @ranges-tcp: the port stays */
	{"prerouting", {IS(IPPROTO_TCP), DO(load_port_key), MAP("ranges-tcp"), DO(dnat_address)}},
	{"prerouting", {IS(IPPROTO_UDP), DO(load_port_key), MAP("ranges-udp"), DO(dnat_address)}},
	{"prerouting", {IS(IPPROTO_SCTP), DO(load_port_key), MAP("ranges-sctp"), DO(dnat_address)}},
	/* dnat to ip6 daddr map @whole: any protocol, ping too */
	{"prerouting", {DO(load_daddr), MAP("whole"), DO(dnat_address)}},
	/* ip6 daddr @addresses dnat to ip6 daddr: a binding to itself, after which no other table's NAT
	 * rules are asked, so that nobody else's wildcard port catches our addresses
	 */
	{"prerouting", {DO(load_daddr), SET("addresses"), DO(load_daddr), DO(dnat_address)}},

	/* as in prerouting */
	{"output", {IS(IPPROTO_TCP), DO(match_later), DO(load_daddr), NO_SET("addresses"),
		    DO(accept_packet)}},
	{"output", {DO(load_claim), MAP("services"), DO(dnat_port)}},
	{"output", {IS(IPPROTO_TCP), DO(load_port_key), MAP("ranges-tcp"), DO(dnat_address)}},
	{"output", {IS(IPPROTO_UDP), DO(load_port_key), MAP("ranges-udp"), DO(dnat_address)}},
	{"output", {IS(IPPROTO_SCTP), DO(load_port_key), MAP("ranges-sctp"), DO(dnat_address)}},
	{"output", {DO(load_daddr), MAP("whole"), DO(dnat_address)}},
	{"output", {DO(load_daddr), SET("addresses"), DO(load_daddr), DO(dnat_address)}},

	/* ct status dnat ip6 saddr . ip6 daddr @hairpin masquerade */
	{"postrouting", {DO(match_dnat), DO(load_pair), SET("hairpin"), DO(masquerade_source)}},

	/* meta l4proto udp th dport @udp-ports jump asking: a service of the host's own network is asked
	 * there, perhaps
	 */
	{"input", {IS(IPPROTO_UDP), DO(load_dport), SET("udp-ports"), JUMP("asking")}},
	/* ip6 daddr @addresses goto guard */
	{"input", {DO(load_daddr), SET("addresses"), GOTO("guard")}},

	/* ct state established,related accept */
	{"guard", {DO(match_known), DO(accept_packet)}},
	/* meta l4proto ipv6-icmp accept: ping, and neighbour discovery, without which nothing answers */
	{"guard", {IS(IPPROTO_ICMPV6), DO(accept_packet)}},
	/* ct status dnat accept: a port of the host's own namespace that a claim leads to */
	{"guard", {DO(match_dnat), DO(accept_packet)}},
	/* meta l4proto . ip6 daddr . th dport @local accept */
	{"guard", {DO(load_claim), SET("local"), DO(accept_packet)}},
	/* meta l4proto tcp reject with tcp reset */
	{"guard", {IS(IPPROTO_TCP), DO(reject_by_reset)}},
	/* reject */
	{"guard", {DO(reject_by_icmp)}},

	/* update @questions { ip6 saddr . th sport . ip6 daddr . th dport }: of whatever address, as the
	 * host's own are to answer from themselves
	 */
	{"asking", {DO(load_question), UPDATE("questions")}},
	/* ct status dnat goto asked: a service, with another port */
	{"asking", {DO(match_dnat), GOTO("asked")}},
	/* ip6 daddr @addresses goto asked */
	{"asking", {DO(load_daddr), SET("addresses"), GOTO("asked")}},
	/* meta l4proto . ip6 daddr . th dport @local goto asked: on an address that the host had before */
	{"asking", {DO(load_claim), SET("local"), GOTO("asked")}},

	/* update @askers { ip6 saddr . th sport . th dport } */
	{"asked", {DO(load_asker), UPDATE("askers")}},
	/* add @asked-ports { th sport . th dport : ip6 daddr } */
	{"asked", {DO(load_ports), {add_daddr, "asked-ports", 0}}},
	/* add @asked-clients { ip6 saddr : ip6 daddr } */
	{"asked", {DO(load_saddr), {add_daddr, "asked-clients", 0}}},

	/* meta l4proto udp th sport @udp-ports jump answering: with the address that was asked, conntrack
	 * knows it as an answer. The chain's type has the kernel route it again
	 */
	{"answers", {IS(IPPROTO_UDP), DO(load_sport), SET("udp-ports"), JUMP("answering")}},
	/* ip6 daddr . th dport . th sport != @askers return: to nobody who asked a service */
	{"answering", {DO(load_answered_asker), NO_SET("askers"), DO(return_from_chain)}},
	/* ip6 daddr . th dport . ip6 saddr . th sport @questions return: from an address that was asked */
	{"answering", {DO(load_answered_question), SET("questions"), DO(return_from_chain)}},
	/* ip6 saddr set th dport . th sport map @asked-ports: nearly always it is that */
	{"answering", {DO(load_answered_ports), MAP("asked-ports"), DO(set_source)}},
	/* ip6 daddr . th dport . ip6 saddr . th sport @questions goto answered */
	{"answering", {DO(load_answered_question), SET("questions"), GOTO("answered")}},
	/* ip6 saddr set ip6 daddr map @asked-clients: where two clients have one port */
	{"answering", {DO(load_daddr), MAP("asked-clients"), DO(set_source)}},
	{"answering", {DO(load_answered_question), SET("questions"), GOTO("answered")}},

	/* update @questions { ip6 daddr . th dport . ip6 saddr . th sport }: whoever is answered may listen
	 * for long without a word
	 */
	{"answered", {DO(load_answered_question), UPDATE("questions")}},
	{"answered", {DO(load_answered_asker), UPDATE("askers")}},
	{"answered", {DO(load_answered_ports), {add_saddr, "asked-ports", 0}}},
	{"answered", {DO(load_daddr), {add_saddr, "asked-clients", 0}}},

	/* meta l4proto udp ip6 daddr . th dport . th sport @askers-inside jump returned: to somebody who
	 * asked a container that may answer from several addresses
	 */
	{"returning", {IS(IPPROTO_UDP), DO(load_answered_asker), SET("askers-inside"),
		       JUMP("returned")}},
	/* ip6 daddr . th dport . ip6 saddr . th sport != @questions ip6 saddr set iifname . ether saddr map
	 * @siblings: where it comes from such a container, it comes from the address that was asked
	 */
	{"returned", {DO(load_answered_question), NO_SET("questions"), DO(load_sender),
		      MAP("siblings"), DO(set_source)}},
	/* ip6 daddr . th dport . ip6 saddr . th sport @questions update @questions { ip6 daddr . th dport .
	 * ip6 saddr . th sport } update @askers-inside { ip6 daddr . th dport . th sport }: as above
	 */
	{"returned", {DO(load_answered_question), SET("questions"), DO(load_answered_question),
		      UPDATE("questions"), DO(load_answered_asker), UPDATE("askers-inside")}},

	/* update @questions { ip6 saddr . th sport . ip6 daddr . th dport } */
	{"asking-inside", {DO(load_question), UPDATE("questions")}},
	/* update @askers-inside { ip6 saddr . th sport . th dport } */
	{"asking-inside", {DO(load_asker), UPDATE("askers-inside")}},

	/* ct status dnat return: what we assign is there to be reached by a service. Packets without a
	 * conntrack entry are none of its connections, so that this is no "ct status & dnat == 0"
	 */
	{"assigned", {DO(match_dnat), DO(return_from_chain)}},
	/* reject */
	{"assigned", {DO(reject_by_icmp)}},

	/* ether saddr . ip6 saddr @sources return */
	{"sender", {DO(load_source), SET("sources"), DO(return_from_chain)}},
	/* ip6 saddr fe80::/64 return: link-local addresses, which it may have had before */
	{"sender", {DO(match_link_local), DO(return_from_chain)}},
	/* ip6 saddr :: return: it looks for duplicates of an address */
	{"sender", {DO(load_saddr), DO(match_no_source), DO(return_from_chain)}},
	/* drop */
	{"sender", {DO(drop_packet)}},

	/* ct status dnat ct original ip6 daddr @addresses meta mark set meta mark | 0x1000: for the filters
	 * of others, which come after it. Nobody else translates what is sent to these addresses, and no
	 * packet brings a mark from outside or from a container
	 */
	{"marking", {DO(match_dnat), DO(load_original_daddr), SET("addresses"), DO(set_service_mark)}},
	/* ct status dnat return */
	{"routed", {DO(match_dnat), DO(return_from_chain)}},
	/* ct direction reply return: its connection was let in elsewhere */
	{"routed", {DO(match_reply), DO(return_from_chain)}},
	/* ip6 daddr ff00::/8 return: a multicast router forwards without this setting */
	{"routed", {DO(match_multicast), DO(return_from_chain)}},
	/* iifname . oifname @bridged return: frames between ports of a bridge, which br_netfilter shows us
	 */
	{"routed", {DO(load_within), SET("bridged"), DO(return_from_chain)}},
	/* drop: silently, as the kernel does on an interface that does not forward */
	{"routed", {DO(drop_packet)}},

	/* ip6 saddr @provided jump assigned: it is no way out to the internet either */
	{"forward", {DO(load_saddr), SET("provided"), JUMP("assigned")}},
	/* iifname @opened jump routed: we had it forward for services, so it does for nothing else */
	{"forward", {DO(load_iifname), SET("opened"), JUMP("routed")}},

	/* ct direction original ip6 daddr @provided jump assigned: the host itself answers, and does
	 * not ask
	 */
	{"outgoing", {DO(match_original), DO(load_daddr), SET("provided"), JUMP("assigned")}},

	/* iifname . ether saddr @senders jump sender */
	{"arriving", {DO(load_sender), SET("senders"), JUMP("sender")}},
	/* ip6 daddr @provided jump assigned: not in "forward", before which the kernel tells a
	 * neighbour to send straight to the container
	 */
	{"arriving", {DO(load_daddr), SET("provided"), JUMP("assigned")}},
	/* ct status dnat meta l4proto . ip6 daddr . th dport @traffic: before the address is translated.
	 * The first packet of a connection is no such yet, but counted by its map
	 */
	{"arriving", {DO(match_dnat), DO(load_claim), SET("traffic")}},

	/* meta mark 0 ct direction reply meta mark set ct original ip6 daddr map @answers: a routing rule
	 * has answers leave as what this host sends from that address. A mark that others set stays
	 */
	{"arriving", {DO(match_unmarked), DO(match_reply), DO(load_original_daddr), MAP("answers"), DO(set_mark)}},

	/* meta l4proto udp ip6 daddr @several jump asking-inside: its source is what the container sees */
	{"leaving", {IS(IPPROTO_UDP), DO(load_daddr), SET("several"), JUMP("asking-inside")}},
	/* ct status dnat meta l4proto . ip6 saddr . th sport @traffic: an answer, translated back */
	{"leaving", {DO(match_dnat), DO(load_answered), SET("traffic")}},
};
/* clang-format on */

static void put_chain(struct v6_batch *batch, const struct chain *chain)
{
	struct nlmsghdr *message = v6_batch_next(batch, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	struct nlattr *hook;

	if (!message)
		return;
	mnl_attr_put_strz(message, NFTA_CHAIN_TABLE, V6_NAT_TABLE);
	mnl_attr_put_strz(message, NFTA_CHAIN_NAME, chain->name);
	if (chain->type) {
		hook = mnl_attr_nest_start(message, NFTA_CHAIN_HOOK);
		mnl_attr_put_u32(message, NFTA_HOOK_HOOKNUM, htonl(chain->hook));
		mnl_attr_put_u32(message, NFTA_HOOK_PRIORITY, htonl((uint32_t)chain->priority));
		mnl_attr_nest_end(message, hook);
		mnl_attr_put_u32(message, NFTA_CHAIN_POLICY, htonl(NF_ACCEPT));
		mnl_attr_put_strz(message, NFTA_CHAIN_TYPE, chain->type);
	}
	v6_batch_add(batch, message);
}

static void put_rule(struct v6_batch *batch, size_t number)
{
	const struct step *steps = rules[number].steps;
	struct v6_rule_mark mark = {V6_RULE_MARK, sizeof(mark.number), (uint8_t)number};
	struct text t = {
		.message = v6_batch_next(batch, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND),
	};
	struct nlattr *list;

	if (!t.message)
		return;
	mnl_attr_put_strz(t.message, NFTA_RULE_TABLE, V6_NAT_TABLE);
	mnl_attr_put_strz(t.message, NFTA_RULE_CHAIN, rules[number].chain);
	mnl_attr_put(t.message, NFTA_RULE_USERDATA, sizeof(mark), &mark);
	list = mnl_attr_nest_start(t.message, NFTA_RULE_EXPRESSIONS);
	for (t.step = steps; t.step < steps + STEPS_MAX && t.step->write; t.step++)
		t.step->write(&t);
	end_expression(&t);
	mnl_attr_nest_end(t.message, list);
	v6_batch_add(batch, t.message);
}

void v6_rules_add(struct v6_batch *batch)
{
	size_t i;

	for (i = 0; i < V6_ARRAY_SIZE(chains); i++)
		put_chain(batch, &chains[i]);
	for (i = 0; i < V6_ARRAY_SIZE(rules); i++)
		put_rule(batch, i);
}

const char *v6_rules_chain(size_t number)
{
	return number < V6_ARRAY_SIZE(rules) ? rules[number].chain : NULL;
}
