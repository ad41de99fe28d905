/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expressions that load something: each function here stands for the kernel's eval function of the
 * same expression. */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/rtnetlink.h>

#include "firewall/expression_load.h"

/* NFT_CT_DIRECTION: which tuple of a connection a key is about; IP_CT_DIR_REPLY */
#define DIRECTION_REPLY 1
/* Where addresses begin and end in the IPv6 header (RFC 8200 section 3), and ports end in a
 * transport header */
#define SADDR_OFFSET	8
#define DADDR_END	40
#define PORTS_END	4
#define SOCKET_WILDCARD 2 /* NFT_SOCKET_WILDCARD, 5.10 */

static void store_setting(struct v6_rule_run *run, uint32_t reg, const struct v6_setting *setting)
{
	v6_reg_store(run, reg, &setting->value, sizeof(setting->value), setting->known);
}

static void store_name(struct v6_rule_run *run, uint32_t reg, const struct v6_side *side)
{
	v6_reg_store(run, reg, side->name, IF_NAMESIZE, side->index >= 0);
}

static void store_index(struct v6_rule_run *run, uint32_t reg, const struct v6_side *side)
{
	uint32_t index = (uint32_t)side->index;

	v6_reg_store(run, reg, &index, sizeof(index), side->index >= 0);
}

/* family_seen() - what the hook calls the packet's family: a table for two has each of its own */
static uint8_t family_seen(const struct v6_rule_run *run)
{
	return run->chain->family == NFPROTO_INET ? NFPROTO_IPV6 : run->chain->family;
}

/* load_owner() - nft_meta_get_eval_skugid() */
static enum v6_match load_owner(struct v6_rule_run *run, uint32_t key, uint32_t reg)
{
	const struct v6_socket *sender = &run->packet->sender;

	if (sender->known && !sender->there)
		return V6_MATCH_NO;
	v6_reg_store(run, reg, &sender->uid, sizeof(sender->uid),
		     sender->known && key == NFT_META_SKUID);
	return sender->known ? V6_MATCH_YES : V6_MATCH_MAYBE;
}

/* nft_meta_get_eval() */
static enum v6_match meta_key(struct v6_rule_run *run, uint32_t key, uint32_t reg)
{
	const struct v6_packet *packet = run->packet;

	switch (key) {
	case NFT_META_PROTOCOL:
		v6_reg_store_u16(run, reg, htons(ETH_P_IPV6));
		return V6_MATCH_YES;
	case NFT_META_NFPROTO:
		v6_reg_store_u8(run, reg, family_seen(run));
		return V6_MATCH_YES;
	case NFT_META_L4PROTO:
		v6_reg_store_u8(run, reg, packet->protocol);
		return V6_MATCH_YES;
	case NFT_META_MARK:
		store_setting(run, reg, &packet->mark);
		return V6_MATCH_YES;
	case NFT_META_IIF:
		store_index(run, reg, &packet->in);
		return V6_MATCH_YES;
	case NFT_META_OIF:
		store_index(run, reg, &packet->out);
		return V6_MATCH_YES;
	case NFT_META_IIFNAME:
		store_name(run, reg, &packet->in);
		return V6_MATCH_YES;
	case NFT_META_OIFNAME:
		store_name(run, reg, &packet->out);
		return V6_MATCH_YES;
	case NFT_META_PKTTYPE:
		v6_reg_store_u8(run, reg, v6_packet_casting(packet));
		return V6_MATCH_YES;
	case NFT_META_SKUID:
	case NFT_META_SKGID:
		return load_owner(run, key, reg);
	default:
		v6_reg_store_unknown(run, reg, IF_NAMESIZE);
		return V6_MATCH_YES;
	}
}

enum v6_match v6_load_meta(struct v6_rule_run *run, const struct v6_expression *e)
{
	uint32_t key = v6_expression_u32(e, NFTA_META_KEY), reg;

	if (!v6_expression_has(e, NFTA_META_SREG))
		return meta_key(run, key, v6_expression_u32(e, NFTA_META_DREG));
	reg = v6_expression_u32(e, NFTA_META_SREG);
	if (key == NFT_META_MARK && v6_reg_holds(reg, 4))
		v6_run_set_mark(run, &run->packet->mark, *v6_reg_word(run, reg),
				*v6_reg_word_known(run, reg));
	return V6_MATCH_YES;
}

/* load_header() - nft_payload_eval() */
static enum v6_match load_header(struct v6_rule_run *run, const struct v6_header *header,
				 uint32_t offset, uint32_t size, uint32_t reg)
{
	size_t i;

	if (!v6_reg_holds(reg, size))
		return V6_MATCH_MAYBE;
	if (offset > V6_HEADER_MAX || size > V6_HEADER_MAX - offset) {
		v6_reg_store_unknown(run, reg, size);
		return V6_MATCH_YES;
	}
	v6_reg_store(run, reg, header->bytes + offset, size, true);
	for (i = 0; i < size; i++)
		if (!header->known[offset + i])
			v6_reg_word_known(run, reg)[i / 4] = false;
	return V6_MATCH_YES;
}

