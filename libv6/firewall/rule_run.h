/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A rule that a packet passes: its registers, its verdict, and how sure both are. */
#ifndef V6_FIREWALL_RULE_RUN_H
#define V6_FIREWALL_RULE_RUN_H

#include <stdio.h>

#include "firewall/packet.h"
#include "firewall/rule.h"
#include "firewall/ruleset.h"

/* enum v6_match - what one expression says of the packet */
enum v6_match {
	V6_MATCH_NO, /* the rule is not for it */
	V6_MATCH_YES,
	V6_MATCH_MAYBE,
};

/* A verdict beside those of nf_tables: an address translation, which ends the chain, too */
#define V6_VERDICT_NAT 1000

/* Registers of nf_tables, in words of 4 bytes: NFT_REG32_NUM of linux/net/netfilter/nf_tables.h */
#define V6_REGISTERS 20

/**
 * struct v6_rule_run - A rule being gone through
 * @ruleset:	For look-ups
 * @chain:	Of the rule
 * @packet:	Changed as the rule says
 * @reached:	It is certain that the packet comes to this rule
 * @sure:	It is certain that all expressions so far match
 * @word:	Registers
 * @known:	Whether it is foreseen what such a word holds
 * @verdict:	NF_* or NFT_*, of the last expression; NFT_CONTINUE: none yet
 * @verdict_known: Else any may come
 * @may_drop:	One that may come is to drop the packet
 * @rewrites:	It is certain that addresses or ports were changed
 * @target:	Chain of NFT_JUMP and NFT_GOTO
 * @source:	V6_VERDICT_NAT changes the source
 * @to:		Else: where it leads, :: where that can't be foreseen
 * @to_port:	0: as it was
 */
struct v6_rule_run {
	const struct v6_ruleset *ruleset;
	const struct v6_chain *chain;
	struct v6_packet *packet;
	bool reached;
	bool sure;
	uint32_t word[V6_REGISTERS];
	bool known[V6_REGISTERS];
	int32_t verdict;
	bool verdict_known;
	bool may_drop;
	bool rewrites;
	char target[NFT_CHAIN_MAXNAMELEN];
	bool source;
	struct in6_addr to;
	uint16_t to_port;
};

/* v6_match_if() - yes or no */
enum v6_match v6_match_if(bool matches);

/* v6_run_verdict() - what the rule says; @chain is NULL where it is neither a jump nor a goto */
void v6_run_verdict(struct v6_rule_run *run, int32_t code, const char *chain);

/* v6_run_set_mark() - change a mark of the packet's, if only perhaps */
void v6_run_set_mark(const struct v6_rule_run *run, struct v6_setting *mark, uint32_t value,
		     bool known);

/* v6_run_untrack() - keep conntrack off the packet, where it has not been yet */
void v6_run_untrack(struct v6_rule_run *run);

/*
 * Registers. @reg is NFT_REG_*; one that does not exist, or has not that much room, is left alone.
 *
 * v6_reg_holds() - whether it is there, with room for @size bytes
 * v6_reg_known() - whether it is foreseen what its first @size bytes are
 * v6_reg_differs() - whether a word that is known shows that it does not hold @data
 * v6_reg_word() - pointer to its first word; V6_REGISTERS words in all
 * v6_reg_store() - set it; v6_reg_store_unknown(): to what nobody knows
 */
bool v6_reg_holds(uint32_t reg, uint32_t size);
bool v6_reg_known(const struct v6_rule_run *run, uint32_t reg, uint32_t size);
bool v6_reg_differs(const struct v6_rule_run *run, uint32_t reg, const void *data, uint32_t size);
uint32_t *v6_reg_word(struct v6_rule_run *run, uint32_t reg);
bool *v6_reg_word_known(struct v6_rule_run *run, uint32_t reg);
void v6_reg_store(struct v6_rule_run *run, uint32_t reg, const void *data, uint32_t size,
		  bool known);
void v6_reg_store_u32(struct v6_rule_run *run, uint32_t reg, uint32_t value);
void v6_reg_store_u16(struct v6_rule_run *run, uint32_t reg, uint16_t value);
void v6_reg_store_u8(struct v6_rule_run *run, uint32_t reg, uint8_t value);
void v6_reg_store_unknown(struct v6_rule_run *run, uint32_t reg, uint32_t size);

#endif
