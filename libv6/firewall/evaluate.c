/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Walks a packet through the rules of a base chain, and through the chains that they jump to. */
#include <errno.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "firewall/evaluate.h"
#include "firewall/expression.h"

/* Jumps within jumps: NFT_JUMP_STACK_SIZE of linux/net/netfilter/nf_tables.h */
#define DEPTH_MAX 16
/* No more than a moment, even where chains that jump twice each are set up to take for ever */
#define RULES_MAX 100000

/* enum outcome - whether a chain lets a packet go on in the chain that it came from */
enum outcome {
	GOES_ON,
	MAY_END,
	ENDS,
};

/**
 * struct evaluation - One packet on its way through a base chain
 * @doubt:	It may have been decided about already, so it may never come here
 * @left:	Rules until we give up
 * @found:	What comes out
 * @status:	A failure to read rules
 */
struct evaluation {
	const struct v6_ruleset *ruleset;
	struct v6_packet *packet;
	bool doubt;
	unsigned int left;
	struct v6_judgement *found;
	int status;
};

static enum outcome pass_chain(struct evaluation *e, struct v6_chain *chain, unsigned int depth);

/* note_fate() - keep a fate, the first certain one before those that are only possible */
static void note_fate(struct evaluation *e, enum v6_fate fate, bool certain,
		      const struct v6_chain *chain, uint64_t handle)
{
	struct v6_judgement *found = e->found;

	if (found->fate != V6_FATE_PASSES && (found->certain || !certain))
		return;
	found->fate = fate;
	found->certain = certain;
	found->chain = chain;
	found->handle = handle;
}

static int run_expression(const struct v6_expression *expression, void *data)
{
	struct v6_rule_run *run = data;
	enum v6_match match = v6_expression_run(run, expression);

	if (match == V6_MATCH_NO) {
		run->verdict = NFT_BREAK;
		run->verdict_known = true;
		return -1;
	}
	if (match == V6_MATCH_MAYBE)
		run->sure = false;
	return run->verdict == NFT_CONTINUE ? 0 : -1;
}

/* end_by_verdict() - what a verdict that ends the base chain does */
static enum outcome end_by_verdict(struct evaluation *e, const struct v6_rule_run *run,
				   uint64_t handle)
{
	bool certain = run->reached && run->sure;

	if (run->verdict == NF_DROP) {
		note_fate(e, V6_FATE_DROPPED, certain, run->chain, handle);
		/* what was dropped perhaps is dropped for certain by a later rule that does so */
		return run->sure ? ENDS : GOES_ON;
	}
	if ((run->verdict & NF_VERDICT_MASK) == NF_QUEUE)
		note_fate(e, V6_FATE_TO_QUEUE, certain, run->chain, handle);
	if (run->verdict == V6_VERDICT_NAT && certain) {
		e->found->nat = true;
		e->found->source = run->source;
		e->found->to = run->to;
		e->found->to_port = run->to_port;
	}
	return ENDS;
}

/* follow_jump() - a jump or goto: what comes of it, as if it were certain */
static enum outcome follow_jump(struct evaluation *e, const struct v6_rule_run *run,
				unsigned int depth)
{
	struct v6_chain *target = v6_ruleset_chain(e->ruleset, run->chain, run->target);
	bool doubt = e->doubt;
	enum outcome outcome;

	if (!target)
		return MAY_END;
	e->doubt = doubt || !run->sure;
	outcome = pass_chain(e, target, depth + 1);
	e->doubt = doubt;
	return outcome;
}

/**
 * pass_rule() - Let the packet pass one rule
 * @ret_leaves:	Set where the packet leaves the chain: a return, or the end of a goto
 *
 * Return: whether the base chain ends with it
 */
static enum outcome pass_rule(struct evaluation *e, const struct v6_chain *chain,
			      const struct v6_nft_rule *rule, unsigned int depth,
			      enum outcome *ret_leaves)
{
	struct v6_rule_run run = {
		.ruleset = e->ruleset,
		.chain = chain,
		.packet = e->packet,
		.reached = !e->doubt,
		.sure = true,
		.verdict = NFT_CONTINUE,
		.verdict_known = true,
	};
	enum outcome outcome = GOES_ON;

	v6_expressions_each(rule->list, run_expression, &run);
	if (run.rewrites && !e->found->rewriter) {
		e->found->rewriter = chain;
		e->found->rewrote = rule->handle;
	}
	if (run.may_drop)
		note_fate(e, V6_FATE_DROPPED, false, chain, rule->handle);
	if (!run.verdict_known)
		return MAY_END;
	if (run.verdict == NFT_CONTINUE || run.verdict == NFT_BREAK)
		return GOES_ON;
	if (run.verdict == NFT_RETURN || run.verdict == NFT_GOTO)
		*ret_leaves = run.sure ? ENDS : MAY_END;
	if (run.verdict == NFT_JUMP || run.verdict == NFT_GOTO)
		outcome = follow_jump(e, &run, depth);
	else if (run.verdict != NFT_RETURN)
		outcome = end_by_verdict(e, &run, rule->handle);
	return outcome == ENDS && !run.sure ? MAY_END : outcome;
}

static enum outcome pass_rules(struct evaluation *e, const struct v6_chain *chain,
			       unsigned int depth)
{
	enum outcome ends = GOES_ON, leaves = GOES_ON, outcome;
	size_t i;

	for (i = 0; i < chain->n_rules && leaves != ENDS; i++) {
		if (e->left == 0)
			return MAY_END;
		e->left--;
		outcome = pass_rule(e, chain, &chain->rules[i], depth, &leaves);
		if (outcome == ENDS)
			return ENDS;
		if (outcome == MAY_END)
			ends = MAY_END;
		e->doubt |= outcome == MAY_END || leaves == MAY_END;
	}
	return ends;
}

static enum outcome pass_chain(struct evaluation *e, struct v6_chain *chain, unsigned int depth)
{
	bool doubt = e->doubt;
	enum outcome ends;

	if (depth > DEPTH_MAX)
		return MAY_END;
	if (e->status == 0)
		e->status = v6_chain_read(e->ruleset, chain);
	if (e->status < 0)
		return ENDS;
	ends = pass_rules(e, chain, depth);
	e->doubt = doubt || ends == MAY_END;
	return ends;
}

int v6_evaluate(const struct v6_ruleset *ruleset, struct v6_chain *base, struct v6_packet *packet,
		struct v6_judgement *ret_judgement)
{
	struct v6_judgement found = {.fate = V6_FATE_PASSES};
	struct evaluation e = {
		.ruleset = ruleset,
		.packet = packet,
		.left = RULES_MAX,
		.found = &found,
	};

	if (pass_chain(&e, base, 0) != ENDS && base->drops)
		note_fate(&e, V6_FATE_DROPPED, !e.doubt, base, 0);
	if (e.status < 0)
		return e.status;
	*ret_judgement = found;
	return 0;
}