/* writes_ends() - whether what a payload expression writes is an address or a port */
static bool writes_ends(const struct v6_rule_run *run, const struct v6_expression *e)
{
	uint32_t offset = v6_expression_u32(e, NFTA_PAYLOAD_OFFSET);
	uint32_t size = v6_expression_u32(e, NFTA_PAYLOAD_LEN);

	switch (v6_expression_u32(e, NFTA_PAYLOAD_BASE)) {
	case NFT_PAYLOAD_NETWORK_HEADER:
		return offset < DADDR_END && offset + size > SADDR_OFFSET;
	case NFT_PAYLOAD_TRANSPORT_HEADER:
		return offset < PORTS_END && run->packet->protocol != IPPROTO_ICMPV6;
	default:
		return false;
	}
}

enum v6_match v6_load_payload(struct v6_rule_run *run, const struct v6_expression *e)
{
	uint32_t reg = v6_expression_u32(e, NFTA_PAYLOAD_DREG);
	uint32_t size = v6_expression_u32(e, NFTA_PAYLOAD_LEN);
	struct v6_header header;

	if (v6_expression_has(e, NFTA_PAYLOAD_SREG)) {
		run->rewrites |= run->reached && run->sure && writes_ends(run, e);
		return V6_MATCH_YES;
	}
	switch (v6_expression_u32(e, NFTA_PAYLOAD_BASE)) {
	case NFT_PAYLOAD_LL_HEADER:
		v6_packet_ethernet(&header);
		break;
	case NFT_PAYLOAD_NETWORK_HEADER:
		v6_packet_network(run->packet, &header);
		break;
	case NFT_PAYLOAD_TRANSPORT_HEADER:
		v6_packet_transport(run->packet, &header);
		break;
	default:
		v6_reg_store_unknown(run, reg, size);
		return V6_MATCH_YES;
	}
	return load_header(run, &header, v6_expression_u32(e, NFTA_PAYLOAD_OFFSET), size, reg);
}

/* load_tuple() - a key that is about one direction of the connection */
static enum v6_match load_tuple(struct v6_rule_run *run, uint32_t key, uint8_t direction,
				uint32_t reg)
{
	const struct v6_packet *packet = run->packet;
	const struct v6_ends *ends = direction == DIRECTION_REPLY ? &packet->reply
								  : &packet->original;

	switch (key) {
	case NFT_CT_SRC:
	case NFT_CT_SRC_IP6:
		v6_reg_store(run, reg, &ends->saddr, sizeof(ends->saddr), true);
		return V6_MATCH_YES;
	case NFT_CT_DST:
	case NFT_CT_DST_IP6:
		v6_reg_store(run, reg, &ends->daddr, sizeof(ends->daddr), true);
		return V6_MATCH_YES;
	case NFT_CT_PROTO_SRC:
		v6_reg_store_u16(run, reg, htons(ends->sport));
		return V6_MATCH_YES;
	case NFT_CT_PROTO_DST:
		v6_reg_store_u16(run, reg, htons(ends->dport));
		return V6_MATCH_YES;
	case NFT_CT_SRC_IP:
	case NFT_CT_DST_IP:
	case NFT_CT_HELPER:
		return V6_MATCH_NO;
	default:
		v6_reg_store_unknown(run, reg, sizeof(struct in6_addr));
		return V6_MATCH_YES;
	}
}

/* ct_key() - nft_ct_get_eval() */
static enum v6_match ct_key(struct v6_rule_run *run, uint32_t key, uint8_t direction, uint32_t reg)
{
	const struct v6_packet *packet = run->packet;

	if (packet->tracking == V6_TRACKING_UNKNOWN) {
		v6_reg_store_unknown(run, reg, sizeof(struct in6_addr));
		return V6_MATCH_MAYBE;
	}
	if (key == NFT_CT_STATE) {
		v6_reg_store_u32(run, reg, v6_packet_state(packet));
		return V6_MATCH_YES;
	}
	if (packet->tracking != V6_TRACKING_ON)
		return V6_MATCH_NO;
	switch (key) {
	case NFT_CT_DIRECTION:
		v6_reg_store_u8(run, reg, packet->is_reply);
		return V6_MATCH_YES;
	case NFT_CT_STATUS:
		v6_reg_store_u32(run, reg, packet->status);
		return V6_MATCH_YES;
	case NFT_CT_MARK:
		store_setting(run, reg, &packet->ct_mark);
		return V6_MATCH_YES;
	case NFT_CT_L3PROTOCOL:
		v6_reg_store_u8(run, reg, NFPROTO_IPV6);
		return V6_MATCH_YES;
	case NFT_CT_PROTOCOL:
		v6_reg_store_u8(run, reg, packet->protocol);
		return V6_MATCH_YES;
	case NFT_CT_ZONE:
		v6_reg_store_u16(run, reg, 0);
		return V6_MATCH_YES;
	default:
		return load_tuple(run, key, direction, reg);
	}
}

