/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The chains of our table and their rules, which never change while services come and go. */
#ifndef V6_TABLE_RULES_H
#define V6_TABLE_RULES_H

#include "kernel/nl.h"

/* v6_rules_add() - append all chains and rules to a transaction */
void v6_rules_add(struct v6_batch *batch);

/* A type of user data that nft has none of its own for, and passes over (enum
 * nftnl_udata_rule_types)
 */
#define V6_RULE_MARK 0x56

/* struct v6_rule_mark - what a rule's user data says: which of ours it is */
struct v6_rule_mark {
	uint8_t type, size, number;
};

/* v6_rules_chain() - the chain that a rule is in; NULL: there are not so many */
const char *v6_rules_chain(size_t number);

#endif
