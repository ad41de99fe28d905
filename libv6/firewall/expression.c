/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expressions of nf_tables: each function here stands for the kernel's eval function of the same
 * expression. */
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "firewall/expression.h"
#include "firewall/expression_compat.h"
#include "firewall/expression_load.h"

/* NFT_LIMIT_F_INV, NFT_QUOTA_F_INV and NFT_CONNLIMIT_F_INV are one and the same bit */
#define FLAG_INVERTED 1U

/* nft_cmp_eval() */
static enum v6_match run_cmp(struct v6_rule_run *run, const struct v6_expression *e)
{
	uint32_t reg = v6_expression_u32(e, NFTA_CMP_SREG), op = v6_expression_u32(e, NFTA_CMP_OP);
	uint32_t size = 0;
	const void *data = v6_expression_value(e, NFTA_CMP_DATA, &size);
	int order;

	if (!data || !v6_reg_holds(reg, size))
		return V6_MATCH_MAYBE;
	if ((op == NFT_CMP_EQ || op == NFT_CMP_NEQ) && v6_reg_differs(run, reg, data, size))
		return v6_match_if(op == NFT_CMP_NEQ);
	if (!v6_reg_known(run, reg, size))
		return V6_MATCH_MAYBE;
	order = memcmp(v6_reg_word(run, reg), data, size);
	switch (op) {
	case NFT_CMP_EQ:
		return v6_match_if(order == 0);
	case NFT_CMP_NEQ:
		return v6_match_if(order != 0);
	case NFT_CMP_LT:
		return v6_match_if(order < 0);
	case NFT_CMP_LTE:
		return v6_match_if(order <= 0);
	case NFT_CMP_GT:
		return v6_match_if(order > 0);
	case NFT_CMP_GTE:
		return v6_match_if(order >= 0);
	default:
		return V6_MATCH_MAYBE;
	}
}

/* nft_range_eval() */
static enum v6_match run_range(struct v6_rule_run *run, const struct v6_expression *e)
{
	uint32_t reg = v6_expression_u32(e, NFTA_RANGE_SREG), size = 0, to_size = 0;
	const void *from = v6_expression_value(e, NFTA_RANGE_FROM_DATA, &size);
	const void *to = v6_expression_value(e, NFTA_RANGE_TO_DATA, &to_size);
	bool inside;

	if (!from || !to || size != to_size || !v6_reg_known(run, reg, size))
		return V6_MATCH_MAYBE;
	inside = memcmp(v6_reg_word(run, reg), from, size) >= 0 &&
		 memcmp(v6_reg_word(run, reg), to, size) <= 0;
	return v6_match_if(inside == (v6_expression_u32(e, NFTA_RANGE_OP) == NFT_RANGE_EQ));
}

/* read_words() - the value of an attribute as a register would hold it: room for V6_REGISTERS.
 * Returns whether it has @size bytes
 */
static bool read_words(const struct v6_expression *e, uint16_t type, uint32_t size,
		       uint32_t *ret_words)
{
	uint32_t there = 0;
	const void *value = v6_expression_value(e, type, &there);

	if (!value || there < size)
		return false;
	memset(ret_words, 0, V6_REGISTERS * sizeof(*ret_words));
	memcpy(ret_words, value, size);
	return true;
}

/* nft_bitwise_eval(); what a shift leaves is not known */
static enum v6_match run_bitwise(struct v6_rule_run *run, const struct v6_expression *e)
{
	uint32_t from = v6_expression_u32(e, NFTA_BITWISE_SREG);
	uint32_t to = v6_expression_u32(e, NFTA_BITWISE_DREG);
	uint32_t size = v6_expression_u32(e, NFTA_BITWISE_LEN);
	uint32_t mask[V6_REGISTERS], xor[V6_REGISTERS];
	size_t i;