enum v6_match v6_load_ct(struct v6_rule_run *run, const struct v6_expression *e)
{
	uint32_t key = v6_expression_u32(e, NFTA_CT_KEY), reg;

	if (!v6_expression_has(e, NFTA_CT_SREG))
		return ct_key(run, key, v6_expression_u8(e, NFTA_CT_DIRECTION),
			      v6_expression_u32(e, NFTA_CT_DREG));
	reg = v6_expression_u32(e, NFTA_CT_SREG);
	if (key == NFT_CT_MARK && v6_reg_holds(reg, 4))
		v6_run_set_mark(run, &run->packet->ct_mark, *v6_reg_word(run, reg),
				*v6_reg_word_known(run, reg));
	return V6_MATCH_YES;
}

/* store_route() - the link that the route to an address leaves by; none where that is local, or
 * where another link was asked for
 */
static void store_route(struct v6_rule_run *run, uint32_t reg, uint32_t flags,
			const struct in6_addr *address, bool by_name)
{
	static const struct v6_side none = {0, ""};
	const struct v6_packet *packet = run->packet;
	const struct v6_side *way = v6_packet_way_to(packet, address);
	const struct v6_side *asked = flags & NFTA_FIB_F_IIF   ? &packet->in
				      : flags & NFTA_FIB_F_OIF ? &packet->out
							       : NULL;

	if (!way || (asked && asked->index > 0 && asked->index != way->index))
		way = &none;
	if (flags & NFTA_FIB_F_PRESENT)
		v6_reg_store_u8(run, reg, way->index != 0);
	else if (by_name)
		store_name(run, reg, way);
	else
		store_index(run, reg, way);
}

/* nft_fib6_eval(), nft_fib6_eval_type() */
enum v6_match v6_load_fib(struct v6_rule_run *run, const struct v6_expression *e)
{
	uint32_t flags = v6_expression_u32(e, NFTA_FIB_FLAGS),
		 reg = v6_expression_u32(e, NFTA_FIB_DREG);
	const struct in6_addr *address = flags & NFTA_FIB_F_SADDR ? &run->packet->ends.saddr
								  : &run->packet->ends.daddr;

	switch (v6_expression_u32(e, NFTA_FIB_RESULT)) {
	case NFT_FIB_RESULT_ADDRTYPE:
		v6_reg_store_u32(run, reg, v6_packet_type(run->packet, address));
		break;
	case NFT_FIB_RESULT_OIF:
		store_route(run, reg, flags, address, false);
		break;
	case NFT_FIB_RESULT_OIFNAME:
		store_route(run, reg, flags, address, true);
		break;
	default:
		v6_reg_store_unknown(run, reg, IF_NAMESIZE);
		break;
	}
	return V6_MATCH_YES;
}

/* nft_socket_eval() */
enum v6_match v6_load_socket(struct v6_rule_run *run, const struct v6_expression *e)
{
	const struct v6_socket *receiver = &run->packet->receiver;
	uint32_t reg = v6_expression_u32(e, NFTA_SOCKET_DREG);
	bool wildcard = v6_expression_u32(e, NFTA_SOCKET_KEY) == SOCKET_WILDCARD;

	if (receiver->known && !receiver->there)
		return V6_MATCH_NO;
	if (receiver->known && wildcard)
		v6_reg_store_u8(run, reg, receiver->wildcard);
	else
		v6_reg_store_unknown(run, reg, sizeof(uint64_t));
	return receiver->known && !receiver->half_open ? V6_MATCH_YES : V6_MATCH_MAYBE;
}

/* v6_load_exthdr() - the packet has no extension headers; TCP options are anybody's guess */
enum v6_match v6_load_exthdr(struct v6_rule_run *run, const struct v6_expression *e)
{
	uint32_t reg = v6_expression_u32(e, NFTA_EXTHDR_DREG);

	if (v6_expression_has(e, NFTA_EXTHDR_SREG))
		return V6_MATCH_YES;
	if (v6_expression_u32(e, NFTA_EXTHDR_OP) != NFT_EXTHDR_OP_IPV6)
		return V6_MATCH_MAYBE;
	if (!(v6_expression_u32(e, NFTA_EXTHDR_FLAGS) & NFT_EXTHDR_F_PRESENT))
		return V6_MATCH_NO;
	v6_reg_store_u8(run, reg, 0);
	return V6_MATCH_YES;
}
