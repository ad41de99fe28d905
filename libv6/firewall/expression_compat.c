/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Extensions of ip6tables in rules of nf_tables, as iptables-nft writes them: those that firewalls
 * put before a forwarded packet most. Any other may match. Each function here stands for the
 * kernel's function of the same extension, in linux/net/netfilter/xt_*.c.
 */
#include <net/if.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/xt_CT.h>
#include <linux/netfilter/xt_addrtype.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_mark.h>
#include <linux/netfilter/xt_multiport.h>
#include <linux/netfilter/xt_owner.h>
#include <linux/netfilter/xt_pkttype.h>
#include <linux/netfilter/xt_rpfilter.h>
#include <linux/netfilter/xt_tcpudp.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <linux/netfilter_ipv6/ip6t_hl.h>
#include <string.h>

#include "base/cleanup.h"
#include "firewall/expression_compat.h"

static bool in_range(const uint16_t range[2], uint16_t port, bool inverted)
{
	return (port >= range[0] && port <= range[1]) != inverted;
}

static enum v6_match match_tcp(const struct v6_packet *packet, const void *info)
{
	const struct xt_tcp *tcp = info;
	bool flags = (packet->tcp_flags & tcp->flg_mask) == tcp->flg_cmp;

	if (!in_range(tcp->spts, packet->ends.sport, tcp->invflags & XT_TCP_INV_SRCPT) ||
	    !in_range(tcp->dpts, packet->ends.dport, tcp->invflags & XT_TCP_INV_DSTPT) ||
	    flags == !!(tcp->invflags & XT_TCP_INV_FLAGS))
		return V6_MATCH_NO;
	return tcp->option ? V6_MATCH_MAYBE : V6_MATCH_YES;
}

static enum v6_match match_udp(const struct v6_packet *packet, const void *info)
{
	const struct xt_udp *udp = info;

	return v6_match_if(
		in_range(udp->spts, packet->ends.sport, udp->invflags & XT_UDP_INV_SRCPT) &&
		in_range(udp->dpts, packet->ends.dport, udp->invflags & XT_UDP_INV_DSTPT));
}

static enum v6_match match_icmp6(const struct v6_packet *packet, const void *info)
{
	const struct ip6t_icmp *icmp = info;
	bool same = icmp->type == 0xff || (icmp->type == packet->icmp_type && icmp->code[0] == 0);

	return v6_match_if(same != !!(icmp->invflags & IP6T_ICMP_INV));
}

static bool has_port(const struct xt_multiport_v1 *multi, uint16_t port)
{
	unsigned int i, last;

	for (i = 0; i < multi->count && i < XT_MULTI_PORTS; i++) {
		last = multi->ports[i];
		if (multi->pflags[i] && i + 1 < XT_MULTI_PORTS)
			last = multi->ports[i + 1];
		if (port >= multi->ports[i] && port <= last)
			return true;
		i += multi->pflags[i] != 0;
	}
	return false;
}

static enum v6_match match_multiport(const struct v6_packet *packet, const void *info)
{
	const struct xt_multiport_v1 *multi = info;
	bool among =
		(multi->flags != XT_MULTIPORT_DESTINATION && has_port(multi, packet->ends.sport)) ||
		(multi->flags != XT_MULTIPORT_SOURCE && has_port(multi, packet->ends.dport));

	return v6_match_if(among != !!multi->invert);
}

/* match_conntrack() - of the many things that it can ask for, those that are asked for */
static enum v6_match match_conntrack(const struct v6_packet *packet, const void *info)
{
	const struct xt_conntrack_mtinfo3 *ct = info;
	bool tracked = packet->tracking == V6_TRACKING_ON;
	uint32_t state = v6_packet_state(packet);

	if (packet->tracking == V6_TRACKING_UNKNOWN)
		return V6_MATCH_MAYBE;
	if (state == V6_STATE_UNTRACKED)
		state = XT_CONNTRACK_STATE_UNTRACKED;
	if (tracked && (packet->status & IPS_SRC_NAT))
		state |= XT_CONNTRACK_STATE_SNAT;
	if (tracked && (packet->status & IPS_DST_NAT))
		state |= XT_CONNTRACK_STATE_DNAT;

	if ((ct->match_flags & XT_CONNTRACK_STATE) &&
	    !!(ct->state_mask & state) == !!(ct->invert_flags & XT_CONNTRACK_STATE))
		return V6_MATCH_NO;
	if (!tracked)
		return v6_match_if(ct->match_flags & XT_CONNTRACK_STATE);
	if ((ct->match_flags & XT_CONNTRACK_DIRECTION) &&
	    packet->is_reply != !!(ct->invert_flags & XT_CONNTRACK_DIRECTION))
		return V6_MATCH_NO;
	if ((ct->match_flags & XT_CONNTRACK_STATUS) &&
	    !!(ct->status_mask & packet->status) == !!(ct->invert_flags & XT_CONNTRACK_STATUS))
		return V6_MATCH_NO;
	return ct->match_flags &
			       ~(XT_CONNTRACK_STATE | XT_CONNTRACK_DIRECTION | XT_CONNTRACK_STATUS)
		       ? V6_MATCH_MAYBE
		       : V6_MATCH_YES;
}