	if (!v6_reg_holds(from, size) || !v6_reg_holds(to, size))
		return V6_MATCH_MAYBE;
	if (v6_expression_u32(e, NFTA_BITWISE_OP) != NFT_BITWISE_BOOL ||
	    !read_words(e, NFTA_BITWISE_MASK, size, mask) ||
	    !read_words(e, NFTA_BITWISE_XOR, size, xor)) {
		v6_reg_store_unknown(run, to, size);
		return V6_MATCH_YES;
	}
	for (i = 0; i < (size + 3) / 4; i++) {
		v6_reg_word(run, to)[i] = (v6_reg_word(run, from)[i] & mask[i]) ^ xor[i];
		/* what a mask of zeroes leaves is known */
		v6_reg_word_known(run, to)[i] = v6_reg_word_known(run, from)[i] || mask[i] == 0;
	}
	return V6_MATCH_YES;
}

/* nft_byteorder_eval(); both directions are the same */
static enum v6_match run_byteorder(struct v6_rule_run *run, const struct v6_expression *e)
{
	uint32_t from = v6_expression_u32(e, NFTA_BYTEORDER_SREG);
	uint32_t to = v6_expression_u32(e, NFTA_BYTEORDER_DREG);
	uint32_t size = v6_expression_u32(e, NFTA_BYTEORDER_LEN);
	uint32_t unit = v6_expression_u32(e, NFTA_BYTEORDER_SIZE), i;
	uint8_t in[V6_KEY_MAX], out[V6_KEY_MAX];
	bool known = v6_reg_known(run, from, size);

	if (!v6_reg_holds(from, size) || !v6_reg_holds(to, size) || size > sizeof(in))
		return V6_MATCH_MAYBE;
	if (unit == 0 || size % unit != 0)
		return V6_MATCH_MAYBE;
	memcpy(in, v6_reg_word(run, from), size);
	for (i = 0; i < size; i++)
		out[i] = BYTE_ORDER == BIG_ENDIAN ? in[i]
						  : in[i / unit * unit + unit - 1 - i % unit];
	v6_reg_store(run, to, out, size, known);
	return V6_MATCH_YES;
}

/* look_up_key() - in the set; MAYBE where the key is not known, or the set can't be asked */
static enum v6_match look_up_key(struct v6_rule_run *run, const struct v6_expression *e,
				 struct v6_element *element)
{
	uint32_t reg = v6_expression_u32(e, NFTA_LOOKUP_SREG), size;
	const char *set = v6_expression_text(e, NFTA_LOOKUP_SET);
	int ret;

	if (!set || v6_ruleset_key_size(run->ruleset, run->chain, set, &size) < 0 ||
	    !v6_reg_known(run, reg, size))
		return V6_MATCH_MAYBE;
	ret = v6_ruleset_find(run->ruleset, run->chain, set, v6_reg_word(run, reg), size, element);
	if (ret < 0 && ret != -ENOENT)
		return V6_MATCH_MAYBE;
	return v6_match_if(ret == 0);
}

/* may_lookup_drop() - whether the verdict of a key that is not known may be to drop */
static bool may_lookup_drop(const struct v6_rule_run *run, const struct v6_expression *e)
{
	const char *map = v6_expression_text(e, NFTA_LOOKUP_SET);

	return map && v6_ruleset_may_drop(run->ruleset, run->chain, map);
}

/* nft_lookup_eval() */
static enum v6_match run_lookup(struct v6_rule_run *run, const struct v6_expression *e)
{
	bool is_map = v6_expression_has(e, NFTA_LOOKUP_DREG);
	uint32_t to = v6_expression_u32(e, NFTA_LOOKUP_DREG);
	struct v6_element element = {.verdict = NFT_CONTINUE};
	enum v6_match match = look_up_key(run, e, &element);

	if (v6_expression_u32(e, NFTA_LOOKUP_FLAGS) & NFT_LOOKUP_F_INV)
		return match == V6_MATCH_MAYBE ? match : v6_match_if(match == V6_MATCH_NO);
	if (!is_map || match == V6_MATCH_NO)
		return match;
	if (to != NFT_REG_VERDICT) {
		v6_reg_store(run, to, element.data, element.size, match == V6_MATCH_YES);
		if (match == V6_MATCH_MAYBE)
			v6_reg_store_unknown(run, to, sizeof(struct in6_addr) + 4);
		return match;
	}
	v6_run_verdict(run, element.verdict, element.chain);
	run->verdict_known = match == V6_MATCH_YES;
	run->may_drop = match == V6_MATCH_MAYBE && may_lookup_drop(run, e);
	return match;
}

