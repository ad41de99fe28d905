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
static enum v6_match run_cmp(struct v6_rule_run *run, const struct nftnl_expr *e)
{
	uint32_t reg = nftnl_expr_get_u32(e, NFTNL_EXPR_CMP_SREG),
		 op = nftnl_expr_get_u32(e, NFTNL_EXPR_CMP_OP);
	uint32_t size = 0;
	const void *data = nftnl_expr_get(e, NFTNL_EXPR_CMP_DATA, &size);
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
static enum v6_match run_range(struct v6_rule_run *run, const struct nftnl_expr *e)
{
	uint32_t reg = nftnl_expr_get_u32(e, NFTNL_EXPR_RANGE_SREG), size = 0, to_size = 0;
	const void *from = nftnl_expr_get(e, NFTNL_EXPR_RANGE_FROM_DATA, &size);
	const void *to = nftnl_expr_get(e, NFTNL_EXPR_RANGE_TO_DATA, &to_size);
	bool inside;

	if (!from || !to || size != to_size || !v6_reg_known(run, reg, size))
		return V6_MATCH_MAYBE;
	inside = memcmp(v6_reg_word(run, reg), from, size) >= 0 &&
		 memcmp(v6_reg_word(run, reg), to, size) <= 0;
	return v6_match_if(inside == (nftnl_expr_get_u32(e, NFTNL_EXPR_RANGE_OP) == NFT_RANGE_EQ));
}

/* nft_bitwise_eval(); of shifts, those of one word */
static enum v6_match run_bitwise(struct v6_rule_run *run, const struct nftnl_expr *e)
{
	uint32_t from = nftnl_expr_get_u32(e, NFTNL_EXPR_BITWISE_SREG);
	uint32_t to = nftnl_expr_get_u32(e, NFTNL_EXPR_BITWISE_DREG), mask_size = 0, xor_size = 0;
	uint32_t size = nftnl_expr_get_u32(e, NFTNL_EXPR_BITWISE_LEN);
	const uint32_t *mask = nftnl_expr_get(e, NFTNL_EXPR_BITWISE_MASK, &mask_size);
	const uint32_t * xor = nftnl_expr_get(e, NFTNL_EXPR_BITWISE_XOR, &xor_size);
	size_t i;