/* match_addrtype() - a bit of the mask for each RTN_* */
static enum v6_match match_addrtype(const struct v6_packet *packet, const void *info)
{
	const struct xt_addrtype_info_v1 *type = info;
	uint32_t source = 1U << v6_packet_type(packet, &packet->ends.saddr);
	uint32_t dest = 1U << v6_packet_type(packet, &packet->ends.daddr);

	if (type->source &&
	    !!(type->source & source) == !!(type->flags & XT_ADDRTYPE_INVERT_SOURCE))
		return V6_MATCH_NO;
	return v6_match_if(!type->dest ||
			   !!(type->dest & dest) != !!(type->flags & XT_ADDRTYPE_INVERT_DEST));
}

static enum v6_match match_mark(const struct v6_packet *packet, const void *info)
{
	const struct xt_mark_mtinfo1 *mark = info;

	if (!packet->mark.known)
		return V6_MATCH_MAYBE;
	return v6_match_if(((packet->mark.value & mark->mask) == mark->mark) != !!mark->invert);
}

static enum v6_match match_hl(const struct v6_packet *packet, const void *info)
{
	const struct ip6t_hl_info *hl = info;

	switch (hl->mode) {
	case IP6T_HL_EQ:
		return v6_match_if(packet->hop_limit == hl->hop_limit);
	case IP6T_HL_NE:
		return v6_match_if(packet->hop_limit != hl->hop_limit);
	case IP6T_HL_LT:
		return v6_match_if(packet->hop_limit < hl->hop_limit);
	default:
		return v6_match_if(packet->hop_limit > hl->hop_limit);
	}
}

static enum v6_match match_owner(const struct v6_packet *packet, const void *info)
{
	const struct v6_socket *sender = &packet->sender;
	const struct xt_owner_match_info *owner = info;
	uint8_t has = owner->match ^ owner->invert;
	bool inside = sender->uid >= owner->uid_min && sender->uid <= owner->uid_max;

	if (sender->known && !sender->there)
		return v6_match_if(has == 0);
	if (!sender->known || (owner->match & XT_OWNER_GID))
		return V6_MATCH_MAYBE;
	if ((owner->match & XT_OWNER_SOCKET) && !(has & XT_OWNER_SOCKET))
		return V6_MATCH_NO;
	return v6_match_if(!(owner->match & XT_OWNER_UID) || inside == !!(has & XT_OWNER_UID));
}

static enum v6_match match_pkttype(const struct v6_packet *packet, const void *info)
{
	const struct xt_pkttype_info *type = info;

	return v6_match_if((v6_packet_casting(packet) == type->pkttype) != !!type->invert);
}

/* match_rpfilter() - the way back is the way that it came: so we send it */
static enum v6_match match_rpfilter(const struct v6_packet *packet, const void *info)
{
	const struct xt_rpfilter_info *rpfilter = info;

	(void)packet;
	return v6_match_if(!(rpfilter->flags & XT_RPFILTER_INVERT));
}

static enum v6_match match_any(const struct v6_packet *packet, const void *info)
{
	(void)packet;
	(void)info;
	return V6_MATCH_YES;
}

/* match_never() - extension headers, which the packet has none of */
static enum v6_match match_never(const struct v6_packet *packet, const void *info)
{
	(void)packet;
	(void)info;
	return V6_MATCH_NO;
}

static const struct {
	const char *name;
	uint32_t revision;
	size_t size;
	enum v6_match (*run)(const struct v6_packet *packet, const void *info);
} matches[] = {
	{"conntrack", 3, sizeof(struct xt_conntrack_mtinfo3), match_conntrack},
	{"conntrack", 2, sizeof(struct xt_conntrack_mtinfo2), match_conntrack},
	{"comment", 0, 0, match_any},
	{"limit", 0, 0, match_any},
	{"tcp", 0, sizeof(struct xt_tcp), match_tcp},
	{"udp", 0, sizeof(struct xt_udp), match_udp},
	{"icmp6", 0, sizeof(struct ip6t_icmp), match_icmp6},
	{"multiport", 1, sizeof(struct xt_multiport_v1), match_multiport},
	{"addrtype", 1, sizeof(struct xt_addrtype_info_v1), match_addrtype},
	{"mark", 1, sizeof(struct xt_mark_mtinfo1), match_mark},
	{"owner", 1, sizeof(struct xt_owner_match_info), match_owner},
	{"pkttype", 0, sizeof(struct xt_pkttype_info), match_pkttype},
	{"hl", 0, sizeof(struct ip6t_hl_info), match_hl},
	{"rpfilter", 0, sizeof(struct xt_rpfilter_info), match_rpfilter},
	{"rt", 0, 0, match_never},
	{"frag", 0, 0, match_never},
	{"hbh", 0, 0, match_never},
	{"dst", 0, 0, match_never},
	{"ah", 0, 0, match_never},
};

