/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parts of rules: each loads something into a register, matches it, or decides. */
#ifndef V6_TABLE_STEPS_H
#define V6_TABLE_STEPS_H

#include "kernel/nl.h"

struct v6_rule_text;

/* struct v6_step - part of a rule, and what it is about: a set, a chain or a protocol */
struct v6_step {
	void (*write)(struct v6_rule_text *t);
	const char *name;
	uint8_t protocol;
};

/* struct v6_rule_text - a rule being written, and the nests of its last expression, which are open
 */
struct v6_rule_text {
	struct nlmsghdr *message;
	const struct v6_step *step;
	struct nlattr *expression, *data;
};

/* v6_rule_text_end() - after the last step */
void v6_rule_text_end(struct v6_rule_text *t);

/* What each writes is said where it is written, and in nft's words beside each rule */
void v6_step_load_iifname(struct v6_rule_text *t);
void v6_step_load_sender(struct v6_rule_text *t);
void v6_step_load_within(struct v6_rule_text *t);
void v6_step_load_leaving(struct v6_rule_text *t);
void v6_step_load_returning(struct v6_rule_text *t);
void v6_step_load_source(struct v6_rule_text *t);
void v6_step_load_daddr(struct v6_rule_text *t);
void v6_step_load_saddr(struct v6_rule_text *t);
void v6_step_load_pair(struct v6_rule_text *t);
void v6_step_load_claim(struct v6_rule_text *t);
void v6_step_load_slot(struct v6_rule_text *t);
void v6_step_load_port_key(struct v6_rule_text *t);
void v6_step_load_client(struct v6_rule_text *t);
void v6_step_load_answered(struct v6_rule_text *t);
void v6_step_load_question(struct v6_rule_text *t);
void v6_step_load_answered_question(struct v6_rule_text *t);
void v6_step_load_asker(struct v6_rule_text *t);
void v6_step_load_answered_asker(struct v6_rule_text *t);
void v6_step_load_ports(struct v6_rule_text *t);
void v6_step_load_answered_ports(struct v6_rule_text *t);
void v6_step_load_dport(struct v6_rule_text *t);
void v6_step_load_sport(struct v6_rule_text *t);
void v6_step_match_known(struct v6_rule_text *t);
void v6_step_match_tracked(struct v6_rule_text *t);
void v6_step_match_dnat(struct v6_rule_text *t);
void v6_step_match_original(struct v6_rule_text *t);
void v6_step_match_unmarked(struct v6_rule_text *t);
void v6_step_load_original_daddr(struct v6_rule_text *t);
void v6_step_set_mark(struct v6_rule_text *t);
void v6_step_match_protocol(struct v6_rule_text *t);
void v6_step_match_later(struct v6_rule_text *t);
void v6_step_match_set(struct v6_rule_text *t);
void v6_step_match_no_set(struct v6_rule_text *t);
void v6_step_match_map(struct v6_rule_text *t);
void v6_step_update_set(struct v6_rule_text *t);
void v6_step_set_source(struct v6_rule_text *t);
void v6_step_dnat_address(struct v6_rule_text *t);
void v6_step_dnat_port(struct v6_rule_text *t);
void v6_step_snat_address(struct v6_rule_text *t);
void v6_step_masquerade_source(struct v6_rule_text *t);
void v6_step_match_link_local(struct v6_rule_text *t);
void v6_step_match_reply(struct v6_rule_text *t);
void v6_step_match_multicast(struct v6_rule_text *t);
void v6_step_match_no_source(struct v6_rule_text *t);
void v6_step_set_service_mark(struct v6_rule_text *t);
void v6_step_goto_chain(struct v6_rule_text *t);
void v6_step_jump_to_chain(struct v6_rule_text *t);
void v6_step_return_from_chain(struct v6_rule_text *t);
void v6_step_drop_packet(struct v6_rule_text *t);
void v6_step_accept_packet(struct v6_rule_text *t);
void v6_step_reject_by_reset(struct v6_rule_text *t);
void v6_step_reject_by_icmp(struct v6_rule_text *t);
void v6_step_reject_by_address(struct v6_rule_text *t);
void v6_step_add_daddr(struct v6_rule_text *t);
void v6_step_add_saddr(struct v6_rule_text *t);

#endif
