/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of rules, as the kernel takes them. */
#include <arpa/inet.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "table/sets.h"
#include "table/claim.h"
#include "table/steps.h"

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

void v6_rule_text_end(struct v6_rule_text *t)
{
	if (!t->expression)
		return;
	mnl_attr_nest_end(t->message, t->data);
	mnl_attr_nest_end(t->message, t->expression);
}

/* begin_expression() - the next one; the put functions below append its attributes */
static void begin_expression(struct v6_rule_text *t, const char *type)
{
	v6_rule_text_end(t);
	t->expression = mnl_attr_nest_start(t->message, NFTA_LIST_ELEM);
	mnl_attr_put_strz(t->message, NFTA_EXPR_NAME, type);
	t->data = mnl_attr_nest_start(t->message, NFTA_EXPR_DATA);
}

static void put_u32(struct v6_rule_text *t, uint16_t attribute, uint32_t value)
{
	mnl_attr_put_u32(t->message, attribute, htonl(value));
}

static void put_name(struct v6_rule_text *t, uint16_t attribute)
{
	mnl_attr_put_strz(t->message, attribute, t->step->name);
}

static void load_l4proto(struct v6_rule_text *t, uint32_t reg)
{
	begin_expression(t, "meta");
	put_u32(t, NFTA_META_KEY, NFT_META_L4PROTO);
	put_u32(t, NFTA_META_DREG, reg);
}

static void load_payload(struct v6_rule_text *t, uint32_t base, uint32_t offset, uint32_t size,
			 uint32_t reg)
{
	begin_expression(t, "payload");
	put_u32(t, NFTA_PAYLOAD_BASE, base);
	put_u32(t, NFTA_PAYLOAD_OFFSET, offset);
	put_u32(t, NFTA_PAYLOAD_LEN, size);
	put_u32(t, NFTA_PAYLOAD_DREG, reg);
}

static void load_address(struct v6_rule_text *t, uint32_t offset, uint32_t reg)
{
	load_payload(t, NFT_PAYLOAD_NETWORK_HEADER, offset, sizeof(struct in6_addr), reg);
}

static void load_port(struct v6_rule_text *t, uint32_t offset, uint32_t reg)
{
	load_payload(t, NFT_PAYLOAD_TRANSPORT_HEADER, offset, 2, reg);
}

static void match_value(struct v6_rule_text *t, uint32_t op, const void *value, uint32_t size)
{
	begin_expression(t, "cmp");
	put_u32(t, NFTA_CMP_SREG, NFT_REG_1);
	put_u32(t, NFTA_CMP_OP, op);
	v6_sets_put_value(t->message, NFTA_CMP_DATA, value, size);
}

/* match_ethernet() - nft writes it before "ether saddr", and does not show it */
static void match_ethernet(struct v6_rule_text *t)
{
	uint16_t type = ARPHRD_ETHER;

	begin_expression(t, "meta");
	put_u32(t, NFTA_META_KEY, NFT_META_IIFTYPE);
	put_u32(t, NFTA_META_DREG, NFT_REG_1);
	match_value(t, NFT_CMP_EQ, &type, sizeof(type));
}

static void load_mac(struct v6_rule_text *t, uint32_t reg)
{
	load_payload(t, NFT_PAYLOAD_LL_HEADER, OFFSET_MAC, V6_MAC_SIZE, reg);
}

void v6_step_load_iifname(struct v6_rule_text *t)
{
	begin_expression(t, "meta");
	put_u32(t, NFTA_META_KEY, NFT_META_IIFNAME);
	put_u32(t, NFTA_META_DREG, NFT_REG_1);
}

/* load_sender() - iifname . ether saddr, the key of "senders" */
void v6_step_load_sender(struct v6_rule_text *t)
{
	match_ethernet(t);
	v6_step_load_iifname(t);
	load_mac(t, NFT_REG_2);
}