/* nft_immediate_eval() */
static enum v6_match run_immediate(struct v6_rule_run *run, const struct v6_expression *e)
{
	const char *chain;
	const void *data;
	uint32_t size = 0;
	int32_t code;

	if (v6_attr_verdict(v6_attr_find(e->data, NFTA_IMMEDIATE_DATA), &code, &chain)) {
		v6_run_verdict(run, code, chain);
		return V6_MATCH_YES;
	}
	data = v6_expression_value(e, NFTA_IMMEDIATE_DATA, &size);
	if (data)
		v6_reg_store(run, v6_expression_u32(e, NFTA_IMMEDIATE_DREG), data, size, true);
	return V6_MATCH_YES;
}

/* run_nat() - nft_nat_eval(); an address that is not in a register stays as it is */
static enum v6_match run_nat(struct v6_rule_run *run, const struct v6_expression *e)
{
	uint32_t address = v6_expression_u32(e, NFTA_NAT_REG_ADDR_MIN);
	uint32_t port = v6_expression_u32(e, NFTA_NAT_REG_PROTO_MIN);

	v6_run_verdict(run, V6_VERDICT_NAT, NULL);
	run->source = v6_expression_u32(e, NFTA_NAT_TYPE) == NFT_NAT_SNAT;
	run->to = in6addr_any;
	run->to_port = 0;
	if (!v6_expression_has(e, NFTA_NAT_REG_ADDR_MIN))
		run->to = run->packet->ends.daddr;
	else if (v6_reg_known(run, address, sizeof(run->to)))
		memcpy(&run->to, v6_reg_word(run, address), sizeof(run->to));
	if (v6_expression_has(e, NFTA_NAT_REG_PROTO_MIN) && v6_reg_known(run, port, 2))
		run->to_port = ntohs(*(const uint16_t *)v6_reg_word(run, port));
	return V6_MATCH_YES;
}

static enum v6_match run_masq(struct v6_rule_run *run, const struct v6_expression *e)
{
	(void)e;
	v6_run_verdict(run, V6_VERDICT_NAT, NULL);
	run->source = true;
	return V6_MATCH_YES;
}

/* run_redir() - to the host itself, by an address that the kernel picks */
static enum v6_match run_redir(struct v6_rule_run *run, const struct v6_expression *e)
{
	(void)e;
	v6_run_verdict(run, V6_VERDICT_NAT, NULL);
	run->source = false;
	run->to = in6addr_any;
	run->to_port = 0;
	return V6_MATCH_YES;
}

static enum v6_match run_reject(struct v6_rule_run *run, const struct v6_expression *e)
{
	(void)e;
	v6_run_verdict(run, NF_DROP, NULL);
	return V6_MATCH_YES;
}

static enum v6_match run_queue(struct v6_rule_run *run, const struct v6_expression *e)
{
	(void)e;
	v6_run_verdict(run, NF_QUEUE, NULL);
	return V6_MATCH_YES;
}

static enum v6_match run_notrack(struct v6_rule_run *run, const struct v6_expression *e)
{
	(void)e;
	v6_run_untrack(run);
	return V6_MATCH_YES;
}

static enum v6_match run_nothing(struct v6_rule_run *run, const struct v6_expression *e)
{
	(void)run;
	(void)e;
	return V6_MATCH_YES;
}

static enum v6_match run_never(struct v6_rule_run *run, const struct v6_expression *e)
{
	(void)run;
	(void)e;
	return V6_MATCH_NO;
}

/* limits are taken to be wide enough: this is one packet, on a quiet day */
static enum v6_match run_limit(struct v6_rule_run *run, const struct v6_expression *e)
{
	(void)run;
	return v6_match_if(!(v6_expression_u32(e, NFTA_LIMIT_FLAGS) & FLAG_INVERTED));
}

