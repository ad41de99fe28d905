/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The registers and the verdict of a rule that a packet passes. */
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdio.h>
#include <string.h>

#include "firewall/rule_run.h"

/* first_word() - of a register; V6_REGISTERS where it is none. nft_parse_register() */
static size_t first_word(uint32_t reg)
{
	if (reg <= NFT_REG_4)
		return (size_t)reg * 4;
	if (reg >= NFT_REG32_00 && reg <= NFT_REG32_15)
		return (size_t)reg - NFT_REG32_00 + 4;
	return V6_REGISTERS;
}

static size_t count_words(uint32_t size)
{
	return ((size_t)size + 3) / 4;
}

bool v6_reg_holds(uint32_t reg, uint32_t size)
{
	return size > 0 && first_word(reg) + count_words(size) <= V6_REGISTERS;
}

uint32_t *v6_reg_word(struct v6_rule_run *run, uint32_t reg)
{
	return &run->word[first_word(reg)];
}

bool *v6_reg_word_known(struct v6_rule_run *run, uint32_t reg)
{
	return &run->known[first_word(reg)];
}

void v6_reg_store(struct v6_rule_run *run, uint32_t reg, const void *data, uint32_t size,
		  bool known)
{
	size_t at = first_word(reg);

	if (!v6_reg_holds(reg, size))
		return;
	run->word[at + count_words(size) - 1] = 0; /* the kernel pads, too */
	memcpy(&run->word[at], data, size);
	memset(&run->known[at], known, count_words(size));
}

void v6_reg_store_u32(struct v6_rule_run *run, uint32_t reg, uint32_t value)
{
	v6_reg_store(run, reg, &value, sizeof(value), true);
}

void v6_reg_store_u16(struct v6_rule_run *run, uint32_t reg, uint16_t value)
{
	v6_reg_store(run, reg, &value, sizeof(value), true);
}

void v6_reg_store_u8(struct v6_rule_run *run, uint32_t reg, uint8_t value)
{
	v6_reg_store(run, reg, &value, sizeof(value), true);
}

void v6_reg_store_unknown(struct v6_rule_run *run, uint32_t reg, uint32_t size)
{
	static const uint8_t nothing[V6_KEY_MAX];

	v6_reg_store(run, reg, nothing, size < sizeof(nothing) ? size : sizeof(nothing), false);
}

bool v6_reg_known(const struct v6_rule_run *run, uint32_t reg, uint32_t size)
{
	size_t i;

	if (!v6_reg_holds(reg, size))
		return false;
	for (i = 0; i < count_words(size); i++)
		if (!run->known[first_word(reg) + i])
			return false;
	return true;
}

bool v6_reg_differs(const struct v6_rule_run *run, uint32_t reg, const void *data, uint32_t size)
{
	size_t at = first_word(reg), i, n;

	if (!v6_reg_holds(reg, size))
		return false;
	for (i = 0; i < count_words(size); i++) {
		n = size - i * 4 < 4 ? size - i * 4 : 4;
		if (run->known[at + i] &&
		    memcmp(&run->word[at + i], (const char *)data + i * 4, n) != 0)
			return true;
	}
	return false;
}

enum v6_match v6_match_if(bool matches)
{
	return matches ? V6_MATCH_YES : V6_MATCH_NO;
}

void v6_run_verdict(struct v6_rule_run *run, int32_t code, const char *chain)
{
	run->verdict = code;
	run->verdict_known = true;
	snprintf(run->target, sizeof(run->target), "%s", chain ? chain : "");
}

void v6_run_set_mark(const struct v6_rule_run *run, struct v6_setting *mark, uint32_t value,
		     bool known)
{
	*mark = (struct v6_setting){value, known && run->reached && run->sure};
}

void v6_run_untrack(struct v6_rule_run *run)
{
	if (run->packet->tracking == V6_TRACKING_NOT_YET && run->reached && run->sure)
		run->packet->tracking = V6_TRACKING_NEVER;
}