	if (!v6_reg_holds(from, size) || !v6_reg_holds(to, size))
		return V6_MATCH_MAYBE;
	if (nftnl_expr_get_u32(e, NFTNL_EXPR_BITWISE_OP) != NFT_BITWISE_BOOL || !mask || !xor ||
	    mask_size < size || xor_size < size) {
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
static enum v6_match run_byteorder(struct v6_rule_run *run, const struct nftnl_expr *e)
{
	uint32_t from = nftnl_expr_get_u32(e, NFTNL_EXPR_BYTEORDER_SREG);
	uint32_t to = nftnl_expr_get_u32(e, NFTNL_EXPR_BYTEORDER_DREG);
	uint32_t size = nftnl_expr_get_u32(e, NFTNL_EXPR_BYTEORDER_LEN);
	uint32_t unit = nftnl_expr_get_u32(e, NFTNL_EXPR_BYTEORDER_SIZE), i;
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
static enum v6_match look_up_key(struct v6_rule_run *run, const struct nftnl_expr *e,
				 struct v6_element *element)
{
	uint32_t reg = nftnl_expr_get_u32(e, NFTNL_EXPR_LOOKUP_SREG), size;
	const char *set = nftnl_expr_get_str(e, NFTNL_EXPR_LOOKUP_SET);
	int ret;

	if (!set || v6_ruleset_key_size(run->ruleset, run->chain, set, &size) < 0 ||
	    !v6_reg_known(run, reg, size))
		return V6_MATCH_MAYBE;
	ret = v6_ruleset_find(run->ruleset, run->chain, set, v6_reg_word(run, reg), size, element);
	if (ret < 0 && ret != -ENOENT)
		return V6_MATCH_MAYBE;
	return v6_match_if(ret == 0);
}

/* nft_lookup_eval() */
static enum v6_match run_lookup(struct v6_rule_run *run, const struct nftnl_expr *e)
{
	bool is_map = nftnl_expr_is_set(e, NFTNL_EXPR_LOOKUP_DREG);
	uint32_t to = nftnl_expr_get_u32(e, NFTNL_EXPR_LOOKUP_DREG);
	struct v6_element element = {.verdict = NFT_CONTINUE};
	enum v6_match match = look_up_key(run, e, &element);

	if (nftnl_expr_get_u32(e, NFTNL_EXPR_LOOKUP_FLAGS) & NFT_LOOKUP_F_INV)
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
	return match;
}

/* nft_immediate_eval() */
static enum v6_match run_immediate(struct v6_rule_run *run, const struct nftnl_expr *e)
{
	const void *data;
	uint32_t size = 0;

	if (nftnl_expr_is_set(e, NFTNL_EXPR_IMM_VERDICT)) {
		v6_run_verdict(run, (int32_t)nftnl_expr_get_u32(e, NFTNL_EXPR_IMM_VERDICT),
			       nftnl_expr_get_str(e, NFTNL_EXPR_IMM_CHAIN));
		return V6_MATCH_YES;
	}
	data = nftnl_expr_get(e, NFTNL_EXPR_IMM_DATA, &size);
	if (data)
		v6_reg_store(run, nftnl_expr_get_u32(e, NFTNL_EXPR_IMM_DREG), data, size, true);
	return V6_MATCH_YES;
}

/* run_nat() - nft_nat_eval(); an address that is not in a register stays as it is */
static enum v6_match run_nat(struct v6_rule_run *run, const struct nftnl_expr *e)
{
	uint32_t address = nftnl_expr_get_u32(e, NFTNL_EXPR_NAT_REG_ADDR_MIN);
	uint32_t port = nftnl_expr_get_u32(e, NFTNL_EXPR_NAT_REG_PROTO_MIN);

	v6_run_verdict(run, V6_VERDICT_NAT, NULL);
	run->source = nftnl_expr_get_u32(e, NFTNL_EXPR_NAT_TYPE) == NFT_NAT_SNAT;
	run->to = in6addr_any;
	run->to_port = 0;
	if (!nftnl_expr_is_set(e, NFTNL_EXPR_NAT_REG_ADDR_MIN))
		run->to = run->packet->ends.daddr;
	else if (v6_reg_known(run, address, sizeof(run->to)))
		memcpy(&run->to, v6_reg_word(run, address), sizeof(run->to));
	if (nftnl_expr_is_set(e, NFTNL_EXPR_NAT_REG_PROTO_MIN) && v6_reg_known(run, port, 2))
		run->to_port = ntohs(*(const uint16_t *)v6_reg_word(run, port));
	return V6_MATCH_YES;
}

static enum v6_match run_masq(struct v6_rule_run *run, const struct nftnl_expr *e)
{
	(void)e;
	v6_run_verdict(run, V6_VERDICT_NAT, NULL);
	run->source = true;
	return V6_MATCH_YES;
}

/* run_redir() - to the host itself, by an address that the kernel picks */
static enum v6_match run_redir(struct v6_rule_run *run, const struct nftnl_expr *e)
{
	(void)e;
	v6_run_verdict(run, V6_VERDICT_NAT, NULL);
	run->source = false;
	run->to = in6addr_any;
	run->to_port = 0;
	return V6_MATCH_YES;
}

static enum v6_match run_reject(struct v6_rule_run *run, const struct nftnl_expr *e)
{
	(void)e;
	v6_run_verdict(run, NF_DROP, NULL);
	return V6_MATCH_YES;
}

static enum v6_match run_queue(struct v6_rule_run *run, const struct nftnl_expr *e)
{
	(void)e;
	v6_run_verdict(run, NF_QUEUE, NULL);
	return V6_MATCH_YES;
}

static enum v6_match run_notrack(struct v6_rule_run *run, const struct nftnl_expr *e)
{
	(void)e;
	v6_run_untrack(run);
	return V6_MATCH_YES;
}

static enum v6_match run_nothing(struct v6_rule_run *run, const struct nftnl_expr *e)
{
	(void)run;
	(void)e;
	return V6_MATCH_YES;
}

static enum v6_match run_never(struct v6_rule_run *run, const struct nftnl_expr *e)
{
	(void)run;
	(void)e;
	return V6_MATCH_NO;
}

/* limits are taken to be wide enough: this is one packet, on a quiet day */
static enum v6_match run_limit(struct v6_rule_run *run, const struct nftnl_expr *e)
{
	(void)run;
	return v6_match_if(!(nftnl_expr_get_u32(e, NFTNL_EXPR_LIMIT_FLAGS) & FLAG_INVERTED));
}

static enum v6_match run_quota(struct v6_rule_run *run, const struct nftnl_expr *e)
{
	(void)run;
	return v6_match_if(!(nftnl_expr_get_u32(e, NFTNL_EXPR_QUOTA_FLAGS) & FLAG_INVERTED));
}

static enum v6_match run_connlimit(struct v6_rule_run *run, const struct nftnl_expr *e)
{
	(void)run;
	return v6_match_if(!(nftnl_expr_get_u32(e, NFTNL_EXPR_CONNLIMIT_FLAGS) & FLAG_INVERTED));
}

/* run_inner() - an expression that each element of a dynamic set has */
static int run_inner(struct nftnl_expr *inner, void *data)
{
	enum v6_match *match = data;
	struct v6_rule_run none = {0};

	if (v6_expression_run(&none, inner) == V6_MATCH_NO)
		*match = V6_MATCH_NO;
	return 0;
}

/* run_dynset() - nft_dynset_eval(): the set is changed, and its limits say whether it matches */
static enum v6_match run_dynset(struct v6_rule_run *run, const struct nftnl_expr *e)
{
	enum v6_match match = V6_MATCH_YES;

	(void)run;
	nftnl_expr_expr_foreach(e, run_inner, &match);
	return match;
}

static const struct {
	const char *name;
	enum v6_match (*run)(struct v6_rule_run *run, const struct nftnl_expr *e);
} expressions[] = {
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
	{"limit", run_limit},
	{"quota", run_quota},
	{"connlimit", run_connlimit},
	{"dynset", run_dynset},
	{"exthdr", v6_load_exthdr},
	{"socket", v6_load_socket},
	{"match", v6_compat_match},
	{"target", v6_compat_target},
	{"counter", run_nothing},
	{"log", run_nothing},
	{"last", run_nothing},
	{"objref", run_nothing},
	{"dup", run_nothing},
	{"flow_offload", run_nothing},
	{"synproxy", run_nothing},
	{"tunnel", run_never},
	{"xfrm", run_never},
};

enum v6_match v6_expression_run(struct v6_rule_run *run, const struct nftnl_expr *expression)
{
	const char *name = nftnl_expr_get_str(expression, NFTNL_EXPR_NAME);
	size_t i;

	for (i = 0; i < V6_ARRAY_SIZE(expressions); i++)
		if (strcmp(expressions[i].name, name) == 0)
			return expressions[i].run(run, expression);
	/* whatever it is, it may have loaded something */
	memset(run->known, false, sizeof(run->known));
	return V6_MATCH_MAYBE;
}