/* load_within() - iifname . oifname, the key of "bridged" */
void v6_step_load_within(struct v6_rule_text *t)
{
	v6_step_load_iifname(t);
	begin_expression(t, "meta");
	put_u32(t, NFTA_META_KEY, NFT_META_OIFNAME);
	put_u32(t, NFTA_META_DREG, NFT_REG_2);
}

/* load_leaving() - oifname . ip6 saddr, the key of "egress" and "outgoing" */
void v6_step_load_leaving(struct v6_rule_text *t)
{
	begin_expression(t, "meta");
	put_u32(t, NFTA_META_KEY, NFT_META_OIFNAME);
	put_u32(t, NFTA_META_DREG, NFT_REG_1);
	load_address(t, OFFSET_SADDR, NFT_REG_2);
}

/* load_returning() - iifname . ip6 daddr, the same of what comes back */
void v6_step_load_returning(struct v6_rule_text *t)
{
	v6_step_load_iifname(t);
	load_address(t, OFFSET_DADDR, NFT_REG_2);
}

/* load_source() - ether saddr . ip6 saddr, the key of "sources" */
void v6_step_load_source(struct v6_rule_text *t)
{
	match_ethernet(t);
	load_mac(t, NFT_REG_1);
	load_address(t, OFFSET_SADDR, NFT_REG32_02);
}

void v6_step_load_daddr(struct v6_rule_text *t)
{
	load_address(t, OFFSET_DADDR, NFT_REG_1);
}

void v6_step_load_saddr(struct v6_rule_text *t)
{
	load_address(t, OFFSET_SADDR, NFT_REG_1);
}

void v6_step_load_pair(struct v6_rule_text *t)
{
	load_address(t, OFFSET_SADDR, NFT_REG_1);
	load_address(t, OFFSET_DADDR, NFT_REG_2);
}

/* load_claim() - meta l4proto . ip6 daddr . th dport, the key of "services" and "local" */
void v6_step_load_claim(struct v6_rule_text *t)
{
	load_l4proto(t, NFT_REG_1);
	load_address(t, OFFSET_DADDR, NFT_REG32_01);
	load_port(t, OFFSET_DPORT, NFT_REG32_05);
}

/* load_port_key() - ip6 daddr . th dport, the key of "ranges-tcp" and the like */
void v6_step_load_port_key(struct v6_rule_text *t)
{
	load_address(t, OFFSET_DADDR, NFT_REG_1);
	load_port(t, OFFSET_DPORT, NFT_REG_2);
}

/* load_client() - ip6 daddr . th dport . ip6 saddr, the key of "from-tcp" and the like */
void v6_step_load_client(struct v6_rule_text *t)
{
	load_address(t, OFFSET_DADDR, NFT_REG_1);
	load_port(t, OFFSET_DPORT, NFT_REG_2);
	load_address(t, OFFSET_SADDR, NFT_REG32_05);
}

/* load_answered() - the same claim, from a packet that comes back, translated already */
void v6_step_load_answered(struct v6_rule_text *t)
{
	load_l4proto(t, NFT_REG_1);
	load_address(t, OFFSET_SADDR, NFT_REG32_01);
	load_port(t, OFFSET_SPORT, NFT_REG32_05);
}

/* load_question() - ip6 saddr . th sport . ip6 daddr . th dport, the key of "questions" */
void v6_step_load_question(struct v6_rule_text *t)
{
	load_address(t, OFFSET_SADDR, NFT_REG_1);
	load_port(t, OFFSET_SPORT, NFT_REG_2);
	load_address(t, OFFSET_DADDR, NFT_REG32_05);
	load_port(t, OFFSET_DPORT, NFT_REG32_09);
}

/* load_answered_question() - the same of the question that a packet answers */
void v6_step_load_answered_question(struct v6_rule_text *t)
{
	load_address(t, OFFSET_DADDR, NFT_REG_1);
	load_port(t, OFFSET_DPORT, NFT_REG_2);
	load_address(t, OFFSET_SADDR, NFT_REG32_05);
	load_port(t, OFFSET_SPORT, NFT_REG32_09);
}

