/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The chains of our table and their rules, which never change while services come and go. */
#ifndef V6_TABLE_RULES_H
#define V6_TABLE_RULES_H

#include "kernel/nl.h"

/* v6_rules_add() - append all chains and rules to a transaction */
void v6_rules_add(struct v6_batch *batch);

/* v6_rules_count() - how many rules there are */
size_t v6_rules_count(void);

#endif