static enum v6_match run_quota(struct v6_rule_run *run, const struct v6_expression *e)
{
	(void)run;
	return v6_match_if(!(v6_expression_u32(e, NFTA_QUOTA_FLAGS) & FLAG_INVERTED));
}

static enum v6_match run_connlimit(struct v6_rule_run *run, const struct v6_expression *e)
{
	(void)run;
	return v6_match_if(!(v6_expression_u32(e, NFTA_CONNLIMIT_FLAGS) & FLAG_INVERTED));
}

/* struct kind - a kind of expression */
struct kind {
	const char *name;
	enum v6_match (*run)(struct v6_rule_run *run, const struct v6_expression *e);
};

/* Kinds that elements of a set may have, too: they look at no register */
static const struct kind stateful[] = {
	{"limit", run_limit},	  {"quota", run_quota},	 {"connlimit", run_connlimit},
	{"counter", run_nothing}, {"last", run_nothing},
};

static const struct kind *find_kind(const struct kind *kinds, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

/* run_inner() - an expression that each element of a dynamic set has */
static int run_inner(const struct v6_expression *inner, void *data)
{
	const struct kind *kind = find_kind(stateful, V6_ARRAY_SIZE(stateful), inner->name);
	enum v6_match *match = data;

	if (kind && kind->run(NULL, inner) == V6_MATCH_NO)
		*match = V6_MATCH_NO;
	return 0;
}

/* run_dynset() - nft_dynset_eval(): the set is changed, and its limits say whether it matches */
static enum v6_match run_dynset(struct v6_rule_run *run, const struct v6_expression *e)
{
	const struct nlattr *one = v6_attr_find(e->data, NFTA_DYNSET_EXPR);
	const struct nlattr *several = v6_attr_find(e->data, NFTA_DYNSET_EXPRESSIONS);
	struct v6_expression inner = v6_expression_of(one);
	enum v6_match match = V6_MATCH_YES;

	(void)run;
	run_inner(&inner, &match);
	v6_expressions_each(several, run_inner, &match);
	return match;
}

/* run_unknown() - one that loads something, nobody knows what, or may match */
static enum v6_match run_unknown(struct v6_rule_run *run, const struct v6_expression *e)
{
	(void)e;
	memset(run->known, false, sizeof(run->known));
	return V6_MATCH_MAYBE;
}

static const struct kind others[] = {
	{"meta", v6_load_meta},
	{"payload", v6_load_payload},
	{"ct", v6_load_ct},
	{"fib", v6_load_fib},
	{"cmp", run_cmp},
	{"range", run_range},
	{"bitwise", run_bitwise},
	{"byteorder", run_byteorder},
	{"lookup", run_lookup},
	{"immediate", run_immediate},
	{"nat", run_nat},
	{"masq", run_masq},
	{"redir", run_redir},
	{"reject", run_reject},
	{"queue", run_queue},
	{"notrack", run_notrack},
	{"dynset", run_dynset},
	{"exthdr", v6_load_exthdr},
	{"socket", v6_load_socket},
	{"match", v6_compat_match},
	{"target", v6_compat_target},
	{"log", run_nothing},
	{"objref", run_nothing},
	{"dup", run_nothing},
	{"flow_offload", run_nothing},
	{"synproxy", run_nothing},
	{"tunnel", run_never},
	{"xfrm", run_never},
	{"numgen", run_unknown},
	{"hash", run_unknown},
	{"rt", run_unknown},
	{"osf", run_unknown},
	{"tproxy", run_unknown},
	{"fwd", run_unknown},
};

enum v6_match v6_expression_run(struct v6_rule_run *run, const struct v6_expression *expression)
{
	const struct kind *kind = find_kind(stateful, V6_ARRAY_SIZE(stateful), expression->name);

	if (!kind)
		kind = find_kind(others, V6_ARRAY_SIZE(others), expression->name);
	if (kind)
		return kind->run(run, expression);
	/* of a newer kernel: whatever it is, it may have decided about the packet */
	run->verdict = NF_ACCEPT;
	run->verdict_known = false;
	return V6_MATCH_MAYBE;
}