/* load_asker() - ip6 saddr . th sport . th dport, the key of "askers" */
void v6_step_load_asker(struct v6_rule_text *t)
{
	load_address(t, OFFSET_SADDR, NFT_REG_1);
	load_port(t, OFFSET_SPORT, NFT_REG_2);
	load_port(t, OFFSET_DPORT, NFT_REG32_05);
}

/* load_answered_asker() - the same of whom a packet answers */
void v6_step_load_answered_asker(struct v6_rule_text *t)
{
	load_address(t, OFFSET_DADDR, NFT_REG_1);
	load_port(t, OFFSET_DPORT, NFT_REG_2);
	load_port(t, OFFSET_SPORT, NFT_REG32_05);
}

/* load_ports() - th sport . th dport, the key of "asked-ports", of a question, and of an answer */
void v6_step_load_ports(struct v6_rule_text *t)
{
	load_port(t, OFFSET_SPORT, NFT_REG_1);
	load_port(t, OFFSET_DPORT, NFT_REG32_01);
}

void v6_step_load_answered_ports(struct v6_rule_text *t)
{
	load_port(t, OFFSET_DPORT, NFT_REG_1);
	load_port(t, OFFSET_SPORT, NFT_REG32_01);
}

void v6_step_load_dport(struct v6_rule_text *t)
{
	load_port(t, OFFSET_DPORT, NFT_REG_1);
}

void v6_step_load_sport(struct v6_rule_text *t)
{
	load_port(t, OFFSET_SPORT, NFT_REG_1);
}

static void load_ct(struct v6_rule_text *t, uint32_t key)
{
	begin_expression(t, "ct");
	put_u32(t, NFTA_CT_KEY, key);
	put_u32(t, NFTA_CT_DREG, NFT_REG_1);
}

/* change_bits() - keep those of @mask, then flip those of @flip */
static void change_bits(struct v6_rule_text *t, const void *mask, const void *flip, uint32_t size)
{
	begin_expression(t, "bitwise");
	put_u32(t, NFTA_BITWISE_SREG, NFT_REG_1);
	put_u32(t, NFTA_BITWISE_DREG, NFT_REG_1);
	put_u32(t, NFTA_BITWISE_LEN, size);
	v6_sets_put_value(t->message, NFTA_BITWISE_MASK, mask, size);
	v6_sets_put_value(t->message, NFTA_BITWISE_XOR, flip, size);
}

/* load_slot() - th sport & 30 . meta l4proto . ip6 daddr . th dport, the key of "shared" */
void v6_step_load_slot(struct v6_rule_text *t)
{
	const uint16_t mask = htons((V6_SLOTS - 1) << 1), zero = 0;

	load_port(t, OFFSET_SPORT, NFT_REG_1);
	change_bits(t, &mask, &zero, sizeof(mask));
	load_l4proto(t, NFT_REG32_01);
	load_address(t, OFFSET_DADDR, NFT_REG32_02);
	load_port(t, OFFSET_DPORT, NFT_REG32_06);
}

static void mask_value(struct v6_rule_text *t, const void *mask, uint32_t size)
{
	uint32_t zero = 0;

	change_bits(t, mask, &zero, size);
}

/* match_bits() - whether any of some conntrack bits is set */
static void match_bits(struct v6_rule_text *t, uint32_t key, uint32_t bits)
{
	uint32_t zero = 0;

	load_ct(t, key);
	mask_value(t, &bits, sizeof(bits));
	match_value(t, NFT_CMP_NEQ, &zero, sizeof(zero));
}

void v6_step_match_known(struct v6_rule_text *t)
{
	match_bits(t, NFT_CT_STATE, STATE_BIT(IP_CT_ESTABLISHED) | STATE_BIT(IP_CT_RELATED));
}

/* match_tracked() - nor is what conntrack can't make sense of translated */
void v6_step_match_tracked(struct v6_rule_text *t)
{
	match_bits(t, NFT_CT_STATE,
		   STATE_BIT(IP_CT_NEW) | STATE_BIT(IP_CT_ESTABLISHED) | STATE_BIT(IP_CT_RELATED));
}

