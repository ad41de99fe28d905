/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv6 routing rules: visited, added, removed. */
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "kernel/ifaddr.h"
#include "kernel/routing_rule.h"

/* read_selector() - an attribute; Return: whether it says nothing of which packets a rule is for */
static bool read_selector(const struct nlattr *attr, struct v6_routing_rule *rule)
{
	uint32_t suppressed = UINT32_MAX;

	switch (mnl_attr_get_type(attr)) {
	case FRA_TABLE:
		V6_NL_VALUE(attr, &rule->table);
		return true;
	case FRA_PRIORITY:
		V6_NL_VALUE(attr, &rule->preference);
		return true;
	case FRA_PROTOCOL:
		V6_NL_VALUE(attr, &rule->protocol);
		return true;
	case FRA_SUPPRESS_PREFIXLEN:
		V6_NL_VALUE(attr, &suppressed);
		rule->suppress = suppressed != UINT32_MAX;
		return !rule->suppress;
	case FRA_SRC:
		V6_NL_VALUE(attr, &rule->from.address);
		return false;
	case FRA_DST:
		V6_NL_VALUE(attr, &rule->to.address);
		return false;
	case FRA_IIFNAME:
		v6_nl_string(attr, rule->in, sizeof(rule->in));
		return false;
	case FRA_FWMARK:
		V6_NL_VALUE(attr, &rule->mark);
		return false;
	default:
		return mnl_attr_get_type(attr) == FRA_PAD;
	}
}

void v6_routing_rule_read(const struct nlmsghdr *message, struct v6_routing_rule *ret_rule)
{
	const struct fib_rule_hdr *info = v6_nl_header(message, sizeof(*info));
	struct v6_routing_rule rule = {.table = 0};
	const struct nlattr *attr;

	memset(ret_rule, 0, sizeof(*ret_rule));
	if (!info || info->family != AF_INET6 || info->src_len > 128 || info->dst_len > 128)
		return;
	rule.from.length = info->src_len;
	rule.to.length = info->dst_len;
	rule.plain = info->action == FR_ACT_TO_TBL && !info->tos;
	mnl_attr_for_each (attr, message, sizeof(*info))
		if (!read_selector(attr, &rule))
			rule.plain = false;
	if (info->action != FR_ACT_TO_TBL)
		rule.table = 0;
	rule.refuses = info->action == FR_ACT_BLACKHOLE || info->action == FR_ACT_UNREACHABLE ||
		       info->action == FR_ACT_PROHIBIT;
	if (info->flags & FIB_RULE_INVERT)
		rule = (struct v6_routing_rule){.table = rule.table,
						.refuses = rule.refuses,
						.protocol = rule.protocol,
						.preference = rule.preference};
	*ret_rule = rule;
}

/* A bit that Kubernetes, Calico, Cilium, Tailscale and wg-quick leave alone (each looks at others):
 * that which all packets of services get in the end, V6_SERVICE_MARK of table/sets.h. And seven
 * more below those that they use
 */
#define MARK_BIT  0x1000
#define MARK_MASK 0x7f

uint32_t v6_routing_mark(uint32_t table)
{
	return MARK_BIT | (table & MARK_MASK);
}

struct visit {
	int (*visit)(const struct v6_routing_rule *rule, void *data);
	void *data;
};

static int visit_rule(const struct nlmsghdr *message, void *data)
{
	const struct visit *visit = data;
	struct v6_routing_rule rule;

	v6_routing_rule_read(message, &rule);
	return v6_nl_answer(visit->visit(&rule, visit->data));
}

static struct fib_rule_hdr *request_rule(union v6_nl_message *request, uint16_t type,
					 uint16_t flags)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(request->bytes);
	struct fib_rule_hdr *info = mnl_nlmsg_put_extra_header(header, sizeof(*info));

	header->nlmsg_type = type;
	header->nlmsg_flags = flags;
	info->family = AF_INET6;
	return info;
}

int v6_routing_rules_each(struct v6_nl *nl,
			  int (*visit)(const struct v6_routing_rule *rule, void *data), void *data)
{
	struct visit all = {visit, data};
	union v6_nl_message request = {{0}};

	request_rule(&request, RTM_GETRULE, NLM_F_DUMP);
	return v6_nl_dump(nl, &request.header, visit_rule, NULL, &all);
}

static int change_rule(struct v6_nl *nl, uint16_t type, uint16_t flags,
		       const struct v6_routing_rule *rule)
{
	union v6_nl_message request = {{0}};
	struct fib_rule_hdr *info = request_rule(&request, type, flags);

	info->action = FR_ACT_TO_TBL;
	mnl_attr_put_u32(&request.header, FRA_TABLE, rule->table);
	mnl_attr_put_u8(&request.header, FRA_PROTOCOL, V6_PROTOCOL_MARK);
	if (rule->to.length) {
		info->dst_len = rule->to.length;
		mnl_attr_put(&request.header, FRA_DST, sizeof(rule->to.address), &rule->to.address);
	}
	if (rule->mark) {
		mnl_attr_put_u32(&request.header, FRA_FWMARK, rule->mark);
		mnl_attr_put_u32(&request.header, FRA_FWMASK, UINT32_MAX);
	}
	if (rule->preference)
		mnl_attr_put_u32(&request.header, FRA_PRIORITY, rule->preference);
	if (rule->suppress)
		mnl_attr_put_u32(&request.header, FRA_SUPPRESS_PREFIXLEN, 0);
	return v6_nl_talk(nl, &request.header, NULL, NULL);
}

int v6_routing_rule_add(struct v6_nl *nl, const struct v6_routing_rule *rule)
{
	return change_rule(nl, RTM_NEWRULE, NLM_F_CREATE, rule);
}

int v6_routing_rule_remove(struct v6_nl *nl, const struct v6_routing_rule *rule)
{
	return change_rule(nl, RTM_DELRULE, 0, rule);
}