/* union info - a copy of an extension's data, aligned for any of them */
union info {
	uint64_t align;
	char bytes[sizeof(struct xt_conntrack_mtinfo3)];
};

enum v6_match v6_compat_match(struct v6_rule_run *run, const struct v6_expression *e)
{
	const char *name = v6_expression_text(e, NFTA_MATCH_NAME);
	uint32_t revision = v6_expression_u32(e, NFTA_MATCH_REV), size = 0;
	const void *data = v6_expression_bytes(e, NFTA_MATCH_INFO, &size);
	union info info = {0};
	size_t i;

	if (data)
		memcpy(&info, data, size < sizeof(info) ? size : sizeof(info));
	for (i = 0; name && i < V6_ARRAY_SIZE(matches); i++)
		if (strcmp(matches[i].name, name) == 0 && matches[i].revision == revision &&
		    size >= matches[i].size)
			return matches[i].run(run->packet, &info);
	return V6_MATCH_MAYBE;
}

static enum v6_match target_drop(struct v6_rule_run *run, const void *info)
{
	(void)info;
	v6_run_verdict(run, NF_DROP, NULL);
	return V6_MATCH_YES;
}

static enum v6_match target_source(struct v6_rule_run *run, const void *info)
{
	(void)info;
	v6_run_verdict(run, V6_VERDICT_NAT, NULL);
	run->source = true;
	return V6_MATCH_YES;
}

static enum v6_match target_destination(struct v6_rule_run *run, const void *info)
{
	(void)info;
	v6_run_verdict(run, V6_VERDICT_NAT, NULL);
	run->source = false;
	run->to = in6addr_any;
	run->to_port = 0;
	return V6_MATCH_YES;
}

static enum v6_match target_mark(struct v6_rule_run *run, const void *info)
{
	const struct xt_mark_tginfo2 *mark = info;
	struct v6_setting *old = &run->packet->mark;

	v6_run_set_mark(run, old, (old->value & ~mark->mask) ^ mark->mark, old->known);
	return V6_MATCH_YES;
}

static enum v6_match target_connmark(struct v6_rule_run *run, const void *info)
{
	(void)info;
	v6_run_set_mark(run, &run->packet->mark, 0, false);
	v6_run_set_mark(run, &run->packet->ct_mark, 0, false);
	return V6_MATCH_YES;
}

static enum v6_match target_ct(struct v6_rule_run *run, const void *info)
{
	const struct xt_ct_target_info *ct = info;

	if (ct->flags & XT_CT_NOTRACK)
		v6_run_untrack(run);
	return V6_MATCH_YES;
}

static enum v6_match target_nothing(struct v6_rule_run *run, const void *info)
{
	(void)run;
	(void)info;
	return V6_MATCH_YES;
}

static const struct {
	const char *name;
	size_t size;
	enum v6_match (*run)(struct v6_rule_run *run, const void *info);
} targets[] = {
	{"REJECT", 0, target_drop},	     {"MASQUERADE", 0, target_source},
	{"SNAT", 0, target_source},	     {"DNAT", 0, target_destination},
	{"REDIRECT", 0, target_destination}, {"MARK", sizeof(struct xt_mark_tginfo2), target_mark},
	{"CONNMARK", 0, target_connmark},    {"CT", sizeof(struct xt_ct_target_info), target_ct},
	{"LOG", 0, target_nothing},	     {"NFLOG", 0, target_nothing},
	{"TCPMSS", 0, target_nothing},	     {"CLASSIFY", 0, target_nothing},
	{"DSCP", 0, target_nothing},	     {"TRACE", 0, target_nothing},
	{"SET", 0, target_nothing},
};

enum v6_match v6_compat_target(struct v6_rule_run *run, const struct v6_expression *e)
{
	const char *name = v6_expression_text(e, NFTA_TARGET_NAME);
	uint32_t size = 0;
	const void *data = v6_expression_bytes(e, NFTA_TARGET_INFO, &size);
	union info info = {0};
	size_t i;

	if (data)
		memcpy(&info, data, size < sizeof(info) ? size : sizeof(info));
	for (i = 0; name && i < V6_ARRAY_SIZE(targets); i++)
		if (strcmp(targets[i].name, name) == 0 && size >= targets[i].size)
			return targets[i].run(run, &info);
	/* it may do anything with the packet: an accept would end the chain */
	v6_run_verdict(run, NF_ACCEPT, NULL);
	return V6_MATCH_MAYBE;
}