void v6_step_match_dnat(struct v6_rule_text *t)
{
	match_bits(t, NFT_CT_STATUS, IPS_DST_NAT);
}

void v6_step_match_original(struct v6_rule_text *t)
{
	uint8_t original = DIRECTION_ORIGINAL;

	load_ct(t, NFT_CT_DIRECTION);
	match_value(t, NFT_CMP_EQ, &original, sizeof(original));
}

void v6_step_match_unmarked(struct v6_rule_text *t)
{
	uint32_t none = 0;

	begin_expression(t, "meta");
	put_u32(t, NFTA_META_KEY, NFT_META_MARK);
	put_u32(t, NFTA_META_DREG, NFT_REG_1);
	match_value(t, NFT_CMP_EQ, &none, sizeof(none));
}

/* load_original_daddr() - where the client sent it, whichever way the packet goes */
void v6_step_load_original_daddr(struct v6_rule_text *t)
{
	load_ct(t, NFT_CT_DST_IP6);
	mnl_attr_put_u8(t->message, NFTA_CT_DIRECTION, DIRECTION_ORIGINAL);
}

void v6_step_set_mark(struct v6_rule_text *t)
{
	begin_expression(t, "meta");
	put_u32(t, NFTA_META_KEY, NFT_META_MARK);
	put_u32(t, NFTA_META_SREG, NFT_REG_1);
}

void v6_step_match_protocol(struct v6_rule_text *t)
{
	load_l4proto(t, NFT_REG_1);
	match_value(t, NFT_CMP_EQ, &t->step->protocol, sizeof(t->step->protocol));
}

void v6_step_match_later(struct v6_rule_text *t)
{
	uint8_t flags = TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK, first = TCP_SYN;

	load_payload(t, NFT_PAYLOAD_TRANSPORT_HEADER, OFFSET_TCP_FLAGS, sizeof(flags), NFT_REG_1);
	mask_value(t, &flags, sizeof(flags));
	match_value(t, NFT_CMP_NEQ, &first, sizeof(first));
}

void v6_step_match_set(struct v6_rule_text *t)
{
	begin_expression(t, "lookup");
	put_u32(t, NFTA_LOOKUP_SREG, NFT_REG_1);
	put_name(t, NFTA_LOOKUP_SET);
}

void v6_step_match_no_set(struct v6_rule_text *t)
{
	v6_step_match_set(t);
	put_u32(t, NFTA_LOOKUP_FLAGS, NFT_LOOKUP_F_INV);
}

void v6_step_match_map(struct v6_rule_text *t)
{
	v6_step_match_set(t);
	put_u32(t, NFTA_LOOKUP_DREG, NFT_REG_1);
}

static void fill_set(struct v6_rule_text *t, uint32_t op)
{
	begin_expression(t, "dynset");
	put_name(t, NFTA_DYNSET_SET_NAME);
	put_u32(t, NFTA_DYNSET_OP, op);
	put_u32(t, NFTA_DYNSET_SREG_KEY, NFT_REG_1);
}

void v6_step_update_set(struct v6_rule_text *t)
{
	fill_set(t, NFT_DYNSET_OP_UPDATE);
}

/* add_to_map() - what the key leads to is an address of the packet */
static void add_to_map(struct v6_rule_text *t, uint32_t offset)
{
	load_address(t, offset, NFT_REG_2);
	fill_set(t, NFT_DYNSET_OP_ADD);
	put_u32(t, NFTA_DYNSET_SREG_DATA, NFT_REG_2);
}

void v6_step_add_daddr(struct v6_rule_text *t)
{
	add_to_map(t, OFFSET_DADDR);
}

void v6_step_add_saddr(struct v6_rule_text *t)
{
	add_to_map(t, OFFSET_SADDR);
}

