/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the rules of a chain would do with a packet that nobody sent.
 *
 * Three-valued: an expression matches, does not, or may. What is not known (a random number, an
 * extension of iptables that is not read here, a rate that is used up or not) leaves doubt: what
 * comes behind a rule that may have decided is only a possibility, and so is a drop in there.
 */
#ifndef V6_FIREWALL_EVALUATE_H
#define V6_FIREWALL_EVALUATE_H

#include "firewall/packet.h"
#include "firewall/ruleset.h"

/* enum v6_fate - what a base chain does with a packet */
enum v6_fate {
	V6_FATE_PASSES,
	V6_FATE_DROPPED,  /* also: rejected */
	V6_FATE_TO_QUEUE, /* a program decides, if it runs */
};

/**
 * struct v6_judgement - What a base chain does, and who says so
 * @fate:	The first certain one that is not V6_FATE_PASSES, else the first possible one
 * @certain:	It is so for each such packet; matters unless @fate is V6_FATE_PASSES
 * @chain:	With the rule, or the base chain itself: its policy
 * @handle:	Of the rule; 0: policy
 * @rewriter:	NULL, or the chain with a rule that rewrites addresses or ports for certain
 * @rewrote:	Handle of that rule
 * @nat:	An address translation was reached for certain
 * @source:	That one changes the source
 * @to:		Else: where it leads, :: where that can't be foreseen
 * @to_port:	0: unchanged
 */
struct v6_judgement {
	enum v6_fate fate;
	bool certain;
	const struct v6_chain *chain;
	uint64_t handle;
	const struct v6_chain *rewriter;
	uint64_t rewrote;
	bool nat;
	bool source;
	struct in6_addr to;
	uint16_t to_port;
};

/**
 * v6_evaluate() - Let a packet pass a base chain and all that it jumps to
 * @ruleset:	Whose; rules are read as they are needed
 * @base:	Where it begins
 * @packet:	At the chain's hook; its marks and tracking are changed as the rules say
 * @ret_judgement: Set on success
 *
 * Gives up after a hundred thousand rules: what comes behind is taken to pass.
 *
 * Return: 0 or a negative errno
 */
int v6_evaluate(const struct v6_ruleset *ruleset, struct v6_chain *base, struct v6_packet *packet,
		struct v6_judgement *ret_judgement);

#endif