/* set_source() - ip6 saddr set, with the checksum of what it carries */
void v6_step_set_source(struct v6_rule_text *t)
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

void v6_step_dnat_address(struct v6_rule_text *t)
{
	begin_expression(t, "nat");
	put_u32(t, NFTA_NAT_TYPE, NFT_NAT_DNAT);
	put_u32(t, NFTA_NAT_FAMILY, NFPROTO_IPV6);
	put_u32(t, NFTA_NAT_REG_ADDR_MIN, NFT_REG_1);
}

void v6_step_dnat_port(struct v6_rule_text *t)
{
	v6_step_dnat_address(t);
	put_u32(t, NFTA_NAT_REG_PROTO_MIN, NFT_REG_2);
}

void v6_step_snat_address(struct v6_rule_text *t)
{
	begin_expression(t, "nat");
	put_u32(t, NFTA_NAT_TYPE, NFT_NAT_SNAT);
	put_u32(t, NFTA_NAT_FAMILY, NFPROTO_IPV6);
	put_u32(t, NFTA_NAT_REG_ADDR_MIN, NFT_REG_1);
}

void v6_step_masquerade_source(struct v6_rule_text *t)
{
	begin_expression(t, "masq");
}

void v6_step_match_link_local(struct v6_rule_text *t)
{
	static const uint8_t prefix[8] = {0xfe, 0x80};

	load_payload(t, NFT_PAYLOAD_NETWORK_HEADER, OFFSET_SADDR, sizeof(prefix), NFT_REG_1);
	match_value(t, NFT_CMP_EQ, prefix, sizeof(prefix));
}

void v6_step_match_reply(struct v6_rule_text *t)
{
	uint8_t reply = DIRECTION_REPLY;

	load_ct(t, NFT_CT_DIRECTION);
	match_value(t, NFT_CMP_EQ, &reply, sizeof(reply));
}

void v6_step_match_multicast(struct v6_rule_text *t)
{
	uint8_t first = 0xff;

	load_payload(t, NFT_PAYLOAD_NETWORK_HEADER, OFFSET_DADDR, sizeof(first), NFT_REG_1);
	match_value(t, NFT_CMP_EQ, &first, sizeof(first));
}

void v6_step_match_no_source(struct v6_rule_text *t)
{
	match_value(t, NFT_CMP_EQ, &in6addr_any, sizeof(in6addr_any));
}

/* set_service_mark() - beside the bits that others have set */
void v6_step_set_service_mark(struct v6_rule_text *t)
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
static void put_verdict(struct v6_rule_text *t, int32_t code)
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

void v6_step_goto_chain(struct v6_rule_text *t)
{
	put_verdict(t, NFT_GOTO);
}

void v6_step_jump_to_chain(struct v6_rule_text *t)
{
	put_verdict(t, NFT_JUMP);
}

void v6_step_return_from_chain(struct v6_rule_text *t)
{
	put_verdict(t, NFT_RETURN);
}

void v6_step_drop_packet(struct v6_rule_text *t)
{
	put_verdict(t, NF_DROP);
}

void v6_step_accept_packet(struct v6_rule_text *t)
{
	put_verdict(t, NF_ACCEPT);
}

static void put_reject(struct v6_rule_text *t, uint32_t type, uint8_t code)
{
	begin_expression(t, "reject");
	put_u32(t, NFTA_REJECT_TYPE, type);
	mnl_attr_put_u8(t->message, NFTA_REJECT_ICMP_CODE, code);
}

void v6_step_reject_by_reset(struct v6_rule_text *t)
{
	put_reject(t, NFT_REJECT_TCP_RST, 0);
}

void v6_step_reject_by_icmp(struct v6_rule_text *t)
{
	put_reject(t, NFT_REJECT_ICMP_UNREACH, ICMP6_DST_UNREACH_NOPORT);
}

void v6_step_reject_by_address(struct v6_rule_text *t)
{
	put_reject(t, NFT_REJECT_ICMP_UNREACH, ICMP6_DST_UNREACH_ADDR);
}
